//! The rotation explored: see the crate's documentation.

mod broken_guards;
mod faults;
mod holes;
mod requests;
mod situations;
mod stage;
mod undisturbed;

//! The rotation explored: see the crate's documentation.

mod undisturbed;

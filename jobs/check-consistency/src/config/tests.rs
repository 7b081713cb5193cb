//! Every key is read; every mistake is told at its place; no text makes the reader panic.

mod documented;
mod fuzz;
mod mistakes;
mod whole;

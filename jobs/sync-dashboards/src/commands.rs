//! One file a command.

pub mod adopt;
pub mod apply;
pub mod check;
pub mod diff;
pub mod explain;
pub mod pin;
mod session;

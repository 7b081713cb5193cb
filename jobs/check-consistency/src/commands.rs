//! One file a command.

pub mod explain;

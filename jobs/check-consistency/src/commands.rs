//! One file a command.

pub mod cluster;
pub mod config;
pub mod explain;
pub mod init;
pub mod run;
mod session;

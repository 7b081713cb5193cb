//! One file for each command: each reads top to bottom as the steps that it takes.

pub mod apply;
pub mod explain;
pub mod hold;
pub mod init;
pub mod plan;
pub mod request;
pub mod status;

mod narrator;
mod parting;
mod session;
#[cfg(test)]
mod testing;

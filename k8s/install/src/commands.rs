//! One file a command.

pub mod doctor;
mod end;
pub mod grafana;
pub mod install;
pub mod migrate;
mod next;
pub mod rollback;
pub mod status;
pub mod uninstall;

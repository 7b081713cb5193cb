//! One file for each command: each reads top to bottom as the steps that it takes.

pub mod explain;
pub mod fetch;
pub mod lint;
pub mod plan;
pub mod run;

mod budget;
mod figures;

//! `install-monitoring doctor` and `status` against real servers: two API servers with what the chart renders
//! for them, a Prometheus, two Alertmanagers and a Pushgateway in each, and a mail server that takes their
//! mail. Each thing that can be wrong is planted, found with the command that mends it, and mended.
//!
//! No controller runs, so the scene writes what controllers would: that runs have succeeded, and that pods
//! are ready.

mod canary;
mod defects;
mod installed;
mod mail;
mod pod;
pub(crate) mod scene;
mod screen;
mod well;

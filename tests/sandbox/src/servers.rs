//! The real servers of a monitoring stack, each on a free loopback port below a temporary directory.
//!
//! Every server is awaited until it says that it is ready, writes to a log file whose tail is
//! part of each failure, and is stopped by its process id: on drop, and by a [watchdog] when this
//! process dies without dropping anything. Ports cannot collide: a server binds port 0 and its
//! log tells which port it got.
//!
//! [watchdog]: process::Process

mod alertmanager;
mod checkers;
pub mod process;
mod prometheus;
mod pushgateway;
pub(crate) mod server;
mod watchdog;

pub use alertmanager::Alertmanager;
pub use checkers::{Amtool, Promtool};
pub use prometheus::{Alert, Prometheus, Rule, Sample, ScrapeTarget, Setup};
pub use pushgateway::{ConsistencyCheck, Pushgateway};

//! What runs, beside what is declared: the rules, files, schedules and images that are really in use.
//!
//! Every check is one module: it reads its part of one cluster, and a pure function makes findings of
//! what was read of all of them. A server that does not answer leaves a [`Gap`](crate::survey::Gap), and
//! no finding says of it that it is well.

mod alertmanager;
mod cron_jobs;
mod findings;
mod gap;
mod images;
mod look;
mod names;
mod prometheus;
mod pushgateway;
mod reader;
mod reading;
mod reap;
mod rules;
mod server_version;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod versions;
mod watchdog;

pub use look::look;
pub use reader::runs;
pub use reap::{Reaped, abandoned, reap, reap_into};
pub use server_version::server_skew;

use crate::finding::Finding;
use crate::survey::{Part, PeerFacts};

/// What was seen of everything that runs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LiveLook {
    /// How each thing stands: those that are well too.
    pub findings: Vec<Finding>,
    /// What was to be read, and whether it was: one of each check and cluster.
    pub parts: Vec<Part>,
    /// What is seen of each cluster's alerting, in the order of the configuration. Of the home cluster
    /// nothing: who would tell, if its alerting were dead?
    pub peers: Vec<PeerFacts>,
    /// What a person should know that is no finding.
    pub warnings: Vec<String>,
}

/// A function that gives expressions of the same meaning the same text.
pub type NormalForm<'a> = &'a dyn Fn(&str) -> String;

//! Everything that a run has found out: what is judged, reported, pushed and remembered.

use common::trouble::Trouble;
use jiff::Timestamp;

use crate::finding::{Finding, Unknown};
use crate::object::Kind;

/// The whole of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Survey {
    /// When the run looked.
    pub at: Timestamp,
    /// The clusters in the order of the configuration.
    pub clusters: Vec<ClusterFacts>,
    /// The one that the others are measured by, as an index into `clusters`; with none, no side is right.
    pub baseline: Option<usize>,
    /// What was to be read, and whether it was.
    pub parts: Vec<Part>,
    /// Every object that was looked at; those that are equal too.
    pub findings: Vec<Finding>,
    /// The declared differences.
    pub rules: Vec<RuleUse>,
    /// What a person should know that is no finding.
    pub warnings: Vec<String>,
    /// Objects that differed at first and no longer did at the second look.
    pub converged: usize,
    /// Objects that differ and were not read in detail, because there are too many.
    pub undetailed: usize,
    /// Whether ages are known; not so when what was remembered is lost.
    pub remembered: bool,
}

/// One cluster.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ClusterFacts {
    /// Its name.
    pub name: String,
    /// The version of its API server (`v1.34.0`).
    pub version: Option<String>,
    /// The uid of its namespace `kube-system`.
    pub identity: Option<String>,
    /// Why nothing of it was seen, if that is so.
    pub trouble: Option<Trouble>,
    /// The other clusters' alerting as seen from here, if that is looked at.
    pub peer: Option<PeerFacts>,
}

/// What is seen of a cluster's alerting.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PeerFacts {
    /// Since when its `Watchdog` fires.
    pub watchdog_since: Option<Timestamp>,
    /// When it was seen to fire: the time of this look. Absent when it was not.
    pub watchdog_seen: Option<Timestamp>,
    /// Its Alertmanager replicas, and whether each sends mail as the user that the home cluster's do.
    pub replicas: Vec<(String, bool)>,
}

/// What one cluster has of one family.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The family: an `id` of the configuration, or `live/…`.
    pub family: String,
    /// The kind; for live checks what they look at.
    pub kind: Kind,
    /// An index into the clusters.
    pub cluster: usize,
    /// How many objects were read, or why not all.
    pub read: Result<usize, Gap>,
}

/// Why something could not be seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    /// In a word.
    pub reason: Unknown,
    /// In full.
    pub trouble: Trouble,
}

/// A declared difference and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleUse {
    /// Its place in the configuration, such as `only_in[1]`: what findings name.
    pub id: String,
    /// What it says, on one line.
    pub summary: String,
    /// Why it is there.
    pub reason: String,
    /// The last day on which it applies.
    pub expires: Option<jiff::civil::Date>,
    /// Whether that day has passed; it was not applied then.
    pub expired: bool,
    /// How many objects or fields it explained.
    pub used: usize,
}

//! What is remembered between runs: since when something differs, how much was there, and which cluster
//! is behind a name.
//!
//! A drift is remembered by a [`fingerprint`]: where it is and of what class, never a value. It is one
//! drift while the value moves. It is cleared only by a look that found its object consistent or gone
//! from everywhere: what could not be looked at is left as it is. [`Memory`] decides that without any
//! I/O; [`Store`] is where it lies. Whatever happens to it, only ages are lost.

mod fingerprint;
mod format;
mod remember;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::object::{Kind, ObjectName};

pub use fingerprint::{fingerprint, of_finding};
pub use format::Unreadable;
pub use remember::{Appeared, Changes, Cleared};
pub use store::{Loaded, Store, load, save};

/// What is remembered between runs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memory {
    /// Each drift by its fingerprint.
    entries: BTreeMap<String, Entry>,
    /// How many objects there were at the last complete look.
    counts: BTreeMap<Look, usize>,
    /// The uid of the namespace `kube-system` behind each cluster's name.
    identities: BTreeMap<String, String>,
}

/// One drift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    /// The family that its object was selected by.
    family: String,
    /// Its object, see [`object_text`].
    object: String,
    scope: Scope,
    first_seen: Timestamp,
    last_seen: Timestamp,
    /// In how many runs it was seen.
    occurrences: u64,
}

/// What an entry is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Scope {
    /// How the object stands.
    Object,
    /// One of its fields.
    Field,
}

/// What is looked at in one cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Look {
    family: String,
    kind: String,
    cluster: String,
}

impl Memory {
    /// How many objects of a family and kind a cluster had when they were last read completely.
    pub fn count(&self, family: &str, kind: &Kind, cluster: &str) -> Option<usize> {
        let look = Look {
            family: family.to_owned(),
            kind: kind.to_string(),
            cluster: cluster.to_owned(),
        };
        self.counts.get(&look).copied()
    }

    /// When a drift was seen last.
    pub fn last_seen(&self, fingerprint: &str) -> Option<Timestamp> {
        self.entries.get(fingerprint).map(|entry| entry.last_seen)
    }

    /// The uid of the namespace `kube-system` of the cluster that this name reached last.
    pub fn identity(&self, cluster: &str) -> Option<&str> {
        self.identities.get(cluster).map(String::as_str)
    }

    /// What this run remembers, and what another has written that it did not know of: of a drift that both
    /// know the first time, the last time and the larger number. The own counts prevail. The written
    /// identities do: this run may not have known them, and nobody may accept another cluster by accident.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        let mut merged = self.clone();
        for (fingerprint, theirs) in &other.entries {
            merged
                .entries
                .entry(fingerprint.clone())
                .and_modify(|entry| {
                    entry.first_seen = entry.first_seen.min(theirs.first_seen);
                    entry.last_seen = entry.last_seen.max(theirs.last_seen);
                    entry.occurrences = entry.occurrences.max(theirs.occurrences);
                })
                .or_insert_with(|| theirs.clone());
        }
        for (look, count) in &other.counts {
            merged.counts.entry(look.clone()).or_insert(*count);
        }
        for (cluster, identity) in &other.identities {
            merged.identities.insert(cluster.clone(), identity.clone());
        }
        merged
    }
}

/// An object in a text that tells it apart from all others, of other groups too.
fn object_text(object: &ObjectName) -> String {
    let ObjectName {
        kind,
        namespace,
        name,
    } = object;
    match namespace {
        Some(namespace) => format!("{kind} {namespace}/{name}"),
        None => format!("{kind} {name}"),
    }
}

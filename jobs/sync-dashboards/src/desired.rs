//! What every target is to hold: the outcome of fetching, parsing, transforming and checking.

use std::collections::{BTreeMap, BTreeSet};

use crate::dashboard::Dashboard;
use crate::digest::{BlobId, Digest};
use crate::finding::Finding;
use crate::key::Key;
use crate::pin::{Place, Reference};

/// Where the dashboards come from: what annotations and the lock file say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The file.
    pub place: Place,
    /// The pinned commit, tag or branch.
    pub reference: Reference,
    /// Of the file's bytes.
    pub file: Digest,
    /// What git calls them.
    pub blob: BlobId,
    /// Of the transforms' configuration: the same upstream text and the same transforms give the same
    /// dashboard.
    pub transform: Digest,
}

/// The wanted set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desired {
    /// Where it comes from.
    pub provenance: Provenance,
    /// What is to be there.
    pub dashboards: BTreeMap<Key, Dashboard>,
    /// What upstream has and cannot be written, and why. The old version of each stays, and nothing is
    /// pruned anywhere.
    pub rejected: BTreeMap<Key, Vec<Finding>>,
    /// What upstream has and the configuration excludes.
    pub excluded: BTreeSet<Key>,
    /// Items of the file that hold no dashboard: of what name is unknown, so nothing is pruned.
    pub unreadable: Vec<Finding>,
    /// Warnings about what is to be there.
    pub warnings: BTreeMap<Key, Vec<Finding>>,
}

impl Desired {
    /// Whether all of upstream's dashboards could be read and may be written.
    pub fn is_clean(&self) -> bool {
        self.rejected.is_empty() && self.unreadable.is_empty()
    }

    /// How many dashboards upstream has, wanted or not.
    pub fn upstream(&self) -> usize {
        self.dashboards.len() + self.rejected.len() + self.excluded.len() + self.unreadable.len()
    }

    /// Whether upstream has a dashboard of that name, wanted or not.
    pub fn knows(&self, key: &Key) -> bool {
        self.dashboards.contains_key(key)
            || self.rejected.contains_key(key)
            || self.excluded.contains(key)
    }
}

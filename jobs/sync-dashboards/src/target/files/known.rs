//! Texts that upstream had at some time: who has such a file has not written it.

use std::collections::{BTreeMap, BTreeSet};

use crate::digest::Digest;
use crate::key::Key;

/// Dashboards that upstream removed, with the last text of each generation. They were never pruned by
/// what wrote them, and may lie in a folder for years.
const REMOVED: [(&str, &str); 5] = [
    (
        "k8s-cluster-rsrc-use.json",
        "16995abb89616017853466919bc7b4b1bdf856fcc900ec52cffbf516b5822a5d",
    ),
    (
        "k8s-node-rsrc-use.json",
        "c330c5f00509ae10eec1b88b230e2ec9eb4f95276193a40d597e6a95f6428695",
    ),
    (
        "pods.json",
        "931ef26eb880bcdfa17576ff1f45db8661312cffa822dca604108a90544547cb",
    ),
    (
        "statefulset.json",
        "03a47d556fb1b3b8c33c4d436250ecff7b13d45cc045db634e9345a7e705eebf",
    ),
    (
        "statefulset.json",
        "9263ad0848983f5159345dd9a568317ba906083c23a7f4c7cd11dd4ef6fc0b66",
    ),
];

/// Texts of upstream's, by name and digest. What upstream removed long ago is always among them.
#[derive(Debug, Clone, Default)]
pub struct Known(BTreeSet<(Key, Digest)>);

impl Known {
    /// Adds what a file of upstream's holds.
    pub fn add(&mut self, entries: &BTreeMap<Key, String>) {
        let entries = entries.iter();
        self.0
            .extend(entries.map(|(key, text)| (key.clone(), Digest::of(text))));
    }

    /// Whether upstream had this text under this name.
    pub(super) fn has(&self, key: &Key, digest: Digest) -> bool {
        let removed = || {
            let digest = digest.to_string();
            REMOVED.contains(&(key.as_str(), digest.as_str()))
        };
        self.0.contains(&(key.clone(), digest)) || removed()
    }
}

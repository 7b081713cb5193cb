//! What a cluster has of a family: for each object the name by which it is compared, and its digest.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::digest::{Digest, Outline, Owner, Versions};
use super::names::Names;
use crate::object::Kind;

/// What an object is compared by. Where its name is templated, it is the template's own text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Absent for what lives in no namespace.
    pub namespace: Option<String>,
    /// The comparison name.
    pub name: String,
}

/// An object as a list showed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Its name in this cluster.
    pub name: String,
    /// Of all that is compared.
    pub digest: Digest,
    /// Whether it is being deleted.
    pub terminating: bool,
    /// Whether a controller has not yet come to what was written last.
    pub rolling: bool,
    /// For equality within this cluster only.
    pub resource_version: String,
    /// What its labels say of where it comes from.
    pub versions: Versions,
}

/// Objects of one cluster that would be compared by one and the same name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision {
    /// The comparison name.
    pub key: Key,
    /// Their own names, in order.
    pub names: [String; 2],
}

/// All that a cluster has of a family.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Census {
    /// Every object that is compared.
    pub objects: BTreeMap<Key, Seen>,
    /// Objects beyond the limit of size, or nested too deeply: what they hold was not looked at.
    pub too_large: Vec<Key>,
    /// Names that the templates do not tell apart; only the first of each pair is in `objects`.
    pub collisions: Vec<Collision>,
}

/// What is known of one item of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    Read(Outline),
    TooLarge {
        namespace: Option<String>,
        name: String,
    },
}

impl Census {
    /// What another namespace has.
    pub(super) fn append(&mut self, mut other: Self) {
        self.objects.append(&mut other.objects);
        self.too_large.append(&mut other.too_large);
        self.collisions.append(&mut other.collisions);
    }

    /// One item more, if it is one that is compared.
    pub(super) fn add(&mut self, item: Item, names: &Names) {
        match item {
            Item::Read(outline) => self.add_seen(outline, names),
            Item::TooLarge { namespace, name } => {
                if names.include(&name) {
                    let name = names.key(&name);
                    self.too_large.push(Key { namespace, name });
                }
            }
        }
    }

    fn add_seen(&mut self, outline: Outline, names: &Names) {
        if !names.include(&outline.name) || !names.include_owned_by(outline.owner) {
            return;
        }
        let key = Key {
            name: names.key(&outline.name),
            namespace: outline.namespace,
        };
        let seen = Seen {
            name: outline.name,
            digest: outline.digest,
            terminating: outline.terminating,
            rolling: outline.rolling,
            resource_version: outline.resource_version,
            versions: outline.versions,
        };
        match self.objects.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(seen);
            }
            Entry::Occupied(entry) => {
                // A list is a snapshot: one object cannot be in it twice.
                let mut names = [entry.get().name.clone(), seen.name];
                names.sort();
                self.collisions.push(Collision {
                    key: entry.key().clone(),
                    names,
                });
            }
        }
    }
}

/// Whether objects of this kind are never compared: they are a cluster's own business, made by its
/// controllers, or secret.
pub fn is_never_compared(kind: &Kind) -> bool {
    matches!(
        (kind.group.as_str(), kind.kind.as_str()),
        ("", "Endpoints" | "Event" | "Pod" | "Secret")
            | ("apps", "ControllerRevision" | "ReplicaSet")
            | ("coordination.k8s.io", "Lease")
            | ("discovery.k8s.io", "EndpointSlice")
            | ("events.k8s.io", "Event")
    )
}

/// Whether an object of a kind that is compared is a cluster's own business all the same.
pub(super) fn is_a_clusters_own(kind: &Kind, name: &str) -> bool {
    kind.group.is_empty()
        && kind.kind == "ConfigMap"
        && matches!(name, "kube-root-ca.crt" | "istio-ca-root-cert")
}

/// Whether objects of this kind are not compared when this one owns them.
pub(super) fn belongs_to(kind: &Kind, owner: Owner) -> bool {
    kind.group == "batch" && kind.kind == "Job" && owner == Owner::CronJob
}

#[cfg(test)]
mod tests;

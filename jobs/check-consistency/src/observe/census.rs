//! What a cluster has of a family: for each object the name by which it is compared, and its digest.

use std::collections::BTreeMap;

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
    /// With their own names.
    pub too_large: BTreeMap<Key, String>,
    /// Names that the templates do not tell apart; only the first of each pair is in `objects`
    /// or `too_large`.
    pub collisions: Vec<Collision>,
    /// How many there were at the last run, when there is none any more and a second look said so too. A
    /// run tells it and remembers that there is none: it is told once.
    pub gone: usize,
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
    /// Whether there is not one object, not even one whose content nobody knows.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.too_large.is_empty()
    }

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
                    let key = Key {
                        name: names.key(&name),
                        namespace,
                    };
                    if let Some(key) = self.free(key, &name) {
                        self.too_large.insert(key, name);
                    }
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
        if let Some(key) = self.free(key, &seen.name) {
            self.objects.insert(key, seen);
        }
    }

    /// The key, unless another object has it: a list is a snapshot, and one object cannot be in it twice.
    fn free(&mut self, key: Key, name: &str) -> Option<Key> {
        let seen = self.objects.get(&key).map(|seen| &seen.name);
        let Some(other) = seen.or_else(|| self.too_large.get(&key)) else {
            return Some(key);
        };
        let mut names = [other.clone(), name.to_owned()];
        names.sort();
        self.collisions.push(Collision { key, names });
        None
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

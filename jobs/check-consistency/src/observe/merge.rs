//! What the clusters have of a family, side by side.

use std::collections::BTreeSet;

use super::census::{Key, Seen};
use super::look::FamilyLook;
use crate::finding::Presence;

/// One object, over all clusters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// What it is compared by.
    pub key: Key,
    /// Where it is, in the order of the clusters.
    pub presence: Vec<Presence>,
    /// Whether all that was read of it is the same. Says nothing about clusters where it is not.
    pub equal: bool,
    /// Whether a rollout of it is under way somewhere.
    pub rolling: bool,
}

/// Puts together what the clusters have of one family; `looks` has one for each cluster. The answer
/// is in the order of the keys.
pub fn merge(looks: &[&FamilyLook]) -> Vec<Merged> {
    let mut keys: BTreeSet<&Key> = BTreeSet::new();
    for census in looks.iter().filter_map(|look| look.census()) {
        keys.extend(census.objects.keys());
        keys.extend(census.too_large.keys());
    }
    keys.into_iter().map(|key| merged(key, looks)).collect()
}

fn merged(key: &Key, looks: &[&FamilyLook]) -> Merged {
    let seen: Vec<&Seen> = looks
        .iter()
        .filter_map(|look| look.census()?.objects.get(key))
        .collect();
    Merged {
        key: key.clone(),
        presence: looks.iter().map(|look| presence(key, look)).collect(),
        equal: seen
            .iter()
            .zip(seen.iter().skip(1))
            .all(|(left, right)| left.digest == right.digest),
        rolling: seen.iter().any(|seen| seen.rolling),
    }
}

fn presence(key: &Key, look: &FamilyLook) -> Presence {
    match look {
        FamilyLook::Read(census) => match census.objects.get(key) {
            Some(seen) if seen.terminating => Presence::Terminating,
            Some(_) => Presence::Here,
            None if census.too_large.contains_key(key) => Presence::Unknown,
            None => Presence::Absent,
        },
        FamilyLook::KindMissing => Presence::Absent,
        FamilyLook::Gap(_) => Presence::Unknown,
        FamilyLook::NotAsked => Presence::NotAsked,
    }
}

#[cfg(test)]
mod tests;

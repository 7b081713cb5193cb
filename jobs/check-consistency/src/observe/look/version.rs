//! In which version the objects of a kind are read: the same one in all clusters that have it.

use common::cluster::{Discovery, ServedKind};

use crate::object::Kind;
use crate::observe::gap;
use crate::survey::Gap;

/// What is to be done about a family in a cluster: at first `T` are all versions that it has of the
/// kind, then the one in which it is read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Choice<T> {
    Read(T),
    Missing,
    Gap(Gap),
    NotAsked,
}

impl<T> Choice<T> {
    pub(super) const fn read(&self) -> Option<&T> {
        match self {
            Self::Read(what) => Some(what),
            Self::Missing | Self::Gap(_) | Self::NotAsked => None,
        }
    }
}

/// The versions of a kind in a cluster.
pub(super) fn offered<'a>(
    discovery: &'a Discovery,
    kind: &Kind,
    cluster: &str,
) -> Choice<&'a [ServedKind]> {
    if discovery.is_stale(&kind.group) {
        return Choice::Gap(gap::stale(cluster, &kind.group));
    }
    match discovery.served(&kind.group, &kind.kind) {
        [] => Choice::Missing,
        versions => Choice::Read(versions),
    }
}

/// Chooses the version that the first of the clusters likes best of those that all of them have. A
/// kind that none of them has is a gap for each.
pub(super) fn choose(kind: &Kind, offers: Vec<Choice<&[ServedKind]>>) -> Vec<Choice<ServedKind>> {
    let all: Vec<&[ServedKind]> = offers.iter().filter_map(Choice::read).copied().collect();
    let best = all.first().copied().unwrap_or_default();
    let version = best
        .iter()
        .map(|served| served.resource.version.as_str())
        .find(|version| all.iter().all(|offer| find(offer, version).is_some()));
    let mut asked = offers.iter().filter(|offer| **offer != Choice::NotAsked);
    let nowhere = asked.all(|offer| *offer == Choice::Missing);
    let choices = offers.into_iter().map(|offer| match offer {
        Choice::Read(offer) => match version.and_then(|version| find(offer, version)) {
            Some(served) => Choice::Read(served.clone()),
            None => Choice::Gap(gap::version_skew(kind)),
        },
        Choice::Missing if nowhere => Choice::Gap(gap::served_nowhere(kind)),
        Choice::Missing => Choice::Missing,
        Choice::Gap(gap) => Choice::Gap(gap),
        Choice::NotAsked => Choice::NotAsked,
    });
    choices.collect()
}

fn find<'a>(offer: &'a [ServedKind], version: &str) -> Option<&'a ServedKind> {
    offer
        .iter()
        .find(|served| served.resource.version == version)
}

#[cfg(test)]
mod tests;

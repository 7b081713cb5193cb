//! In which version the objects of a kind are read: the same one in all clusters that have it.

use common::cluster::{Discovery, ServedKind};

use crate::object::Kind;
use crate::observe::gap;
use crate::survey::Gap;

/// What is to be done about a family in a cluster.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Choice {
    Read(ServedKind),
    Missing,
    Gap(Gap),
    NotAsked,
}

impl Choice {
    pub(super) fn served(&self) -> Option<ServedKind> {
        match self {
            Self::Read(served) => Some(served.clone()),
            Self::Missing | Self::Gap(_) | Self::NotAsked => None,
        }
    }
}

/// The versions of a kind in a cluster, or what to do without any.
pub(super) fn served<'a>(
    discovery: &'a Discovery,
    kind: &Kind,
    cluster: &str,
) -> Result<&'a [ServedKind], Choice> {
    if discovery.is_stale(&kind.group) {
        return Err(Choice::Gap(gap::stale(cluster, &kind.group)));
    }
    match discovery.served(&kind.group, &kind.kind) {
        [] => Err(Choice::Missing),
        versions => Ok(versions),
    }
}

/// Chooses the version that the first of the clusters likes best of those that all of them have.
pub(super) fn choose(kind: &Kind, served: Vec<Result<&[ServedKind], Choice>>) -> Vec<Choice> {
    let all: Vec<&[ServedKind]> = served
        .iter()
        .filter_map(|each| each.as_ref().ok())
        .copied()
        .collect();
    let first = all.first().copied().unwrap_or_default();
    let version = first
        .iter()
        .map(|served| served.resource.version.as_str())
        .find(|version| {
            all.iter()
                .all(|versions| in_version(versions, version).is_some())
        });
    let choices = served.into_iter().map(|each| match each {
        Ok(versions) => match version.and_then(|version| in_version(versions, version)) {
            Some(served) => Choice::Read(served.clone()),
            None => Choice::Gap(gap::version_skew(kind)),
        },
        Err(choice) => choice,
    });
    choices.collect()
}

fn in_version<'a>(versions: &'a [ServedKind], version: &str) -> Option<&'a ServedKind> {
    versions
        .iter()
        .find(|served| served.resource.version == version)
}

#[cfg(test)]
mod tests;

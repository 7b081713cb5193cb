//! Dashboards that Grafana or the sidecar could not tell apart. Grafana then saves none of them, and no
//! other new one either.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What a dashboard is known by, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity<'d> {
    /// Its file name: the key in a `ConfigMap`.
    pub key: &'d str,
    /// Empty when there is none.
    pub uid: &'d str,
    /// Empty when there is none.
    pub title: &'d str,
    /// Empty for the folder of everything else.
    pub folder: &'d str,
    /// Where it is, for people: `file x.json`, `configmap monitoring/y`.
    pub owner: &'d str,
}

/// What two dashboards may not share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The file name, in whatever folder: not every sidecar heeds the folder.
    FileName,
    /// The uid.
    Uid,
    /// The title, in one folder.
    Title,
}

impl Kind {
    const ALL: [Self; 3] = [Self::FileName, Self::Uid, Self::Title];

    /// The word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::FileName => "file name",
            Self::Uid => "uid",
            Self::Title => "title",
        }
    }
}

impl<'d> Identity<'d> {
    /// What must be its own; none when it has none of that kind.
    fn part(&self, kind: Kind) -> Option<(&'d str, &'d str)> {
        let (folder, part) = match kind {
            Kind::FileName => ("", self.key),
            Kind::Uid => ("", self.uid),
            Kind::Title => (self.folder, self.title),
        };
        (!part.is_empty()).then_some((folder, part))
    }

    /// Says what it shares with another one that it may not.
    pub fn collides(&self, other: &Identity<'_>) -> Option<String> {
        let shared = |kind: &Kind| {
            self.part(*kind)
                .is_some_and(|part| other.part(*kind) == Some(part))
        };
        let said: Vec<_> = Kind::ALL
            .into_iter()
            .filter(shared)
            .filter_map(|kind| Some(format!("the {} {:?}", kind.word(), self.part(kind)?.1)))
            .collect();
        (!said.is_empty()).then(|| format!("{} has {} too", other.owner, said.join(" and ")))
    }
}

/// Several dashboards that share what must be unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collision {
    /// What they share.
    pub kind: Kind,
    /// The file name, uid or title.
    pub value: String,
    /// Whose they are, in order.
    pub owners: Vec<String>,
    /// Their file names, in the order of [`Self::owners`].
    pub keys: Vec<String>,
}

impl fmt::Display for Collision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let owners = self.owners.join(" and of ");
        write!(
            f,
            "{:?} is the {} of {owners}",
            self.value,
            self.kind.word()
        )
    }
}

/// All collisions in a set. One dashboard that is named twice does not collide with itself.
pub fn set<'d>(dashboards: impl IntoIterator<Item = Identity<'d>>) -> Vec<Collision> {
    let mut groups: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for identity in dashboards {
        for kind in Kind::ALL {
            if let Some(part) = identity.part(kind) {
                let group = groups.entry((kind, part)).or_default();
                group.insert((identity.owner, identity.key));
            }
        }
    }
    groups
        .into_iter()
        .filter(|(_, group)| group.len() > 1)
        .map(|((kind, (_, value)), group)| Collision {
            kind,
            value: value.to_owned(),
            owners: group.iter().map(|(owner, _)| (*owner).to_owned()).collect(),
            keys: group.iter().map(|(_, key)| (*key).to_owned()).collect(),
        })
        .collect()
}

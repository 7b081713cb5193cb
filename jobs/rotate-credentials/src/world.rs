//! Everything that a decision may depend on, as one run sees it at one moment. It holds no secret,
//! prints as JSON, and says of each part whether it is known.

mod cluster;
mod rolls;
mod run;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::key::{AccessKeyId, Key};
use crate::marks::Marks;
use crate::version::VersionId;
use common::trouble::Trouble;

pub use cluster::{
    Cluster, ClusterState, Fit, Generated, MailFlow, Proof, Replica, ReplicaState, Source,
};
pub use rolls::{Roll, Rolls};
pub use run::{Asked, Earlier, InHand, ProbeAnswer, ProbeKind, Probes, Run};

/// One observation.
#[derive(Debug, Clone, Serialize)]
pub struct World {
    /// AWS's time, from the `Date` of its answers.
    pub now: Timestamp,
    /// Our clock minus AWS's.
    pub skew: SignedDuration,
    /// The user's keys and marks.
    pub iam: Reading<Iam>,
    /// The secret.
    pub store: Reading<Store>,
    /// The clusters in the order in which they are rolled.
    pub clusters: Vec<Cluster>,
    /// What this run remembers.
    pub run: Run,
}

/// A part of the world that may not have been seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reading<T> {
    /// Seen.
    Known(T),
    /// Not seen, and why.
    Failed(Trouble),
    /// Not for this role to see: a follower reads no IAM.
    NotMine,
}

impl Earlier {
    /// What of an observation can confirm a later one; nothing, when IAM was not seen.
    pub fn of(world: &World) -> Option<Self> {
        let store = world.store.known();
        Some(Self {
            at: world.now,
            iam: world.iam.known()?.clone(),
            current: store.map(|store| store.current.key.clone()),
            pending: store.and_then(|store| store.pending.as_ref()?.key().cloned()),
        })
    }
}

impl<T> Reading<T> {
    /// What was seen.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Failed(_) | Self::NotMine => None,
        }
    }

    /// Why nothing was seen.
    pub fn trouble(&self) -> Option<&Trouble> {
        match self {
            Self::Failed(trouble) => Some(trouble),
            Self::Known(_) | Self::NotMine => None,
        }
    }
}

/// The IAM user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Iam {
    /// Its keys, in the order of their ids.
    pub keys: BTreeMap<AccessKeyId, Key>,
    /// What its tags say.
    pub marks: Marks,
    /// For a current key that is not listed: the user that it belongs to, if IAM says.
    pub stranger: Option<String>,
}

/// The secret, without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Store {
    /// `AWSCURRENT`.
    pub current: Held,
    /// `AWSPREVIOUS`.
    pub previous: Option<Version>,
    /// `AWSPENDING`.
    pub pending: Option<Version>,
    /// Versions that were read by their id: those that marks name, when they matter.
    pub others: BTreeMap<VersionId, Contents>,
    /// Keys for which every version was looked for that could hold their pair.
    pub searched: BTreeSet<AccessKeyId>,
}

/// A version that holds a usable pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// Its id.
    pub version: VersionId,
    /// Whose pair.
    pub key: AccessKeyId,
}

/// A labelled version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Version {
    /// Its id.
    pub version: VersionId,
    /// What it holds.
    pub contents: Contents,
}

/// What a version holds, as far as our two members go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Contents {
    /// The pair of this key.
    Pair(AccessKeyId),
    /// No value, as a failed rotation by AWS leaves it.
    Empty,
    /// A value without a usable pair.
    Malformed,
}

impl Version {
    /// The key whose pair it holds.
    pub fn key(&self) -> Option<&AccessKeyId> {
        self.contents.key()
    }
}

impl Contents {
    /// The key whose pair it holds.
    pub fn key(&self) -> Option<&AccessKeyId> {
        match self {
            Self::Pair(key) => Some(key),
            Self::Empty | Self::Malformed => None,
        }
    }
}

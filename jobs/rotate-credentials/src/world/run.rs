//! What one run remembers between its steps. Nothing of it outlives the run: a guard that needs a
//! probe has it made in the same run.

use std::collections::{BTreeMap, BTreeSet};

use common::cluster::ClusterName;
use jiff::Timestamp;
use serde::Serialize;

use super::rolls::Rolls;
use super::{Cluster, Iam};
use crate::key::AccessKeyId;
use crate::marks::RunId;

/// The memory of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Run {
    /// Its name.
    pub id: RunId,
    /// What a person or the schedule asked for.
    pub asked: Asked,
    /// Whether the Lease is ours; `None` when the command takes none.
    pub lease_held: Option<bool>,
    /// A pair that was created and is not stored yet.
    pub in_hand: Option<InHand>,
    /// What SES said to each key in this run.
    pub probes: BTreeMap<AccessKeyId, Probes>,
    /// Whether AWS refused to create a key, so that the announcement goes at once.
    pub create_refused: bool,
    /// An older reading of IAM, for negative facts.
    #[serde(skip)]
    pub earlier: Option<Earlier>,
    /// Since when this run waits for a cluster to run what was written.
    pub waiting: BTreeMap<ClusterName, Timestamp>,
    /// The revision of each cluster's Secret when this run saw it first.
    pub revisions: BTreeMap<ClusterName, String>,
    /// Logins that were written into clusters in the last day.
    pub rolls: Rolls,
    /// Keys that this run reactivated because something ran with them.
    pub repaired: BTreeSet<AccessKeyId>,
}

/// What the run is for, besides the schedule's own purpose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asked {
    /// Rotate when the key is old.
    #[default]
    Scheduled,
    /// Rotate whatever the key's age.
    Now,
}

/// A created pair that exists in this process only. Its secret is kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InHand {
    /// The key.
    pub key: AccessKeyId,
    /// Whether Secrets Manager refused it for good, so that it must be retired.
    pub refused: bool,
}

/// An older reading of IAM that may confirm a later one, and what made its keys be expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// When it was made.
    pub at: Timestamp,
    /// What was read.
    pub iam: Iam,
    /// The secret's current key then.
    pub current: Option<AccessKeyId>,
    /// The key of its pending version then. That a key is not listed means nothing in a reading from
    /// before it was created.
    pub pending: Option<AccessKeyId>,
}

/// The newest answers of SES to one key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Probes {
    /// To a login.
    pub auth: Option<ProbeAnswer>,
    /// To a mail.
    pub send: Option<ProbeAnswer>,
    /// How many logins were tried.
    pub tries: u32,
    /// When the first one was.
    pub first: Option<Timestamp>,
}

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeKind {
    /// A login, no mail.
    Auth,
    /// One mail to SES's mailbox simulator.
    Send,
}

/// What came of it. With several mail servers it is the worst of their answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProbeAnswer {
    /// Accepted; also when only the mail was put off, as far as a login goes.
    Accepted,
    /// Login refused: wrong, deactivated, or too fresh.
    Refused,
    /// Any other failure; its code is one of [`crate::verdict`]'s `smtp-…` or of `common`.
    Failed(common::trouble::Trouble),
}

impl Run {
    /// The memory of a run that begins.
    pub fn new(id: RunId, asked: Asked) -> Self {
        Self {
            id,
            asked,
            lease_held: None,
            in_hand: None,
            create_refused: false,
            probes: BTreeMap::new(),
            earlier: None,
            waiting: BTreeMap::new(),
            revisions: BTreeMap::new(),
            rolls: Rolls::default(),
            repaired: BTreeSet::new(),
        }
    }

    /// Remembers the revision of each cluster's Secret, once.
    pub fn notice_revisions(&mut self, clusters: &[Cluster]) {
        for cluster in clusters {
            if let Ok(state) = &cluster.state
                && !self.revisions.contains_key(&cluster.name)
            {
                let revision = state.source.revision.clone();
                self.revisions.insert(cluster.name.clone(), revision);
            }
        }
    }

    /// What SES said to `key`, if it was asked in this run.
    pub fn answer(&self, key: &AccessKeyId, kind: ProbeKind) -> Option<&ProbeAnswer> {
        let probes = self.probes.get(key)?;
        match kind {
            ProbeKind::Auth => probes.auth.as_ref(),
            ProbeKind::Send => probes.send.as_ref(),
        }
    }
}

//! One cluster's Alertmanager: what is written for it, what its replicas run, and whether both are
//! proven to be the same.

use std::fmt;

use common::alertmanager::SmtpUsers;
use common::cluster::ClusterName;
use jiff::Timestamp;
use serde::Serialize;

use crate::key::AccessKeyId;
use common::trouble::Trouble;

/// A configured cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cluster {
    /// Its name.
    pub name: ClusterName,
    /// What was seen there, or why nothing was.
    pub state: Result<ClusterState, Trouble>,
}

/// What was seen in a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClusterState {
    /// Whether the operator was told to leave Alertmanager alone.
    pub paused: bool,
    /// The Secret that is written.
    pub source: Source,
    /// What the operator made of it; `None` when it has made nothing yet.
    pub generated: Option<Generated>,
    /// Every replica that the custom resource asks for, found or not. Never empty.
    pub replicas: Vec<Replica>,
    /// What is known of mails that went out.
    pub mail: MailFlow,
}

/// The Secret that Alertmanager is configured from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Its `resourceVersion`, for the write that must not overtake another.
    pub revision: String,
    /// SMTP users in it.
    pub users: SmtpUsers,
    /// How it compares with the template filled with the current pair.
    pub fit: Fit,
    /// Who wrote it last, as its managed fields say.
    pub manager: Option<String>,
}

/// How the written configuration compares with the one that it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fit {
    /// The same bytes.
    Same,
    /// Nothing but the login differs, or how it is laid out.
    Login,
    /// More than that differs, at these paths.
    Beyond(Vec<String>),
}

/// The Secret that the operator generates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Generated {
    /// SMTP users in it.
    pub users: SmtpUsers,
}

/// One expected replica.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replica {
    /// Name of its pod.
    pub pod: String,
    /// What it runs, or why that is not known.
    pub state: Result<ReplicaState, Trouble>,
}

/// What a replica runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReplicaState {
    /// Whether its configuration has the hash of the generated one; `None` when either is unknown.
    pub loaded: Option<bool>,
    /// Whether its last reload went well.
    pub reload_ok: Option<bool>,
    /// SMTP users that it runs with.
    pub users: SmtpUsers,
    /// Whether its pod is ready, and the same pod from the beginning to the end of the look.
    pub ready: bool,
}

/// Mails since a moment that was noted earlier, over all replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MailFlow {
    /// Since then so many went out and none was refused.
    Flowing {
        /// The moment.
        since: Timestamp,
        /// How many.
        sent: u64,
    },
    /// Some were refused since then.
    Refused {
        /// The moment.
        since: Timestamp,
    },
    /// There is nothing to compare with yet, or the counters cannot be read.
    Unknown,
}

/// Whether a cluster runs a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// Every replica does.
    Proven,
    /// It is written and not everywhere in use: what is missing, for each replica or object.
    Unproven(Vec<String>),
    /// Another login is written.
    NotWritten,
    /// The cluster was not seen.
    Unseen(Trouble),
}

impl Cluster {
    /// Whether every replica of it is proven to run with `key`, and with nothing else.
    pub fn proof(&self, key: &AccessKeyId) -> Proof {
        let state = match &self.state {
            Ok(state) => state,
            Err(trouble) => return Proof::Unseen(trouble.clone()),
        };
        if state.source.fit != Fit::Same {
            return Proof::NotWritten;
        }
        let mut missing = Vec::new();
        match &state.generated {
            Some(generated) if generated.users.are_only(key.as_str()) => {}
            Some(_) => missing.push("the operator's generated Secret has the old login".to_owned()),
            None => missing.push("the operator has generated no Secret".to_owned()),
        }
        if state.replicas.is_empty() {
            missing.push("the custom resource asks for no replica".to_owned());
        }
        for replica in &state.replicas {
            if let Some(why) = replica.lacks(key) {
                missing.push(format!("{}: {why}", replica.pod));
            }
        }
        if missing.is_empty() {
            Proof::Proven
        } else {
            if state.paused {
                missing.insert(0, "the custom resource is paused".to_owned());
            }
            Proof::Unproven(missing)
        }
    }

    /// Whether anything that was seen here names `key`: a Secret or a running configuration.
    /// `None` when some of it was not seen.
    pub fn names(&self, key: &AccessKeyId) -> Option<bool> {
        let state = self.state.as_ref().ok()?;
        let has = |users: &SmtpUsers| users.names(key.as_str());
        if has(&state.source.users) || state.generated.as_ref().is_some_and(|it| has(&it.users)) {
            return Some(true);
        }
        let mut known = true;
        for replica in &state.replicas {
            match &replica.state {
                Ok(state) if has(&state.users) => return Some(true),
                Ok(_) => {}
                Err(_) => known = false,
            }
        }
        known.then_some(false)
    }

    /// Whether a replica refused to load what was written.
    pub fn refuses_to_reload(&self) -> bool {
        let refuses = |replica: &Replica| {
            replica
                .state
                .as_ref()
                .is_ok_and(|state| state.reload_ok == Some(false))
        };
        self.state
            .as_ref()
            .is_ok_and(|state| state.replicas.iter().any(refuses))
    }
}

impl Replica {
    /// What is missing for the proof that it runs with `key`.
    fn lacks(&self, key: &AccessKeyId) -> Option<String> {
        let state = match &self.state {
            Ok(state) => state,
            Err(trouble) => return Some(trouble.to_string()),
        };
        let why = if !state.ready {
            "not ready, or replaced while it was looked at"
        } else if state.reload_ok == Some(false) {
            "its last reload failed"
        } else if state.reload_ok.is_none() {
            "does not say whether its last reload worked"
        } else if !state.users.are_only(key.as_str()) {
            "runs with another login"
        } else if state.loaded != Some(true) {
            "does not run the generated configuration"
        } else {
            return None;
        };
        Some(why.to_owned())
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proven => f.write_str("proven"),
            Self::Unproven(missing) => f.write_str(&missing.join("; ")),
            Self::NotWritten => f.write_str("another login is written"),
            Self::Unseen(trouble) => write!(f, "not seen: {trouble}"),
        }
    }
}

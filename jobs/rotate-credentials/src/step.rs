//! Everything that the rotation ever changes: one variant, one call, one object.

use common::cluster::ClusterName;
use jiff::Timestamp;
use serde::Serialize;

use crate::guard::{CreateProof, DeactivateProof, DeleteProof, PromoteProof, RollProof};
use crate::key::{AccessKeyId, KeyStatus};
use crate::marks::{KeyMark, RunId, Tag, intent_name, name_of};
use crate::version::VersionId;
use crate::world::World;

/// One effect. Those that can lose mail carry a proof that only a guard can make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "effect")]
pub enum Step {
    /// Write the mark of a key.
    Mark {
        /// The key.
        key: AccessKeyId,
        /// Its new mark.
        mark: KeyMark,
    },
    /// Remove the mark of a key that is gone.
    Unmark {
        /// The key.
        key: AccessKeyId,
    },
    /// Announce that this run creates a key.
    Announce {
        /// The run.
        run: RunId,
        /// The tag that says so.
        tag: Tag,
    },
    /// Take back the announcement of a run.
    Withdraw {
        /// The run.
        run: RunId,
    },
    /// Create a key. Its secret is in this process alone until it is stored.
    Create(CreateProof),
    /// Store the current document with another pair as `AWSPENDING`.
    Store {
        /// Whose pair.
        key: AccessKeyId,
        /// On which version's text.
        base: VersionId,
        /// Under which id.
        version: VersionId,
    },
    /// Remove `AWSPENDING` from a version.
    DropPending {
        /// From which.
        version: VersionId,
    },
    /// Move `AWSCURRENT` to the pending version.
    Promote(PromoteProof),
    /// Move `AWSCURRENT` back to a version whose key still works, because the current one's is gone.
    Restore {
        /// To which.
        to: VersionId,
        /// From which.
        from: VersionId,
        /// The key that works.
        key: AccessKeyId,
    },
    /// Write the current login into a cluster's Alertmanager Secret.
    Roll(RollProof),
    /// Activate a key again.
    Activate {
        /// The key.
        key: AccessKeyId,
    },
    /// Deactivate a key.
    Deactivate(DeactivateProof),
    /// Delete a key.
    Delete(DeleteProof),
}

impl Step {
    /// The object that is changed, for lines that people read.
    pub fn object(&self) -> String {
        match self {
            Self::Mark { key, .. } | Self::Unmark { key } => name_of(key),
            Self::Announce { run, .. } | Self::Withdraw { run } => intent_name(run),
            Self::Create(_) => "a new access key".to_owned(),
            Self::Store { version, .. } | Self::DropPending { version } => {
                format!("version {version}")
            }
            Self::Promote(proof) => format!("version {}", proof.pending()),
            Self::Restore { to, .. } => format!("version {to}"),
            Self::Roll(proof) => format!("cluster {}", proof.cluster()),
            Self::Activate { key } => key.to_string(),
            Self::Deactivate(proof) => proof.key().to_string(),
            Self::Delete(proof) => proof.key().to_string(),
        }
    }

    /// What is done, in a few words.
    pub fn verb(&self) -> String {
        match self {
            Self::Mark { mark, .. } => format!("mark as {}", mark.stage.word()),
            Self::Unmark { .. } => "remove the mark of a key that is gone".to_owned(),
            Self::Announce { .. } => "announce that a key is created".to_owned(),
            Self::Withdraw { .. } => "take back the announcement".to_owned(),
            Self::Create(_) => "create".to_owned(),
            Self::Store { .. } => "store the new pair as AWSPENDING".to_owned(),
            Self::DropPending { .. } => "remove AWSPENDING".to_owned(),
            Self::Promote(_) => "make it AWSCURRENT".to_owned(),
            Self::Restore { .. } => "move AWSCURRENT back to it".to_owned(),
            Self::Roll(_) => "write the login".to_owned(),
            Self::Activate { .. } => "activate".to_owned(),
            Self::Deactivate(_) => "deactivate".to_owned(),
            Self::Delete(_) => "delete".to_owned(),
        }
    }

    /// Whether IAM is read once more right before it, because it offers no compare-and-swap.
    pub fn needs_fresh_keys(&self) -> bool {
        matches!(
            self,
            Self::Create(_) | Self::Restore { .. } | Self::Deactivate(_) | Self::Delete(_)
        )
    }

    /// Whether `world` shows what it did to the IAM user; `None` when it did nothing to it, or IAM was
    /// not seen.
    pub fn is_seen_in(&self, world: &World) -> Option<bool> {
        let iam = world.iam.known()?;
        let marks = &iam.marks;
        let status = |key| iam.keys.get(key).map(|key| key.status);
        match self {
            Self::Mark { key, mark } => Some(marks.of(key) == Some(mark)),
            Self::Unmark { key } => Some(!marks.keys.contains_key(key)),
            Self::Announce { run, .. } => Some(marks.intents.contains_key(run)),
            Self::Withdraw { run } => Some(!marks.intents.contains_key(run)),
            Self::Activate { key } => Some(status(key) == Some(KeyStatus::Active)),
            Self::Deactivate(proof) => Some(status(proof.key()) != Some(KeyStatus::Active)),
            Self::Delete(proof) => Some(status(proof.key()).is_none()),
            Self::Create(_)
            | Self::Store { .. }
            | Self::DropPending { .. }
            | Self::Promote(_)
            | Self::Restore { .. }
            | Self::Roll(_) => None,
        }
    }

    /// The cluster that is written, if one is.
    pub fn cluster(&self) -> Option<&ClusterName> {
        match self {
            Self::Roll(proof) => Some(proof.cluster()),
            Self::Mark { .. }
            | Self::Unmark { .. }
            | Self::Announce { .. }
            | Self::Withdraw { .. }
            | Self::Create(_)
            | Self::Store { .. }
            | Self::DropPending { .. }
            | Self::Promote(_)
            | Self::Restore { .. }
            | Self::Activate { .. }
            | Self::Deactivate(_)
            | Self::Delete(_) => None,
        }
    }
}

/// A mark with another stage, from now on.
pub fn restaged(mark: &KeyMark, stage: crate::marks::Stage, now: Timestamp) -> KeyMark {
    KeyMark {
        stage,
        since: now,
        ..mark.clone()
    }
}

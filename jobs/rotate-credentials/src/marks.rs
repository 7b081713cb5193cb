//! Ownership marks: tags of the IAM user by which this program knows its own keys again.
//!
//! A key without a mark that can be read is somebody else's and is never touched. There is one
//! intent for each run, because a shared one would lose the evidence of the run before.

mod codec;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use crate::key::AccessKeyId;
use crate::version::VersionId;

/// What every tag of ours starts with.
pub const PREFIX: &str = "rotate-credentials.";
/// A person's stop switch; its value does not matter.
pub const HOLD: &str = "rotate-credentials.hold";
const KEY: &str = "rotate-credentials.key.";
const INTENT: &str = "rotate-credentials.intent.";

/// Where a key of ours stands in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Created, not yet current.
    New,
    /// Current.
    Live,
    /// A predecessor that is still active, watched since the clusters were converged.
    Soaking,
    /// Deactivated; may be deleted after the grace.
    Inactive,
    /// Created by us, and nobody has its secret.
    Orphan,
    /// Created by us, and its rotation was cancelled before it became current.
    Abandoned,
}

/// The mark of one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeyMark {
    /// Where the key stands.
    pub stage: Stage,
    /// The run that created it; empty for an adopted key.
    pub run: RunId,
    /// The key that it replaces.
    pub replaces: Option<AccessKeyId>,
    /// The version of the secret that its pair was stored on.
    pub base: Option<VersionId>,
    /// When the mark was first written.
    pub at: Timestamp,
    /// Since when the stage lasts.
    pub since: Timestamp,
    /// Whether it is deleted a day after its deactivation instead of after the grace: it never
    /// served anybody.
    pub short: bool,
}

/// A run's announcement that it is about to create a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Intent {
    /// When it was written.
    pub at: Timestamp,
    /// The current version of the secret at that time.
    pub base: VersionId,
    /// The keys that existed.
    pub known: BTreeSet<AccessKeyId>,
}

/// Name of a run: the pod's, or made up at a terminal. At most 63 letters, digits, `-` and `.`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct RunId(String);

impl RunId {
    /// Keeps what a tag may hold of `text`.
    pub fn new(text: &str) -> Self {
        let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        Self(text.chars().filter(allowed).take(63).collect())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A tag of ours that cannot be read: edited by hand, or by a newer program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Unreadable;

/// All tags of the user that mean something here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Marks {
    /// Marks of keys.
    pub keys: BTreeMap<AccessKeyId, Result<KeyMark, Unreadable>>,
    /// Intents of runs.
    pub intents: BTreeMap<RunId, Result<Intent, Unreadable>>,
    /// Keys that a person described in the console: such a tag is named like the key.
    pub described: BTreeSet<AccessKeyId>,
    /// Whether a person stopped the rotation.
    pub hold: bool,
}

impl Marks {
    /// Reads the user's tags.
    pub fn read<'t>(tags: impl IntoIterator<Item = (&'t str, &'t str)>) -> Self {
        let mut marks = Self::default();
        for (name, value) in tags {
            // Names of tags differ by more than the case of letters.
            if name.eq_ignore_ascii_case(HOLD) {
                marks.hold = true;
            } else if let Some(run) = name.strip_prefix(INTENT) {
                let intent = codec::read_intent(value).ok_or(Unreadable);
                marks.intents.insert(RunId::new(run), intent);
            } else if let Some(Ok(key)) = name.strip_prefix(KEY).map(str::parse) {
                marks
                    .keys
                    .insert(key, codec::read_key(value).ok_or(Unreadable));
            } else if let Ok(key) = name.parse() {
                marks.described.insert(key);
            }
        }
        marks
    }

    /// The readable mark of `key`.
    pub fn of(&self, key: &AccessKeyId) -> Option<&KeyMark> {
        self.keys.get(key)?.as_ref().ok()
    }

    /// Whether `key` has a mark of ours that cannot be read.
    pub fn is_unreadable(&self, key: &AccessKeyId) -> bool {
        matches!(self.keys.get(key), Some(Err(Unreadable)))
    }
}

/// A tag as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tag {
    /// Its key.
    pub name: String,
    /// Its value.
    pub value: String,
}

impl KeyMark {
    /// The tag that marks `key` so.
    pub fn tag(&self, key: &AccessKeyId) -> Tag {
        Tag {
            name: name_of(key),
            value: codec::write_key(self),
        }
    }
}

impl Intent {
    /// The tag that announces it for `run`.
    pub fn tag(&self, run: &RunId) -> Tag {
        Tag {
            name: intent_name(run),
            value: codec::write_intent(self),
        }
    }
}

/// Name of the tag that marks `key`.
pub fn name_of(key: &AccessKeyId) -> String {
    format!("{KEY}{key}")
}

/// Name of the tag that announces the creation of a key by `run`.
pub fn intent_name(run: &RunId) -> String {
    format!("{INTENT}{}", run.as_str())
}

#[cfg(test)]
mod tests;

//! The effects, as AWS and Kubernetes answer them.

use std::fmt;

use common::exit::Exit;
use common::trouble::Trouble;
use rotate_credentials::document::SIZE_LIMIT_BYTES;
use rotate_credentials::key::{AccessKeyId, KeyStatus};
use rotate_credentials::marks::Tag;
use rotate_credentials::outside::{Effect, EffectError};
use rotate_credentials::pair::Pair;
use rotate_credentials::verdict;
use rotate_credentials::version::VersionId;

use super::{By, Origin, Presence, Text, World};

/// An effect of the job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// `CreateAccessKey`.
    Create,
    /// `UpdateAccessKey`.
    Switch(AccessKeyId, KeyStatus),
    /// `DeleteAccessKey`.
    Delete(AccessKeyId),
    /// `TagUser`.
    Tag(Tag),
    /// `UntagUser`.
    Untag(String),
    /// `PutSecretValue` with `AWSPENDING`.
    Put(VersionId, Text),
    /// `UpdateSecretVersionStage` of `AWSCURRENT`.
    Move {
        /// Where it must be.
        from: VersionId,
        /// Where it goes.
        to: VersionId,
    },
    /// `UpdateSecretVersionStage` of `AWSPENDING`.
    DropPending(VersionId),
    /// Patch of a cluster's Secret.
    Write {
        /// The cluster's place.
        cluster: usize,
        /// The revision that it must have.
        revision: u64,
        /// The key that is written.
        key: usize,
    },
}

/// What announcements' names start with.
const INTENT: &str = "rotate-credentials.intent.";
/// Tags of a user.
const TAG_QUOTA: usize = 50;
/// Characters of a tag's value.
const TAG_LENGTH: usize = 256;

impl World {
    /// Does what the job asked for, if AWS or Kubernetes would.
    pub fn apply(&mut self, act: &Act) -> Effect<Option<Pair>> {
        let now = self.now;
        match act {
            Act::Create => return self.create_for_us().map(Some),
            Act::Switch(id, status) => {
                let key = self.iam.keys.iter_mut().find(|key| key.id == *id);
                let key = key.filter(|key| key.is_there());
                let to = match status {
                    KeyStatus::Active => Presence::Active,
                    KeyStatus::Inactive | KeyStatus::Other => Presence::Inactive,
                };
                key.ok_or(EffectError::Overtaken)?.switch(to, By::Us, now);
            }
            Act::Delete(id) => {
                let key = self.iam.keys.iter_mut().find(|key| key.id == *id);
                if let Some(key) = key.filter(|key| key.is_there()) {
                    key.switch(Presence::Gone, By::Us, now);
                }
            }
            Act::Tag(tag) => self.tag_for_us(tag)?,
            Act::Untag(name) => self.iam.untag(name, now),
            Act::Put(version, text) => self.put_for_us(version, text)?,
            Act::Move { from, to } => self.move_for_us(from, to)?,
            Act::DropPending(version) => self.drop_for_us(version)?,
            Act::Write {
                cluster,
                revision,
                key,
            } => self.write_for_us(*cluster, *revision, *key)?,
        }
        Ok(None)
    }

    fn create_for_us(&mut self) -> Effect<Pair> {
        if !self.iam.has_room() {
            let text = "LimitExceeded: the user has two keys";
            return refused(verdict::FOREIGN_KEY.because(text));
        }
        Ok(self.iam.create(self.now, Origin::Ours, self.terms))
    }

    fn tag_for_us(&mut self, tag: &Tag) -> Effect {
        let allowed = |c: char| c.is_ascii_alphanumeric() || " _.:/=+-@".contains(c);
        let known = self.iam.tags.contains_key(&tag.name);
        if tag.value.len() > TAG_LENGTH
            || !tag.value.chars().all(allowed)
            || (!known && self.iam.tags.len() >= TAG_QUOTA)
        {
            return refused(verdict::TAG_REFUSED.because("InvalidInput"));
        }
        if tag.name.starts_with(INTENT) {
            self.announced.push(self.now);
        }
        self.iam.tag(&tag.name, &tag.value, self.now);
        Ok(())
    }

    fn open(&self) -> Effect {
        match self.secret.closed {
            None => Ok(()),
            Some(why) => refused(why.trouble()),
        }
    }

    fn put_for_us(&mut self, version: &VersionId, text: &Text) -> Effect {
        self.open()?;
        if text.len() > SIZE_LIMIT_BYTES {
            return refused(verdict::SECRET_TOO_LARGE.because("too large"));
        }
        match self.secret.versions.get(version) {
            Some(stored) if stored == text => {}
            Some(_) => return refused(verdict::FOREIGN_PENDING.because("ResourceExists")),
            None => {}
        }
        self.secret
            .versions
            .insert(version.clone(), Text::clone(text));
        self.secret.pending = Some(version.clone());
        Ok(())
    }

    fn move_for_us(&mut self, from: &VersionId, to: &VersionId) -> Effect {
        self.open()?;
        if self.secret.current == *to {
            return Ok(());
        }
        if self.secret.current != *from {
            return Err(EffectError::Overtaken);
        }
        if !self.secret.versions.contains_key(to) {
            return refused(trouble(Exit::Config, "aws-not-found", "no such version"));
        }
        self.secret.make_current(to.clone());
        let current = self.secret.key_in(to);
        for key in &mut self.iam.keys {
            if Some(&key.id) == current.as_ref() {
                key.was_current = true;
                key.reactivated = false;
            }
        }
        Ok(())
    }

    fn drop_for_us(&mut self, version: &VersionId) -> Effect {
        self.open()?;
        match &self.secret.pending {
            None => Ok(()),
            Some(pending) if pending == version => {
                self.secret.pending = None;
                Ok(())
            }
            Some(_) => Err(EffectError::Overtaken),
        }
    }

    fn write_for_us(&mut self, cluster: usize, revision: u64, key: usize) -> Effect {
        let now = self.now;
        let Some(cluster) = self.clusters.get_mut(cluster) else {
            return Err(EffectError::Overtaken);
        };
        if cluster.unreachable {
            return Err(EffectError::Unclear(unreachable()));
        }
        if cluster.revision != revision {
            return Err(EffectError::Overtaken);
        }
        cluster.write(key, By::Us, now);
        Ok(())
    }
}

/// A cluster's API server does not answer.
pub(crate) fn unreachable() -> Trouble {
    trouble(Exit::Transient, "cluster-unreachable", "connection refused")
}

/// A trouble of a call.
pub(crate) fn trouble(exit: Exit, code: &'static str, text: &str) -> Trouble {
    Trouble {
        exit,
        code,
        text: text.to_owned(),
        hint: None,
    }
}

fn refused<T>(trouble: Trouble) -> Effect<T> {
    Err(EffectError::Refused(trouble))
}

impl super::Closed {
    /// What reading or writing it answers.
    pub fn trouble(self) -> Trouble {
        match self {
            Self::Deleted => verdict::SECRET_DELETED.because("scheduled for deletion"),
            Self::RotatedByAws => verdict::SECRET_ROTATED_BY_AWS.because("rotation is on"),
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create => f.write_str("create a key"),
            Self::Switch(key, KeyStatus::Active) => write!(f, "activate {}", key.short()),
            Self::Switch(key, _) => write!(f, "deactivate {}", key.short()),
            Self::Delete(key) => write!(f, "delete {}", key.short()),
            Self::Tag(tag) => write!(f, "tag {} = {}", tag.name, tag.value),
            Self::Untag(name) => write!(f, "untag {name}"),
            Self::Put(version, _) => write!(f, "put {} as AWSPENDING", version.short()),
            Self::Move { from, to } => {
                write!(f, "move AWSCURRENT from {} to {}", from.short(), to.short())
            }
            Self::DropPending(version) => write!(f, "drop AWSPENDING from {}", version.short()),
            Self::Write { cluster, key, .. } => {
                write!(f, "write the login of key {} to cluster {cluster}", key + 1)
            }
        }
    }
}

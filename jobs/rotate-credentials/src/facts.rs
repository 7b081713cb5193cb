//! What follows from an observation: the words in which the table and the guards speak.

use common::cluster::ClusterName;
use jiff::{SignedDuration, Timestamp};

use crate::key::{AccessKeyId, Key, KeyStatus};
use crate::marks::{KeyMark, Stage};
use crate::policy::Policy;
use crate::version::VersionId;
use crate::world::{
    Asked, Contents, Earlier, Iam, ProbeAnswer, ProbeKind, Proof, Store, Version, World,
};

/// Tolerance before an announcement: clocks of two AWS services.
const BEFORE_INTENT: SignedDuration = SignedDuration::from_secs(5);

/// A world whose store was seen.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'w> {
    /// What was seen.
    pub world: &'w World,
    /// How patient and strict to be.
    pub policy: &'w Policy,
    /// The secret.
    pub store: &'w Store,
    /// The user; `None` for a follower.
    pub iam: Option<&'w Iam>,
}

/// Whether a negative fact of IAM counts: it does when two readings a minute apart agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmed {
    /// Both say so.
    Yes,
    /// It takes a second look after this time.
    LookAgain {
        /// How long to wait.
        after: SignedDuration,
        /// Whether the present reading becomes the earlier one.
        afresh: bool,
    },
}

/// A pending version as the table sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pending<'w> {
    /// None, or one that means nothing.
    None,
    /// Written by us: for this key, on this base.
    Ours {
        /// The version.
        version: &'w VersionId,
        /// Whose pair it holds.
        key: &'w AccessKeyId,
        /// What it was built on.
        base: &'w VersionId,
    },
    /// Somebody else's.
    Foreign(&'w Version),
}

impl<'w> Facts<'w> {
    /// AWS's time.
    pub fn now(&self) -> Timestamp {
        self.world.now
    }

    /// The current key.
    pub fn cur(&self) -> &'w AccessKeyId {
        &self.store.current.key
    }

    /// A listed key.
    pub fn key(&self, id: &AccessKeyId) -> Option<&'w Key> {
        self.iam?.keys.get(id)
    }

    /// The mark of a key, if it has a readable one.
    pub fn mark(&self, id: &AccessKeyId) -> Option<&'w KeyMark> {
        self.iam?.marks.of(id)
    }

    /// The stage of a key, if it has a readable mark.
    pub fn stage(&self, id: &AccessKeyId) -> Option<Stage> {
        self.mark(id).map(|mark| mark.stage)
    }

    /// Whether a key has a mark that cannot be read, which makes it somebody else's.
    pub fn is_unreadable(&self, id: &AccessKeyId) -> bool {
        self.iam.is_some_and(|iam| iam.marks.is_unreadable(id))
    }

    /// Age of something.
    pub fn age(&self, since: Timestamp) -> SignedDuration {
        self.now().duration_since(since)
    }

    /// The predecessor of the current key, as its mark names it, if it still exists.
    pub fn old(&self) -> Option<&'w Key> {
        self.key(self.mark(self.cur())?.replaces.as_ref()?)
    }

    /// Whether a key other than the current one is ours: by its mark, or as the predecessor of one
    /// of ours. That one may be gone itself: its mark stays until its predecessor has one.
    pub fn is_ours(&self, id: &AccessKeyId) -> bool {
        let marks = self.iam.map(|iam| iam.marks.keys.values());
        let mut marks = marks.into_iter().flatten().flatten();
        !self.is_unreadable(id)
            && (self.mark(id).is_some() || marks.any(|mark| mark.replaces.as_ref() == Some(id)))
    }

    /// The key of the pending version, whoever wrote it.
    pub fn pending_key(&self) -> Option<&'w AccessKeyId> {
        self.store.pending.as_ref()?.key()
    }

    /// Whether a key is the current or the pending one, or in hand.
    pub fn is_in_service(&self, id: &AccessKeyId) -> bool {
        id == self.cur() || self.pending_key() == Some(id) || self.is_in_hand(id)
    }

    fn is_in_hand(&self, id: &AccessKeyId) -> bool {
        self.world
            .run
            .in_hand
            .as_ref()
            .is_some_and(|it| it.key == *id)
    }

    /// Keys besides the current one.
    pub fn other_keys(&self) -> impl Iterator<Item = &'w Key> {
        let cur = self.cur();
        let keys = self.iam.map(|iam| iam.keys.values());
        keys.into_iter().flatten().filter(move |key| key.id != *cur)
    }

    /// Our keys that are neither current nor pending.
    pub fn retired(&self) -> impl Iterator<Item = &'w Key> {
        let facts = *self;
        self.other_keys()
            .filter(move |key| !facts.is_in_service(&key.id) && facts.is_ours(&key.id))
    }

    /// Keys that are neither ours nor by all evidence our own lost ones.
    pub fn foreign(&self) -> impl Iterator<Item = &'w Key> {
        let facts = *self;
        self.other_keys().filter(move |key| {
            !facts.is_in_service(&key.id) && !facts.is_ours(&key.id) && !facts.is_lost(key)
        })
    }

    /// Whether a key is, by all evidence, one that a run of ours created and whose answer was lost.
    /// What is not known is no evidence.
    pub fn is_lost(&self, key: &Key) -> bool {
        let Some(iam) = self.iam else { return false };
        let unmarked =
            !iam.marks.keys.contains_key(&key.id) && !iam.marks.described.contains(&key.id);
        let stored = |contents: &Contents| contents.key() == Some(&key.id);
        let nowhere = self.store.searched.contains(&key.id)
            && !self.store.others.values().any(stored)
            && self
                .store
                .previous
                .as_ref()
                .is_none_or(|it| !stored(&it.contents))
            && self
                .world
                .clusters
                .iter()
                .all(|it| it.names(&key.id) == Some(false));
        unmarked
            && !self.is_in_service(&key.id)
            && key.last_used == crate::key::LastUsed::Never
            && self.is_announced(key)
            && nowhere
    }

    /// Whether a run announced the creation of a key just when this one was created.
    pub fn is_announced(&self, key: &Key) -> bool {
        let Some(iam) = self.iam else { return false };
        let intents = iam.marks.intents.values().filter_map(|it| it.as_ref().ok());
        intents
            .filter(|intent| !intent.known.contains(&key.id))
            .any(|intent| {
                let after = key.created.duration_since(intent.at);
                (-BEFORE_INTENT..=self.policy.intent_valid).contains(&after)
            })
    }

    /// The pending version, by whom it was written.
    pub fn pending(&self) -> Pending<'w> {
        let Some(pending) = &self.store.pending else {
            return Pending::None;
        };
        let Contents::Pair(key) = &pending.contents else {
            return Pending::Foreign(pending);
        };
        let ours = |base: &&VersionId| VersionId::token(key, base) == pending.version;
        match self.bases().find(ours) {
            Some(base) => Pending::Ours {
                version: &pending.version,
                key,
                base,
            },
            None => Pending::Foreign(pending),
        }
    }

    /// What a key becomes whose way to being current is given up. One that was created long before
    /// its mark was brought back: it has served, and somebody may still use it.
    pub fn given_up(&self, key: &Key) -> Stage {
        const BROUGHT_BACK: SignedDuration = SignedDuration::from_hours(24);
        let mark = self.mark(&key.id);
        if mark.is_some_and(|mark| mark.at.duration_since(key.created) > BROUGHT_BACK) {
            Stage::Soaking
        } else {
            Stage::Abandoned
        }
    }

    /// Versions that a version of ours can have been built on.
    pub fn bases(&self) -> impl Iterator<Item = &'w VersionId> {
        let labelled = [
            Some(&self.store.current.version),
            self.store.previous.as_ref().map(|it| &it.version),
        ];
        labelled
            .into_iter()
            .flatten()
            .chain(self.iam.into_iter().flat_map(named_bases))
    }

    /// Whether the current key is neither listed as active nor one that row 4 brings back.
    pub fn current_is_gone(&self) -> bool {
        let Some(iam) = self.iam else { return false };
        gone(iam, self.cur()) && !self.is_restorable(self.cur())
    }

    /// Whether a key is inactive by our own doing, so that it may be activated when it is in use.
    pub fn is_restorable(&self, id: &AccessKeyId) -> bool {
        let inactive = self
            .key(id)
            .is_some_and(|key| key.status == KeyStatus::Inactive);
        inactive && matches!(self.stage(id), Some(Stage::Inactive | Stage::Soaking))
    }

    /// Whether the current key is gone for sure: two readings and the mail server say so.
    pub fn emergency(&self) -> bool {
        self.current_is_gone()
            && self.confirmed(|earlier| self.was_gone(earlier)) == Confirmed::Yes
            && self.answer(self.cur()) == Some(&ProbeAnswer::Refused)
    }

    /// Whether the current key has to be replaced.
    pub fn is_due(&self) -> bool {
        let old = self
            .key(self.cur())
            .is_some_and(|key| self.age(key.created) > self.policy.rotate_after);
        old || self.world.run.asked == Asked::Now || self.emergency()
    }

    /// What the mail server said to a login with `key` in this run.
    pub fn answer(&self, key: &AccessKeyId) -> Option<&'w ProbeAnswer> {
        self.world.run.answer(key, ProbeKind::Auth)
    }

    /// Whether the current key was current in an earlier reading too, and not listed as active.
    pub fn was_gone(&self, earlier: &Earlier) -> bool {
        earlier.current.as_ref() == Some(self.cur()) && gone(&earlier.iam, self.cur())
    }

    /// Whether two readings of IAM say that something is not there. The present one does; `holds` is
    /// asked of the earlier one, in which the thing must have been expected as well.
    pub fn confirmed(&self, holds: impl Fn(&Earlier) -> bool) -> Confirmed {
        let reread = self.policy.reread;
        match &self.world.run.earlier {
            Some(earlier) if holds(earlier) => {
                let passed = self.now().duration_since(earlier.at);
                if passed >= reread {
                    Confirmed::Yes
                } else {
                    Confirmed::LookAgain {
                        after: reread - passed,
                        afresh: false,
                    }
                }
            }
            Some(_) | None => Confirmed::LookAgain {
                after: reread,
                afresh: true,
            },
        }
    }

    /// Whether every cluster is proven to run the current key.
    pub fn all_proven(&self) -> bool {
        let proven = |cluster: &crate::world::Cluster| cluster.proof(self.cur()) == Proof::Proven;
        !self.world.clusters.is_empty() && self.world.clusters.iter().all(proven)
    }

    /// A cluster whose Secret was written since this run began, by whomever: what was written in
    /// between may still be on its way to a replica, although all of them run the current key.
    pub fn lately_written(&self) -> Option<&'w ClusterName> {
        let written = self.world.clusters.iter().find(|cluster| {
            let first = self.world.run.revisions.get(&cluster.name);
            let state = cluster.state.as_ref();
            first.is_some_and(|first| state.is_ok_and(|it| it.source.revision != *first))
        });
        written.map(|cluster| &cluster.name)
    }

    /// A labelled or known version that holds the pair of `key`.
    pub fn version_of(&self, key: &AccessKeyId) -> Option<&'w VersionId> {
        let labelled = [&self.store.previous, &self.store.pending];
        let labelled = labelled.into_iter().flatten();
        labelled
            .map(|it| (&it.version, &it.contents))
            .chain(&self.store.others)
            .find(|(_, contents)| contents.key() == Some(key))
            .map(|(version, _)| version)
    }
}

/// Whether a key is not listed as active.
pub fn gone(iam: &Iam, key: &AccessKeyId) -> bool {
    !iam.keys.get(key).is_some_and(Key::is_active)
}

/// Versions that marks and intents name.
pub fn named_bases(iam: &Iam) -> impl Iterator<Item = &VersionId> {
    let marks = iam.marks.keys.values().filter_map(|it| it.as_ref().ok());
    let intents = iam.marks.intents.values().filter_map(|it| it.as_ref().ok());
    marks
        .filter_map(|mark| mark.base.as_ref())
        .chain(intents.map(|intent| &intent.base))
}

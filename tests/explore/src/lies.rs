//! Lies: readings that always say what one condition of a guard wants to hear, which is the same as a
//! guard without that condition. Each must make the exploration fail.
//!
//! They live on this side of the job's seam, so that the job itself has no switch for them.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use rotate_credentials::key::Key;
use rotate_credentials::marks::{Intent, KeyMark, RunId, Stage, name_of};
use rotate_credentials::policy::Policy;

use crate::model::{World, at};

/// One lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lie {
    /// Keys that are switched off are listed as active.
    KeyIsActive,
    /// The current key is.
    CurrentIsActive,
    /// Keys that are not current are listed as switched off.
    KeyIsInactive,
    /// A person's move of `AWSCURRENT` is not seen.
    CurrentNeverMovesBack,
    /// `AWSPENDING` is not seen once its key is marked.
    NothingPending,
    /// Every key carries a mark of ours.
    KeyIsOurs,
    /// The key of the pending version carries one.
    PendingIsMarked,
    /// Every cluster runs what it should.
    EveryReplicaRunsIt,
    /// No cluster names any key but the current one.
    NowhereNamed,
    /// A cluster that a person wrote runs what it should.
    NobodyRestores,
    /// The first cluster runs what it should.
    EarlierClustersAreProven,
    /// Every login is accepted.
    LoginWorks,
    /// Every mail is.
    MailWorks,
    /// No key was ever used.
    NeverUsed,
    /// There is no soak.
    SoakIsOver,
    /// The soak is over even if it begins in the future.
    SoakIsOverForEver,
    /// There is no grace.
    GraceIsOver,
    /// The grace is over even if it begins in the future.
    GraceIsOverForEver,
    /// Every cluster sent a mail just now.
    MailWasCounted,
    /// Our clock is right.
    ClockIsRight,
    /// No timestamp lies in the future, and our clock is right.
    NothingInFuture,
    /// The Lease is ours.
    LeaseIsOurs,
    /// Nobody holds the rotation.
    NoHold,
    /// The last look before an effect shows what the look before it showed.
    NothingChangedSince,
    /// Nothing but the login differs.
    OnlyLoginDiffers,
    /// The current key is old.
    CurrentIsOld,
    /// The user has no other key.
    NoOtherKey,
    /// A run that would announce a key has done so.
    Announced,
    /// No edit of the secret by a person is seen.
    NobodyEdits,
    /// Labels move from wherever they are.
    LabelsMoveFreely,
}

/// The policy under lies: waiting times that are over at once.
pub fn policy(lies: &[Lie]) -> Policy {
    let mut policy = Policy::default();
    let told = |lie| lies.contains(&lie);
    if told(Lie::SoakIsOver) {
        policy.soak = SignedDuration::ZERO;
    }
    if told(Lie::SoakIsOverForEver) {
        policy.soak = SignedDuration::from_hours(-10_000);
    }
    if told(Lie::GraceIsOver) {
        policy.grace = SignedDuration::ZERO;
        policy.short_grace = SignedDuration::ZERO;
    }
    if told(Lie::GraceIsOverForEver) {
        policy.grace = SignedDuration::from_hours(-10_000);
    }
    if told(Lie::NothingInFuture) {
        policy.skew_limit = SignedDuration::from_hours(10_000);
    }
    policy
}

/// Marks every key without one as a predecessor whose soak is over.
pub(crate) fn mark_all(world: &World, keys: &[Key], tags: &mut BTreeMap<String, String>) {
    for key in keys {
        let since = at(world.now - 30 * crate::model::DAY);
        let mark = KeyMark {
            stage: if key.is_active() {
                Stage::Soaking
            } else {
                Stage::Inactive
            },
            run: RunId::new("lie"),
            replaces: None,
            base: None,
            at: since,
            since,
            short: false,
        };
        let current = world.current_key().is_some_and(|it| it.id == key.id);
        if !current && !tags.contains_key(&name_of(&key.id)) {
            let tag = mark.tag(&key.id);
            tags.insert(tag.name, tag.value);
        }
    }
}

/// Makes the current key look old.
pub(crate) fn age_current(world: &World, keys: &mut [Key]) {
    for key in keys {
        if world.current_key().is_some_and(|it| it.id == key.id) {
            key.created = at(world.now - 41 * crate::model::DAY);
        }
    }
}

/// Marks the pending version's key as new.
pub(crate) fn mark_pending(world: &World, tags: &mut BTreeMap<String, String>) {
    let secret = &world.secret;
    let pending = secret.pending.as_ref().and_then(|it| secret.key_in(it));
    let Some(pending) = pending.filter(|key| !tags.contains_key(&name_of(key))) else {
        return;
    };
    let mark = KeyMark {
        stage: Stage::New,
        run: RunId::new("lie"),
        replaces: secret.key_in(&secret.current),
        base: Some(secret.current.clone()),
        at: at(world.now),
        since: at(world.now),
        short: false,
    };
    let tag = mark.tag(&pending);
    tags.insert(tag.name, tag.value);
}

/// Announces a key in the name of a run.
pub(crate) fn announce(world: &World, run: &str, tags: &mut BTreeMap<String, String>) {
    let intent = Intent {
        at: at(world.now),
        base: world.secret.current.clone(),
        known: world.iam.present().map(|key| key.id.clone()).collect(),
    };
    let tag = intent.tag(&RunId::new(run));
    tags.insert(tag.name, tag.value);
}

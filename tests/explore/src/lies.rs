//! Lies: readings that always say what one condition of a guard wants to hear, which is the same as a
//! guard without that condition. Each must make the exploration fail.
//!
//! They live on this side of the job's seam, so that the job itself has no switch for them.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use rotate_credentials::key::Key;
use rotate_credentials::marks::{KeyMark, RunId, Stage, name_of};
use rotate_credentials::policy::Policy;

use crate::model::{World, at};

/// One lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lie {
    /// Keys that are switched off are listed as active.
    KeyIsActive,
    /// Keys that are not current are listed as switched off.
    KeyIsInactive,
    /// A person's move of `AWSCURRENT` is not seen.
    CurrentNeverMovesBack,
    /// `AWSPENDING` is not seen.
    NothingPending,
    /// Every key carries a mark of ours.
    KeyIsOurs,
    /// Every cluster runs what it should.
    EveryReplicaRunsIt,
    /// The first cluster does.
    EarlierClustersAreProven,
    /// Every login and every mail is accepted.
    LoginWorks,
    /// No key was ever used.
    NeverUsed,
    /// There is no soak.
    SoakIsOver,
    /// There is no grace.
    GraceIsOver,
    /// Every cluster sent a mail just now.
    MailWasCounted,
    /// Our clock is right.
    ClockIsRight,
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
    /// An announcement is good for ever.
    AnnouncedJustNow,
}

/// The policy under lies: waiting times that are over at once.
pub fn policy(lies: &[Lie]) -> Policy {
    let mut policy = Policy::default();
    for lie in lies {
        match lie {
            Lie::SoakIsOver => policy.soak = SignedDuration::ZERO,
            Lie::GraceIsOver => {
                policy.grace = SignedDuration::ZERO;
                policy.short_grace = SignedDuration::ZERO;
            }
            Lie::AnnouncedJustNow => policy.intent_valid = SignedDuration::from_hours(1000),
            _ => {}
        }
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

//! When a key may be deleted: only one that was inactive under our eyes for the whole grace.

use jiff::SignedDuration;
use serde::Serialize;

use super::deactivate::{
    closing, every_replica, identity, login_works, nowhere_in_use, over, unused,
};
use super::{Checklist, ConditionName as Is, Seen, Truth};
use crate::facts::Facts;
use crate::key::{AccessKeyId, Key, KeyStatus};
use crate::marks::Stage;

/// Every condition for the deletion of this key was seen to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeleteProof {
    key: AccessKeyId,
    seen: Seen,
}

impl DeleteProof {
    /// The key.
    pub fn key(&self) -> &AccessKeyId {
        &self.key
    }
}

/// May `key` be deleted?
///
/// # Errors
/// The checklist, when a condition does not hold or is not known to.
pub fn may_delete(facts: &Facts<'_>, key: &AccessKeyId) -> Result<DeleteProof, Checklist> {
    let list = deletion(facts, key);
    if list.holds() {
        Ok(DeleteProof {
            key: key.clone(),
            seen: facts.now(),
        })
    } else {
        Err(list)
    }
}

/// How long a deactivated key stays. One that never served anybody need not stay when its place is
/// needed because the current key is gone.
pub fn grace(facts: &Facts<'_>, key: &AccessKeyId) -> SignedDuration {
    let short = facts.mark(key).is_some_and(|mark| mark.short);
    match (short, short && facts.emergency()) {
        (_, true) => SignedDuration::ZERO,
        (true, false) => facts.policy.short_grace,
        (false, false) => facts.policy.grace,
    }
}

/// The conditions for the deletion of `key`.
pub fn deletion(facts: &Facts<'_>, key: &AccessKeyId) -> Checklist {
    let mark = facts.mark(key);
    let since = mark.map(|mark| mark.since);
    let inactive = |key: &Key| key.status == KeyStatus::Inactive;
    let marked = mark.is_some_and(|mark| mark.stage == Stage::Inactive);
    let short = mark.is_some_and(|mark| mark.short);
    let list = identity(facts, key, inactive, "inactive");
    // A key that never served anybody need not wait for the clusters.
    let list = if short {
        list
    } else {
        list.add(Is::EveryReplica, every_replica(facts))
    };
    let list = list
        .add(Is::NowhereInUse, nowhere_in_use(facts, key))
        .add(
            Is::GraceOver,
            if marked {
                over(facts, since, grace(facts, key), "grace")
            } else {
                Truth::No("it is not marked as deactivated by us".to_owned())
            },
        )
        .add(Is::Unused, unused(facts, key, since));
    // With the current key gone there is none to log in with; the place of a key that never served
    // is needed for the next one.
    let list = if short && facts.emergency() {
        list
    } else {
        list.add(
            Is::CurrentActive,
            Truth::of(facts.key(facts.cur()).is_some_and(Key::is_active), || {
                "the current key is not listed as active".to_owned()
            }),
        )
        .add(Is::LoginWorks, login_works(facts))
    };
    closing(facts, list, since)
}

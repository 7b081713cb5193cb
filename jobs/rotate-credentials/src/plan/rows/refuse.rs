//! Rows that stop, because a person is needed or somebody else is at work.

use super::super::{Decision, Next};
use crate::facts::{Facts, Pending};
use crate::key::{Key, KeyStatus};
use crate::marks::Stage;
use crate::verdict;
use crate::world::Contents;

/// Row 2, as far as the clock goes.
pub(crate) fn skew(facts: &Facts<'_>) -> Option<Decision> {
    let skew = facts.world.skew;
    (skew.abs() > facts.policy.skew_limit).then(|| {
        let text = format!("this machine's clock is {skew:#} off AWS's");
        Decision::stop(verdict::CLOCK_SKEW.because(text))
    })
}

/// Row 1. It stands after row 4: bringing back what is in use is allowed to a held rotation.
pub(crate) fn held(facts: &Facts<'_>) -> Option<Decision> {
    let rest = |because: &str| Decision::of(Next::Rest { until: None }, because);
    if facts.world.run.lease_held == Some(false) {
        return Some(Decision::stop(
            verdict::LEASE_LOST.because("another run took the Lease over"),
        ));
    }
    facts
        .iam
        .is_some_and(|iam| iam.marks.hold)
        .then(|| rest("a person holds the rotation; `unhold` lets it go on"))
}

/// Row 7.
pub(crate) fn rolled_back(facts: &Facts<'_>) -> Option<Decision> {
    if facts.emergency() {
        return None;
    }
    let newer = newer_than_current(facts)?;
    let works = facts.key(newer).is_some_and(Key::is_active);
    if !works && !facts.all_proven() {
        // Whoever still runs the newer key sends nothing: the clusters are brought back first.
        return None;
    }
    let text = format!(
        "{} is the current key again, although {} had replaced it",
        facts.cur().short(),
        newer.short()
    );
    Some(Decision::stop(verdict::ROLLED_BACK.because(text)))
}

/// The key that had replaced the current one before somebody went back to it.
pub(in crate::plan) fn newer_than_current<'w>(
    facts: &Facts<'w>,
) -> Option<&'w crate::key::AccessKeyId> {
    let replaced_current = |key: &crate::key::AccessKeyId| {
        let mark = facts.mark(key);
        mark.is_some_and(|mark| mark.replaces.as_ref() == Some(facts.cur()))
    };
    let acknowledged = |key: &crate::key::AccessKeyId| {
        matches!(
            facts.stage(key),
            Some(Stage::Soaking | Stage::Inactive | Stage::Abandoned | Stage::Orphan)
        )
    };
    let (previous, pending) = (facts.store.previous.as_ref(), facts.store.pending.as_ref());
    if let (Some(previous), Some(pending)) = (previous, pending)
        && previous.version == pending.version
        && let Contents::Pair(key) = &pending.contents
        && key != facts.cur()
        && !acknowledged(key)
    {
        return Some(key);
    }
    // Nothing but `rollback` stores a pair again that was current before; it is on its way back.
    let is_returning = |key: &crate::key::AccessKeyId| matches!(facts.pending(), Pending::Ours { key: pending, .. } if pending == key);
    if let Some(Contents::Pair(key)) = previous.map(|it| &it.contents)
        && !is_returning(key)
        && replaced_current(key)
        && facts.key(key).is_some()
        && !acknowledged(key)
    {
        return Some(key);
    }
    // A later edit of another member moves `AWSPREVIOUS` on; the key's own mark still tells.
    facts
        .other_keys()
        .map(|key| &key.id)
        .find(|key| facts.stage(key) == Some(Stage::Live) && replaced_current(key))
}

/// Row 8.
pub(crate) fn foreign_pending(facts: &Facts<'_>) -> Option<Decision> {
    match facts.pending() {
        Pending::Foreign(pending) => {
            let what = match &pending.contents {
                Contents::Empty => "has no value",
                Contents::Malformed => "holds no usable pair",
                Contents::Pair(_) => "was not written by this job",
            };
            let text = format!("AWSPENDING version {} {what}", pending.version.short());
            Some(Decision::stop(verdict::FOREIGN_PENDING.because(text)))
        }
        Pending::Ours { key, .. } if facts.is_unreadable(key) => {
            let text = format!("the mark of {} cannot be read", key.short());
            Some(Decision::stop(verdict::FOREIGN_KEY.because(text)))
        }
        Pending::Ours { .. } | Pending::None => None,
    }
}

/// Row 10.
pub(crate) fn pending_disabled(facts: &Facts<'_>) -> Option<Decision> {
    let Pending::Ours { key, .. } = facts.pending() else {
        return None;
    };
    let disabled = |key: &Key| key.status != KeyStatus::Active;
    facts.key(key).is_some_and(disabled).then(|| {
        let text = format!(
            "{}, the new key, was disabled before it was current",
            key.short()
        );
        Decision::stop(verdict::PENDING_DISABLED.because(text))
    })
}

//! Rows 5 and 6: somebody deleted or disabled the current key.

use super::super::{Decision, Next};
use super::{before_login, second_look};
use crate::facts::{Facts, Pending};
use crate::key::{Key, KeyStatus};
use crate::marks::Stage;
use crate::step::{Step, restaged};
use crate::verdict;
use crate::version::VersionId;
use crate::world::{ProbeAnswer, ProbeKind};

/// Row 5: two readings and the mail server must agree before anything is done about it.
pub(crate) fn confirm(facts: &Facts<'_>) -> Option<Decision> {
    if !facts.current_is_gone() {
        return None;
    }
    let cur = facts.cur();
    let because = format!("{}, the current key, is not listed as active", cur.short());
    if let Some(look) = second_look(facts, &because, |earlier| facts.was_gone(earlier)) {
        return Some(look);
    }
    match facts.answer(cur) {
        None => {
            let next = Next::Probe {
                key: cur.clone(),
                kind: ProbeKind::Auth,
                after: jiff::SignedDuration::ZERO,
            };
            Some(Decision::of(next, because))
        }
        Some(ProbeAnswer::Refused) => None,
        Some(ProbeAnswer::Accepted) => {
            let text = format!("{because}, and yet it logs in");
            Some(Decision::stop(verdict::INCONSISTENT.because(text)))
        }
        Some(ProbeAnswer::Failed(trouble)) => Some(Decision::stop(trouble.clone())),
    }
}

/// Row 6.
pub(crate) fn restore(facts: &Facts<'_>) -> Option<Decision> {
    if !facts.emergency() || is_promotable(facts) {
        return None;
    }
    let candidates = facts.other_keys().filter(|key| facts.is_ours(&key.id));
    let (key, version) = candidates
        .filter(|key| key.is_active() || facts.is_restorable(&key.id))
        .filter_map(|key| Some((key, facts.version_of(&key.id)?)))
        .find(|(key, _)| !failed(facts, key))?;
    let because = format!(
        "{}, the current key, is gone, and {} of ours is still there",
        facts.cur().short(),
        key.id.short()
    );
    if key.status == KeyStatus::Inactive {
        let mark = facts.mark(&key.id)?;
        let step = if mark.stage == Stage::Inactive {
            Step::Mark {
                key: key.id.clone(),
                mark: restaged(mark, Stage::Soaking, facts.now()),
            }
        } else {
            Step::Activate {
                key: key.id.clone(),
            }
        };
        return Some(Decision::act(step, because));
    }
    if let Some(instead) = before_login(facts, &key.id) {
        return Some(instead);
    }
    let (current, from) = (&facts.store.current, facts.store.current.version.clone());
    // One of the two was made from the other by us, so that only the pair differs.
    let same_text = VersionId::token(&current.key, version) == current.version
        || VersionId::token(&key.id, &current.version) == *version;
    let step = if same_text {
        Step::Restore {
            to: version.clone(),
            from,
            key: key.id.clone(),
        }
    } else {
        // What others wrote since is kept: the pair goes the way of a new one.
        Step::Store {
            key: key.id.clone(),
            version: VersionId::token(&key.id, &from),
            base: from,
        }
    };
    Some(Decision::act(step, because))
}

/// Whether the login of a key was refused in this run, and not because it is fresh.
fn failed(facts: &Facts<'_>, key: &Key) -> bool {
    let fresh = facts.age(key.created) < facts.policy.fresh;
    !fresh && facts.answer(&key.id) == Some(&ProbeAnswer::Refused)
}

/// Whether the pending pair is the way out.
fn is_promotable(facts: &Facts<'_>) -> bool {
    match facts.pending() {
        Pending::Ours { key, .. } => facts.key(key).is_some_and(Key::is_active),
        Pending::Foreign(_) | Pending::None => false,
    }
}

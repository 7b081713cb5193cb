//! Rows 19 to 23 and 25 to 27: the way of an old key out.

use super::super::{Decision, Next};
use super::{before_login, refusal, second_look, was_used_at};
use crate::facts::Facts;
use crate::guard::{deactivation, deletion, grace, may_deactivate, may_delete};
use crate::key::{Key, KeyStatus, LastUsed};
use crate::marks::{KeyMark, RunId, Stage};
use crate::step::{Step, restaged};
use crate::verdict;
use crate::world::Earlier;

/// Row 19. A key of ours that was current and is no longer is an old one too, however that came.
pub(crate) fn begin_soak(facts: &Facts<'_>) -> Option<Decision> {
    if !facts.all_proven() {
        return None;
    }
    let key = facts
        .retired()
        .filter(|key| key.is_active())
        .find(|key| matches!(facts.stage(&key.id), None | Some(Stage::Live)))?;
    let mark = mark_for(facts, key, Stage::Soaking);
    let because = format!(
        "every replica runs the current key, so {} is watched from now on",
        key.id.short()
    );
    Some(mark_step(key, mark, because))
}

/// Row 20.
pub(crate) fn abandon(facts: &Facts<'_>) -> Option<Decision> {
    let key = facts
        .retired()
        .find(|key| facts.stage(&key.id) == Some(Stage::New) && key.is_active())?;
    let because = format!("{} never became current", key.id.short());
    let is_new = |mark: &KeyMark| mark.stage == Stage::New;
    if let Some(look) = second_look(facts, &because, |earlier| {
        earlier.iam.marks.of(&key.id).is_some_and(is_new)
    }) {
        return Some(look);
    }
    let mark = mark_for(facts, key, facts.given_up(key));
    Some(mark_step(key, mark, because))
}

/// Row 21, and its end: as long as the old key's last use is what its soak began anew with.
pub(crate) fn still_used(facts: &Facts<'_>) -> Option<Decision> {
    let soaking = facts
        .retired()
        .filter(|key| key.is_active() && facts.stage(&key.id) == Some(Stage::Soaking));
    for key in soaking {
        let Some(mark) = facts.mark(&key.id) else {
            continue;
        };
        let LastUsed::At {
            at,
            service,
            region,
        } = &key.last_used
        else {
            continue;
        };
        let margin = facts.policy.use_margin;
        if at.duration_since(mark.since) > margin {
            let mark = KeyMark {
                since: *at,
                ..mark.clone()
            };
            let because = format!(
                "{} was used at {at} by {service} in {region}",
                key.id.short()
            );
            return Some(mark_step(key, mark, because));
        }
        let over = facts.age(mark.since) >= facts.policy.soak;
        if was_used_at(&key.last_used, mark.since) && !over {
            let text = format!(
                "{}, the old key, was used at {at} by {service} in {region}",
                key.id.short()
            );
            return Some(Decision::stop(verdict::OLD_KEY_USED.because(text)));
        }
    }
    None
}

/// Row 22. Not in a run in which a cluster was written: an older write may still arrive.
pub(crate) fn deactivate(facts: &Facts<'_>) -> Option<Decision> {
    if facts.lately_written().is_some() {
        return None;
    }
    let key = facts
        .retired()
        .filter(|key| key.is_active() && facts.stage(&key.id) == Some(Stage::Soaking))
        .find(|key| {
            let since = facts.mark(&key.id).map(|mark| mark.since);
            since.is_some_and(|since| facts.age(since) >= facts.policy.soak)
        })?;
    Some(deactivate_step(facts, key, "the soak is over"))
}

/// The deactivation of a key, or what has to come before it.
pub(super) fn deactivate_step(facts: &Facts<'_>, key: &Key, because: &str) -> Decision {
    if !facts.emergency()
        && let Some(instead) = before_login(facts, facts.cur())
    {
        return instead.guarded(deactivation(facts, &key.id));
    }
    match may_deactivate(facts, &key.id) {
        Ok(proof) => {
            Decision::act(Step::Deactivate(proof), because).guarded(deactivation(facts, &key.id))
        }
        Err(list) => {
            let what = format!("the deactivation of {}", key.id.short());
            refusal(facts, &what, list)
        }
    }
}

/// Row 23.
pub(crate) fn mark_inactive(facts: &Facts<'_>) -> Option<Decision> {
    let key = facts.retired().find(|key| {
        key.status == KeyStatus::Inactive && facts.stage(&key.id) != Some(Stage::Inactive)
    })?;
    let never_served = matches!(facts.stage(&key.id), Some(Stage::Orphan | Stage::Abandoned));
    let mark = KeyMark {
        short: never_served,
        ..mark_for(facts, key, Stage::Inactive)
    };
    Some(mark_step(
        key,
        mark,
        format!("{} is deactivated", key.id.short()),
    ))
}

/// Row 25.
pub(crate) fn reactivated(facts: &Facts<'_>) -> Option<Decision> {
    let key = facts
        .retired()
        .find(|key| key.is_active() && facts.stage(&key.id) == Some(Stage::Inactive))?;
    let text = format!(
        "{}, which this job had deactivated, is active again",
        key.id.short()
    );
    let was_so = |earlier: &Earlier| {
        let retired = |mark: &KeyMark| mark.stage == Stage::Inactive;
        earlier.iam.keys.get(&key.id).is_some_and(Key::is_active)
            && earlier.iam.marks.of(&key.id).is_some_and(retired)
    };
    second_look(facts, &text, was_so)
        .or_else(|| Some(Decision::stop(verdict::REACTIVATED.because(&text))))
}

/// Row 26. Not in a run in which a cluster was written, as row 22.
pub(crate) fn delete(facts: &Facts<'_>) -> Option<Decision> {
    if facts.lately_written().is_some() {
        return None;
    }
    let key = facts.retired().find(|key| {
        let over = |mark: &KeyMark| facts.age(mark.since) >= grace(facts, &key.id);
        key.status == KeyStatus::Inactive
            && facts.stage(&key.id) == Some(Stage::Inactive)
            && facts.mark(&key.id).is_some_and(over)
    })?;
    if !facts.emergency()
        && let Some(instead) = before_login(facts, facts.cur())
    {
        return Some(instead.guarded(deletion(facts, &key.id)));
    }
    Some(match may_delete(facts, &key.id) {
        Ok(proof) => Decision::act(Step::Delete(proof), "the grace is over")
            .guarded(deletion(facts, &key.id)),
        Err(list) => refusal(facts, &format!("the deletion of {}", key.id.short()), list),
    })
}

/// Row 27.
pub(crate) fn clean_up(facts: &Facts<'_>) -> Option<Decision> {
    let iam = facts.iam?;
    let stray = iam
        .marks
        .keys
        .keys()
        .find(|key| !iam.keys.contains_key(*key) && !facts.is_in_service(key));
    if let Some(key) = stray {
        let because = format!("{} is gone", key.short());
        let was_gone = |earlier: &Earlier| {
            let iam = &earlier.iam;
            iam.marks.keys.contains_key(key) && !iam.keys.contains_key(key)
        };
        if let Some(look) = second_look(facts, &because, was_gone) {
            return Some(look);
        }
        let step = Step::Unmark { key: key.clone() };
        return Some(Decision::act(step, because));
    }
    let (run, _) = stale_intent(facts)?;
    let because = "the announcement is old, and no unknown key came of it".to_owned();
    let was_so = |earlier: &Earlier| {
        let intents = &earlier.iam.marks.intents;
        let mut keys = earlier.iam.keys.keys();
        intents.contains_key(run) && keys.all(|key| facts.key(key).is_some())
    };
    if let Some(look) = second_look(facts, &because, was_so) {
        return Some(look);
    }
    let step = Step::Withdraw { run: run.clone() };
    Some(Decision::act(step, because))
}

/// An announcement that is older than a key that nobody claims must be, and that no unknown key may
/// come from: its key is known, or there is none.
fn stale_intent<'w>(facts: &Facts<'w>) -> Option<(&'w RunId, &'w crate::marks::Intent)> {
    let iam = facts.iam?;
    let unknown = |key: &&Key| {
        !facts.is_in_service(&key.id) && !facts.is_ours(&key.id) && facts.is_announced(key)
    };
    if facts.other_keys().any(|key| unknown(&key)) {
        return None;
    }
    let intents = iam.marks.intents.iter();
    intents
        .filter_map(|(run, intent)| Some((run, intent.as_ref().ok()?)))
        .find(|(_, intent)| facts.age(intent.at) > facts.policy.orphan_settle)
}

/// The mark of a key in another stage; one that has none yet is adopted.
fn mark_for(facts: &Facts<'_>, key: &Key, stage: Stage) -> KeyMark {
    match facts.mark(&key.id) {
        Some(mark) => restaged(mark, stage, facts.now()),
        None => KeyMark {
            stage,
            run: RunId::default(),
            replaces: None,
            base: None,
            at: facts.now(),
            since: facts.now(),
            short: false,
        },
    }
}

fn mark_step(key: &Key, mark: KeyMark, because: impl Into<String>) -> Decision {
    let step = Step::Mark {
        key: key.id.clone(),
        mark,
    };
    Decision::of(Next::Act(step), because)
}

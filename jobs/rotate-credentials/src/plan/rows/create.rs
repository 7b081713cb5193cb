//! Rows 28 to 31: a new key.

use super::super::{Decision, Next};
use super::{before_login, second_look};
use crate::facts::{Facts, Pending};
use crate::guard::{ConditionName, Truth, announced_creation, creation, may_create};
use crate::marks::{Intent, KeyMark, Stage};
use crate::step::Step;
use crate::verdict;
use crate::version::VersionId;

/// Row 31.
pub(crate) fn store(facts: &Facts<'_>) -> Option<Decision> {
    let held = facts.world.run.in_hand.as_ref()?;
    let current = &facts.store.current.version;
    if held.refused {
        let mark = KeyMark {
            stage: Stage::Orphan,
            run: facts.world.run.id.clone(),
            replaces: Some(facts.cur().clone()),
            base: Some(current.clone()),
            at: facts.now(),
            since: facts.now(),
            short: true,
        };
        let step = Step::Mark {
            key: held.key.clone(),
            mark,
        };
        let because = "Secrets Manager refused its pair, so nobody will ever have it";
        return Some(Decision::act(step, because));
    }
    let step = Step::Store {
        key: held.key.clone(),
        base: current.clone(),
        version: VersionId::token(&held.key, current),
    };
    Some(Decision::act(step, "the new pair is in this process alone"))
}

/// Row 28.
pub(crate) fn foreign(facts: &Facts<'_>) -> Option<Decision> {
    let foreign = facts.foreign().next()?;
    if facts.emergency() {
        // Mail is broken: that is what a person has to hear, and not whose the other keys are.
        let both_taken = facts.iam?.keys.len() >= 2;
        return both_taken.then(|| {
            let text = format!(
                "{}, the current key, is gone, and {}, which is not ours, has the place of a new one",
                facts.cur().short(),
                foreign.id.short()
            );
            Decision::stop(verdict::CURRENT_KEY_GONE.because(text))
        });
    }
    facts.is_due().then(|| {
        let text = format!(
            "a rotation is due, and {} of the same user is not ours",
            foreign.id.short()
        );
        Decision::stop(verdict::FOREIGN_KEY.because(text))
    })
}

/// Row 29.
pub(crate) fn announce(facts: &Facts<'_>) -> Option<Decision> {
    let iam = facts.iam?;
    let readable = |intent: &Result<Intent, _>| intent.is_ok();
    if !facts.is_due()
        || facts.pending() != Pending::None
        || iam.marks.intents.values().any(readable)
    {
        return None;
    }
    let list = creation(facts);
    if list.find(ConditionName::NoOtherKey) != Some(&Truth::Yes) {
        return is_dead_end(facts).then(|| dead_end(facts));
    }
    let because = if facts.emergency() {
        "the current key is gone".to_owned()
    } else {
        "the current key is older than allowed".to_owned()
    };
    let count = iam.keys.len();
    if let Some(look) = second_look(facts, &because, |earlier| earlier.iam.keys.len() == count) {
        return Some(look.guarded(list));
    }
    if !facts.emergency()
        && let Some(instead) = before_login(facts, facts.cur())
    {
        return Some(instead.guarded(list));
    }
    if !list.holds() {
        return Some(super::refusal(facts, "a new key", list));
    }
    let run = facts.world.run.id.clone();
    let intent = Intent {
        at: facts.now(),
        base: facts.store.current.version.clone(),
        known: iam.keys.keys().cloned().collect(),
    };
    let step = Step::Announce {
        tag: intent.tag(&run),
        run,
    };
    Some(Decision::act(step, because).guarded(list))
}

/// Row 30.
pub(crate) fn create(facts: &Facts<'_>) -> Option<Decision> {
    let iam = facts.iam?;
    let run = &facts.world.run.id;
    let intent = iam.marks.intents.get(run)?.as_ref().ok()?;
    if facts.age(intent.at) > facts.policy.intent_valid {
        return None;
    }
    if facts.world.run.create_refused {
        let step = Step::Withdraw { run: run.clone() };
        return Some(Decision::act(step, "AWS refused to create a key"));
    }
    match may_create(facts) {
        Ok(proof) => {
            let because = "this run has announced it";
            Some(Decision::act(Step::Create(proof), because).guarded(announced_creation(facts)))
        }
        Err(list) => {
            let step = Step::Withdraw { run: run.clone() };
            let created = |key: &crate::key::AccessKeyId| {
                facts.key(key).is_some() && !intent.known.contains(key)
            };
            if [facts.pending_key(), Some(facts.cur())]
                .into_iter()
                .flatten()
                .any(created)
            {
                // No refusal: this is how a rotation that went well ends.
                return Some(Decision::act(step, "the key that it announced is stored"));
            }
            let because = format!("a key cannot be created now: {}", list.refusals());
            Some(Decision::of(Next::Act(step), because).guarded(list))
        }
    }
}

/// Whether the current key is gone, both places are taken and none of the keys is a way out.
fn is_dead_end(facts: &Facts<'_>) -> bool {
    facts.emergency() && facts.retired().next().is_none()
}

fn dead_end(facts: &Facts<'_>) -> Decision {
    let text = format!(
        "{}, the current key, is gone and cannot be replaced",
        facts.cur().short()
    );
    Decision::stop(verdict::CURRENT_KEY_GONE.because(text))
}

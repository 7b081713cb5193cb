//! Row 24: a key whose creation was answered to nobody, and keys that never served.

use super::super::{Decision, Next};
use super::retire::deactivate_step;
use crate::facts::Facts;
use crate::marks::{KeyMark, RunId, Stage};
use crate::policy::Orphans;
use crate::step::Step;
use crate::verdict;

/// Row 24.
pub(crate) fn quarantine(facts: &Facts<'_>) -> Option<Decision> {
    let marked = facts.retired().find(|key| {
        key.is_active() && matches!(facts.stage(&key.id), Some(Stage::Orphan | Stage::Abandoned))
    });
    if let Some(key) = marked {
        return Some(deactivate_step(facts, key, "it never served anybody"));
    }
    let lost = facts
        .other_keys()
        .filter(|key| facts.is_lost(key))
        .find(|key| facts.age(key.created) >= facts.policy.orphan_settle)?;
    let text = format!(
        "{} was created when a run of ours announced one, and nobody has its secret",
        lost.id.short()
    );
    if facts.policy.orphans == Orphans::Block {
        return Some(Decision::stop(verdict::ORPHAN_BLOCKED.because(text)));
    }
    let mark = KeyMark {
        stage: Stage::Orphan,
        run: RunId::default(),
        replaces: None,
        base: None,
        at: facts.now(),
        since: facts.now(),
        short: true,
    };
    let step = Step::Mark {
        key: lost.id.clone(),
        mark,
    };
    Some(Decision::of(Next::Act(step), text))
}

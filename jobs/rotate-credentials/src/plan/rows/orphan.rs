//! Row 24: a key whose creation was answered to nobody, and keys that never served.

use super::super::{Decision, Next};
use super::retire::deactivate_step;
use crate::facts::Facts;
use crate::key::Key;
use crate::marks::{KeyMark, RunId, Stage};
use crate::policy::Orphans;
use crate::step::Step;
use crate::verdict;

/// Row 24.
pub(crate) fn quarantine(facts: &Facts<'_>) -> Option<Decision> {
    let mut marked = facts.retired().filter(|key| {
        key.is_active() && matches!(facts.stage(&key.id), Some(Stage::Orphan | Stage::Abandoned))
    });
    if let Some(key) = marked.find(|key| !is_watched(facts, key)) {
        return Some(deactivate_step(facts, key, "it never served anybody"));
    }
    if let Some(key) = facts.retired().find(|key| is_watched(facts, key)) {
        let until = facts.mark(&key.id).map(|mark| mark.since);
        let until = until.and_then(|since| since.checked_add(facts.policy.soak).ok());
        let text = format!(
            "{} was used after it was created; it is watched",
            key.id.short()
        );
        return Some(Decision::of(Next::Rest { until }, text));
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

/// Whether an abandoned key was used later than the run that created it can have: by a later run's
/// probe, or by somebody. It is watched as long as an old key, to tell the two apart.
fn is_watched(facts: &Facts<'_>, key: &Key) -> bool {
    if facts.emergency() {
        // Its place is needed at once.
        return false;
    }
    let abandoned = facts
        .mark(&key.id)
        .filter(|mark| mark.stage == Stage::Abandoned);
    abandoned.is_some_and(|mark| {
        let own = mark.at.saturating_add(facts.policy.use_margin);
        let own = own.unwrap_or(jiff::Timestamp::MAX);
        key.last_used.quiet_since(own) == Some(false) && facts.age(mark.since) < facts.policy.soak
    })
}

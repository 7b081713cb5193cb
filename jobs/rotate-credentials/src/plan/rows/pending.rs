//! Rows 3 and 9 to 14: a pair is stored and not yet current.

use super::super::{Decision, Next};
use super::{before_login, second_look};
use crate::facts::{Facts, Pending};
use crate::guard::{may_promote, promotion};
use crate::key::AccessKeyId;
use crate::marks::{KeyMark, Stage};
use crate::step::Step;
use crate::version::VersionId;
use crate::world::{Earlier, ProbeAnswer, ProbeKind};

/// Row 3.
pub(crate) fn leftover(facts: &Facts<'_>) -> Option<Decision> {
    let pending = facts.store.pending.as_ref()?;
    let leftover =
        pending.version == facts.store.current.version || pending.key() == Some(facts.cur());
    leftover.then(|| drop_label(&pending.version, "AWSPENDING is left over from a promotion"))
}

/// Row 9.
pub(crate) fn key_gone(facts: &Facts<'_>) -> Option<Decision> {
    let (version, key, _) = ours(facts)?;
    if facts.key(key).is_some() {
        return None;
    }
    let because = format!("{}, the new key, is gone", key.short());
    let was_gone = |earlier: &Earlier| {
        earlier.pending.as_ref() == Some(key) && !earlier.iam.keys.contains_key(key)
    };
    second_look(facts, &because, was_gone).or_else(|| Some(drop_label(version, because.clone())))
}

/// Row 11.
pub(crate) fn superseded(facts: &Facts<'_>) -> Option<Decision> {
    let (version, key, _) = ours(facts)?;
    let mark = facts.mark(key)?;
    let superseded = mark.replaces.as_ref() != Some(facts.cur()) && !facts.emergency();
    superseded.then(|| {
        let because = "somebody stored another pair meanwhile, so the new one is not wanted";
        drop_label(version, because)
    })
}

/// Row 12.
pub(crate) fn mark(facts: &Facts<'_>) -> Option<Decision> {
    let (_, key, base) = ours(facts)?;
    if facts.mark(key).is_some() {
        return None;
    }
    let mark = KeyMark {
        stage: Stage::New,
        run: facts.world.run.id.clone(),
        replaces: Some(facts.cur().clone()),
        base: Some(base.clone()),
        at: facts.now(),
        since: facts.now(),
        short: false,
    };
    let step = Step::Mark {
        key: key.clone(),
        mark,
    };
    Some(Decision::act(
        step,
        format!("{} is stored and not yet marked as ours", key.short()),
    ))
}

/// Row 13.
pub(crate) fn rebase(facts: &Facts<'_>) -> Option<Decision> {
    let (_, key, base) = ours(facts)?;
    let current = &facts.store.current.version;
    if base == current {
        return None;
    }
    let step = Step::Store {
        key: key.clone(),
        base: current.clone(),
        version: VersionId::token(key, current),
    };
    Some(Decision::act(
        step,
        "somebody edited the secret since the new pair was stored",
    ))
}

/// Row 14.
pub(crate) fn promote(facts: &Facts<'_>) -> Option<Decision> {
    let (_, key, _) = ours(facts)?;
    if let Some(instead) = before_login(facts, key).or_else(|| before_mail(facts, key)) {
        return Some(instead.guarded(promotion(facts)));
    }
    match may_promote(facts) {
        Ok(proof) => {
            let because = format!("{} logged in and sent a mail", key.short());
            Some(Decision::act(Step::Promote(proof), because).guarded(promotion(facts)))
        }
        Err(list) => Some(super::refusal(facts, "the promotion", list)),
    }
}

/// What has to come before anything that needs `key` to have sent a mail in this run.
fn before_mail(facts: &Facts<'_>, key: &AccessKeyId) -> Option<Decision> {
    match facts.world.run.answer(key, ProbeKind::Send) {
        Some(ProbeAnswer::Accepted) => None,
        // A login right after a good one that is refused: let the login's rules decide.
        None | Some(ProbeAnswer::Refused) => {
            let next = Next::Probe {
                key: key.clone(),
                kind: ProbeKind::Send,
                after: jiff::SignedDuration::ZERO,
            };
            Some(Decision::of(
                next,
                "one mail to SES's mailbox simulator is sent first",
            ))
        }
        Some(ProbeAnswer::Failed(trouble)) => Some(Decision::stop(trouble.clone())),
    }
}

fn drop_label(version: &VersionId, because: impl Into<String>) -> Decision {
    let step = Step::DropPending {
        version: version.clone(),
    };
    Decision::act(step, because)
}

fn ours<'w>(facts: &Facts<'w>) -> Option<(&'w VersionId, &'w AccessKeyId, &'w VersionId)> {
    // A follower has no say in what is pending.
    facts.iam?;
    match facts.pending() {
        Pending::Ours { version, key, base } => Some((version, key, base)),
        Pending::Foreign(_) | Pending::None => None,
    }
}

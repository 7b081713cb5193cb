//! What the rows of the table decide, by subject.

pub(super) mod create;
pub(super) mod emergency;
pub(super) mod orphan;
pub(super) mod pending;
pub(super) mod refuse;
pub(super) mod repair;
pub(super) mod retire;
pub(super) mod roll;

use jiff::{SignedDuration, Timestamp};

use super::{Decision, Next};
use crate::facts::{Confirmed, Facts};
use crate::guard::{Checklist, ConditionName, Truth};
use crate::key::{AccessKeyId, LastUsed};
use crate::marks::Stage;
use crate::verdict;
use crate::world::{Earlier, ProbeAnswer, ProbeKind};

/// Pauses between logins with a key that may be too fresh.
const FIRST_PAUSE_SECONDS: i64 = 2;
const LONGEST_PAUSE_SECONDS: i64 = 30;

/// The second look that a negative fact of IAM takes, if it was not taken yet.
pub(super) fn second_look(
    facts: &Facts<'_>,
    because: &str,
    holds: impl Fn(&Earlier) -> bool,
) -> Option<Decision> {
    match facts.confirmed(holds) {
        Confirmed::Yes => None,
        Confirmed::LookAgain { after, afresh } => Some(Decision::of(
            Next::LookAgain { after, afresh },
            format!("{because}; IAM is read once more before that counts"),
        )),
    }
}

/// What has to come before anything that needs `key` to have logged in in this run.
pub(super) fn before_login(facts: &Facts<'_>, key: &AccessKeyId) -> Option<Decision> {
    let probe = |after| {
        let next = Next::Probe {
            key: key.clone(),
            kind: ProbeKind::Auth,
            after,
        };
        Decision::of(next, format!("the login of {} is tried first", key.short()))
    };
    match facts.answer(key) {
        Some(ProbeAnswer::Accepted) => None,
        None => Some(probe(SignedDuration::ZERO)),
        Some(ProbeAnswer::Failed(trouble)) => Some(Decision::stop(trouble.clone())),
        Some(ProbeAnswer::Refused) => Some(refused(facts, key, probe)),
    }
}

/// A refused login: too fresh a key is tried for a while, any other is a verdict.
fn refused(
    facts: &Facts<'_>,
    key: &AccessKeyId,
    probe: impl Fn(SignedDuration) -> Decision,
) -> Decision {
    let created = facts.key(key).map(|key| key.created);
    let fresh = created.is_some_and(|at| facts.age(at) < facts.policy.fresh);
    let tried = facts.world.run.probes.get(key);
    if fresh {
        let first = tried.and_then(|it| it.first).unwrap_or(facts.now());
        if facts.age(first) < facts.policy.probe_window {
            let tries = tried.map_or(0, |it| it.tries).min(5);
            let pause = (FIRST_PAUSE_SECONDS << tries.saturating_sub(1)).min(LONGEST_PAUSE_SECONDS);
            return probe(SignedDuration::from_secs(pause));
        }
        let text = format!("the mail server does not know {} yet", key.short());
        return Decision::stop(verdict::TOO_FRESH.because(text));
    }
    if key == facts.cur() {
        let text = format!("the mail server refuses {}, the current key", key.short());
        Decision::stop(verdict::MAIL_AUTH_FAILING.because(text))
    } else {
        let text = format!(
            "the mail server refuses {} and had time to learn it",
            key.short()
        );
        Decision::stop(verdict::PROBE_FAILED.because(text))
    }
}

/// A guard that refuses a step which is due: waits for what passes, tells what does not.
pub(super) fn refusal(facts: &Facts<'_>, what: &str, list: Checklist) -> Decision {
    let unknown = |name| matches!(list.find(name), Some(Truth::Unknown(_)));
    let fails = |name| list.find(name).is_some_and(|truth| *truth != Truth::Yes);
    let text = format!("{what} waits: {}", list.refusals());
    let verdict = if unknown(ConditionName::Unused) {
        verdict::LAST_USED_UNKNOWN
    } else if fails(ConditionName::LeaseOurs) {
        verdict::LEASE_LOST
    } else if fails(ConditionName::MailCounted)
        && is_only_refusal(&list, ConditionName::MailCounted)
    {
        if facts.now() < mail_deadline(facts) {
            let until = Some(mail_deadline(facts));
            return Decision::of(Next::Rest { until }, text).guarded(list);
        }
        verdict::NO_MAIL_PROOF
    } else {
        verdict::GUARD
    };
    Decision::stop(verdict.because(text)).guarded(list)
}

fn is_only_refusal(list: &Checklist, name: ConditionName) -> bool {
    list.refused().all(|condition| condition.name == name)
}

/// Until when missing mails are waited for: a while after the counting began, and after the soak.
fn mail_deadline(facts: &Facts<'_>) -> Timestamp {
    let soaking = facts
        .retired()
        .filter_map(|key| facts.mark(&key.id))
        .filter(|mark| mark.stage == Stage::Soaking)
        .filter_map(|mark| mark.since.checked_add(facts.policy.soak).ok());
    let counting = facts.world.clusters.iter().filter_map(|cluster| {
        match cluster.state.as_ref().ok()?.mail {
            crate::world::MailFlow::Flowing { since, .. }
            | crate::world::MailFlow::Refused { since } => Some(since),
            // Counted from this run on: give it the whole time.
            crate::world::MailFlow::Unknown => Some(facts.now()),
        }
    });
    let begin = soaking.chain(counting).max().unwrap_or(facts.now());
    begin
        .saturating_add(facts.policy.mail_patience)
        .unwrap_or(Timestamp::MAX)
}

/// Row 32: nothing is to be done, or not yet.
#[expect(clippy::unnecessary_wraps, reason = "a row's signature")]
pub(super) fn settled(facts: &Facts<'_>) -> Option<Decision> {
    Some(rest(facts))
}

/// What the last row says.
pub(super) fn rest(facts: &Facts<'_>) -> Decision {
    if let Some(check) = self_check(facts) {
        return check;
    }
    // One that is current again was activated to become so: a rollback, or the way out of an emergency.
    let mut repaired = facts.world.run.repaired.iter();
    if let Some(repaired) = repaired.find(|key| *key != facts.cur()) {
        let text = format!(
            "{} was deactivated, and something ran with it again",
            repaired.short()
        );
        return Decision::stop(verdict::REPAIRED.because(text));
    }
    if let Some((cluster, times, over)) = facts.world.run.rolls.flapping(facts.now()) {
        let text = format!(
            "{cluster} had to be written {times} times in a day; {} wrote it last in between",
            over.unwrap_or("somebody")
        );
        return Decision::stop(verdict::FLAPPING.because(text));
    }
    let Some(iam) = facts.iam else {
        return Decision::of(
            Next::Rest { until: None },
            "this cluster runs the current key",
        );
    };
    let waiting = facts.retired().filter_map(|key| {
        let mark = facts.mark(&key.id)?;
        let (length, what) = match mark.stage {
            Stage::Soaking => (facts.policy.soak, "deactivated"),
            Stage::Inactive => (crate::guard::grace(facts, &key.id), "deleted"),
            Stage::New | Stage::Live | Stage::Orphan | Stage::Abandoned => return None,
        };
        let until = mark.since.checked_add(length).ok()?;
        Some((
            until,
            format!("{} is {what} not before {until}", key.id.short()),
        ))
    });
    if let Some((until, because)) = waiting.min() {
        return Decision::of(Next::Rest { until: Some(until) }, because);
    }
    let created = facts.key(facts.cur()).map(|key| key.created);
    let until = created.and_then(|at| at.checked_add(facts.policy.rotate_after).ok());
    let foreign = facts.foreign().next();
    let because = match (foreign, until) {
        (Some(key), _) => format!("the current key is young; {} is not ours", key.id.short()),
        (None, Some(until)) if !facts.is_due() => format!("the current key is young until {until}"),
        (None, _) if !iam.marks.intents.is_empty() => {
            "an announcement of a key is not yet old enough to be cleaned up".to_owned()
        }
        (None, _) => "nothing is to be done now".to_owned(),
    };
    Decision::of(Next::Rest { until }, because)
}

/// Once a day the current login is tried, so that a pair that was broken from outside is told of
/// before it is needed.
fn self_check(facts: &Facts<'_>) -> Option<Decision> {
    let hour = facts.policy.self_check_hour?;
    let now = facts.now().to_zoned(jiff::tz::TimeZone::UTC).hour();
    if now != hour {
        return None;
    }
    before_login(facts, facts.cur())
}

/// Whether a key is used by somebody since its soak was begun anew because of it.
pub(super) fn was_used_at(last: &LastUsed, since: Timestamp) -> bool {
    matches!(last, LastUsed::At { at, .. } if *at == since)
}

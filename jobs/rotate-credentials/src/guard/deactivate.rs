//! When a key may be deactivated.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{Checklist, ConditionName as Is, Seen, Truth};
use crate::facts::Facts;
use crate::key::{AccessKeyId, Key, LastUsed};
use crate::marks::{KeyMark, Stage};
use crate::policy::MailProof;
use crate::world::{MailFlow, ProbeAnswer, Proof};

/// Every condition for the deactivation of this key was seen to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeactivateProof {
    key: AccessKeyId,
    seen: Seen,
}

impl DeactivateProof {
    /// The key.
    pub fn key(&self) -> &AccessKeyId {
        &self.key
    }
}

/// May `key` be deactivated?
///
/// # Errors
/// The checklist, when a condition does not hold or is not known to.
pub fn may_deactivate(facts: &Facts<'_>, key: &AccessKeyId) -> Result<DeactivateProof, Checklist> {
    let list = deactivation(facts, key);
    if list.holds() {
        Ok(DeactivateProof {
            key: key.clone(),
            seen: facts.now(),
        })
    } else {
        Err(list)
    }
}

/// The conditions for the deactivation of `key`.
///
/// A key that never served anybody (`orphan`, `abandoned`) need not wait for the clusters or for a
/// mail; instead it must never have been used, or by our own probe alone.
pub fn deactivation(facts: &Facts<'_>, key: &AccessKeyId) -> Checklist {
    let mark = facts.mark(key);
    let served = !mark.is_some_and(|mark| matches!(mark.stage, Stage::Orphan | Stage::Abandoned));
    let since = mark.map(|mark| mark.since);
    let list = identity(facts, key, Key::is_active, "active");
    let list = if served {
        list.add(Is::EveryReplica, every_replica(facts))
    } else {
        list
    };
    let list = list.add(Is::NowhereInUse, nowhere_in_use(facts, key));
    // With the current key gone there is none to log in with, and this one's place is needed.
    let list = if !served && facts.emergency() {
        list
    } else {
        list.add(Is::LoginWorks, login_works(facts))
    };
    let list = if served {
        list.add(Is::Unused, unused(facts, key, since))
            .add(Is::SoakOver, over(facts, since, facts.policy.soak, "soak"))
            .add(Is::MailCounted, mail_counted(facts, since))
    } else {
        list.add(Is::Unused, unused_by_others(facts, key, mark))
    };
    closing(facts, list, since)
}

/// Conditions 1 to 3 of both destructive guards.
pub(super) fn identity(
    facts: &Facts<'_>,
    key: &AccessKeyId,
    has_status: impl Fn(&Key) -> bool,
    status: &str,
) -> Checklist {
    let listed = facts.key(key);
    Checklist::default()
        .add(
            Is::Listed,
            Truth::of(listed.is_some_and(has_status), || {
                format!("it is not listed as {status}")
            }),
        )
        .add(
            Is::NotCurrent,
            Truth::of(key != facts.cur(), || "it is the current key".to_owned()),
        )
        .add(
            Is::NotPending,
            Truth::of(facts.pending_key() != Some(key), || {
                "it is the pending key".to_owned()
            }),
        )
        .add(
            Is::Ours,
            Truth::of(facts.is_ours(key), || "it has no mark of ours".to_owned()),
        )
}

/// Conditions 9 and 10 of both destructive guards.
pub(super) fn closing(facts: &Facts<'_>, list: Checklist, since: Option<Timestamp>) -> Checklist {
    let skew = facts.world.skew.abs();
    let run = &facts.world.run;
    let held = facts.iam.is_some_and(|iam| iam.marks.hold);
    list.add(
        Is::ClockRight,
        Truth::of(skew <= facts.policy.skew_limit, || {
            format!("our clock is {skew:#} off")
        }),
    )
    .add(
        Is::NothingInFuture,
        Truth::of(nothing_in_future(facts, since), || {
            "a timestamp lies in the future".to_owned()
        }),
    )
    .add(
        Is::LeaseOurs,
        Truth::maybe(
            run.lease_held,
            || "another run holds the Lease".to_owned(),
            || "this command takes no Lease".to_owned(),
        ),
    )
    .add(
        Is::NoHold,
        Truth::of(!held, || "a person holds the rotation".to_owned()),
    )
}

fn nothing_in_future(facts: &Facts<'_>, since: Option<Timestamp>) -> bool {
    let latest = facts
        .now()
        .saturating_add(facts.policy.skew_limit)
        .unwrap_or(Timestamp::MAX);
    let created = facts
        .iam
        .into_iter()
        .flat_map(|iam| iam.keys.values().map(|key| key.created));
    created.chain(since).all(|at| at <= latest)
}

/// Condition 4.
pub(super) fn every_replica(facts: &Facts<'_>) -> Truth {
    if facts.world.clusters.is_empty() {
        return Truth::No("no cluster is configured".to_owned());
    }
    for cluster in &facts.world.clusters {
        match cluster.proof(facts.cur()) {
            Proof::Proven => {}
            Proof::Unseen(why) => return Truth::Unknown(format!("{}: {why}", cluster.name)),
            proof @ (Proof::Unproven(_) | Proof::NotWritten) => {
                return Truth::No(format!("{}: {proof}", cluster.name));
            }
        }
    }
    match facts.lately_written() {
        Some(name) => Truth::No(format!("{name} was written since this run began")),
        None => Truth::Yes,
    }
}

/// Condition 5.
pub(super) fn nowhere_in_use(facts: &Facts<'_>, key: &AccessKeyId) -> Truth {
    let mut unseen = None;
    for cluster in &facts.world.clusters {
        match cluster.names(key) {
            Some(false) => {}
            Some(true) => return Truth::No(format!("{} still names it", cluster.name)),
            None => unseen = Some(cluster),
        }
    }
    match unseen {
        Some(cluster) => Truth::Unknown(format!("{} was not seen in full", cluster.name)),
        None => Truth::Yes,
    }
}

/// Condition 6.
pub(super) fn login_works(facts: &Facts<'_>) -> Truth {
    match facts.answer(facts.cur()) {
        Some(ProbeAnswer::Accepted) => Truth::Yes,
        Some(ProbeAnswer::Refused) => Truth::No("the current key cannot log in".to_owned()),
        Some(ProbeAnswer::Failed(why)) => Truth::Unknown(why.to_string()),
        None => Truth::Unknown("the current key's login was not tried".to_owned()),
    }
}

/// Condition 7: quiet since then, within what IAM's record can be wrong by.
pub(super) fn unused(facts: &Facts<'_>, key: &AccessKeyId, since: Option<Timestamp>) -> Truth {
    let (Some(since), Some(key)) = (since, facts.key(key)) else {
        return Truth::Unknown("its mark does not say since when".to_owned());
    };
    let margin = facts.policy.use_margin;
    let latest = since.saturating_add(margin).unwrap_or(Timestamp::MAX);
    Truth::maybe(
        key.last_used.quiet_since(latest),
        || format!("it was used after {since}"),
        || "IAM does not say when it was last used".to_owned(),
    )
}

/// Condition 7 for a key that never served: an orphan was never used, an abandoned one by our probe.
fn unused_by_others(facts: &Facts<'_>, key: &AccessKeyId, mark: Option<&KeyMark>) -> Truth {
    match (facts.key(key).map(|key| &key.last_used), mark) {
        (Some(LastUsed::Never), _) => Truth::Yes,
        (Some(LastUsed::At { .. }), Some(mark)) if mark.stage == Stage::Abandoned => {
            match unused(facts, key, Some(mark.at)) {
                // A later run may have probed it too; whether it was that shows in quiet since then.
                Truth::No(_) if facts.age(mark.since) >= facts.policy.soak || facts.emergency() => {
                    unused(facts, key, Some(mark.since))
                }
                truth @ (Truth::Yes | Truth::No(_) | Truth::Unknown(_)) => truth,
            }
        }
        (Some(LastUsed::At { .. }), _) => Truth::No("somebody used it".to_owned()),
        (Some(LastUsed::Unknown) | None, _) => {
            Truth::Unknown("IAM does not say when it was last used".to_owned())
        }
    }
}

/// Whether a time of waiting is over.
pub(super) fn over(
    facts: &Facts<'_>,
    since: Option<Timestamp>,
    length: SignedDuration,
    what: &str,
) -> Truth {
    let Some(since) = since else {
        return Truth::Unknown(format!("its mark does not say since when the {what} runs"));
    };
    let end = since.saturating_add(length).unwrap_or(Timestamp::MAX);
    Truth::of(facts.now() >= end, || format!("the {what} ends at {end}"))
}

/// Condition 8.
fn mail_counted(facts: &Facts<'_>, since: Option<Timestamp>) -> Truth {
    if facts.policy.mail_proof == MailProof::Off {
        return Truth::Yes;
    }
    for cluster in &facts.world.clusters {
        let name = &cluster.name;
        match cluster.state.as_ref().map(|state| state.mail) {
            Ok(MailFlow::Flowing { since: from, sent })
                if sent > 0 && since.is_some_and(|since| from >= since) => {}
            Ok(MailFlow::Refused { since }) => {
                return Truth::No(format!("{name}: a mail was refused after {since}"));
            }
            Ok(MailFlow::Flowing { since, .. }) => {
                return Truth::No(format!("{name}: no mail was counted since {since}"));
            }
            Ok(MailFlow::Unknown) => {
                return Truth::Unknown(format!("{name}: mails are counted from now on"));
            }
            Err(why) => return Truth::Unknown(format!("{name}: {why}")),
        }
    }
    Truth::Yes
}

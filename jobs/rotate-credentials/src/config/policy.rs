//! `policy`: how patient and how strict to be. What guards against loss has a floor or a ceiling.

use std::collections::BTreeMap;

use common::yaml::{Cursor, Fields};
use jiff::SignedDuration;

use crate::policy::{MailProof, Orphans, Policy};
use common::config_file::duration::{self, shown};
use common::config_file::names;

/// Below these the rotation would act on what it cannot know.
const SOAK_MIN: SignedDuration = SignedDuration::from_hours(1);
const GRACE_MIN: SignedDuration = SignedDuration::from_hours(24);
const REREAD_MIN: SignedDuration = SignedDuration::from_secs(60);
const USE_MARGIN_MIN: SignedDuration = SignedDuration::from_mins(15);
/// Above this a clock is wrong, whatever anybody configures.
const SKEW_LIMIT_MAX: SignedDuration = SignedDuration::from_mins(5);
/// The other durations only must be some.
const ANY: SignedDuration = SignedDuration::from_secs(1);

/// Reads the section. What is absent, or was refused and reported, has its default.
pub(super) fn read(fields: &mut Fields<'_>) -> Policy {
    let mut policy = Policy::default();
    let Some(mut fields) = fields.get("policy").and_then(|section| section.fields()) else {
        return policy;
    };
    let mut given = Given::new();
    for (key, floor, target) in durations(&mut policy) {
        if let Some(cursor) = fields.get(key) {
            let duration = at_least(&cursor, floor);
            given.insert(key, duration.is_some().then_some(cursor));
            *target = duration.unwrap_or(*target);
        }
    }
    go_together(&policy, &given);
    let orphans = [
        ("quarantine", Orphans::Quarantine),
        ("block", Orphans::Block),
    ];
    if let Some(choice) = fields
        .get("orphan_policy")
        .and_then(|it| names::choice(&it, &orphans))
    {
        policy.orphans = choice;
    }
    let proofs = [("required", MailProof::Required), ("off", MailProof::Off)];
    if let Some(choice) = fields
        .get("mail_proof")
        .and_then(|it| names::choice(&it, &proofs))
    {
        policy.mail_proof = choice;
    }
    if let Some(cursor) = fields.get("self_check_hour") {
        policy.self_check_hour = hour(&cursor);
    }
    fields.deny_unknown();
    policy
}

/// Every duration: its key, its floor, and where it belongs.
fn durations(policy: &mut Policy) -> [(&'static str, SignedDuration, &mut SignedDuration); 12] {
    [
        ("rotate_after", ANY, &mut policy.rotate_after),
        ("soak", SOAK_MIN, &mut policy.soak),
        ("grace", GRACE_MIN, &mut policy.grace),
        ("orphan_settle", ANY, &mut policy.orphan_settle),
        ("orphan_quarantine", ANY, &mut policy.short_grace),
        ("reread", REREAD_MIN, &mut policy.reread),
        ("probe_window", ANY, &mut policy.probe_window),
        ("proof_timeout", ANY, &mut policy.proof_timeout),
        ("proof_interval", ANY, &mut policy.poll),
        ("use_margin", USE_MARGIN_MIN, &mut policy.use_margin),
        ("skew_limit", ANY, &mut policy.skew_limit),
        ("mail_patience", ANY, &mut policy.mail_patience),
    ]
}

/// The durations that the file has, by key; without a place when they were refused.
type Given<'d> = BTreeMap<&'static str, Option<Cursor<'d>>>;

/// What two durations have to do with each other, and the one that has a ceiling.
fn go_together(policy: &Policy, given: &Given<'_>) {
    if let Some(Some(cursor)) = given.get("skew_limit")
        && policy.skew_limit > SKEW_LIMIT_MAX
    {
        let (most, given) = (shown(SKEW_LIMIT_MAX), shown(policy.skew_limit));
        cursor.error(format_args!("must be at most {most}, not {given}"));
    }
    let pairs = [
        // A use of the old key right before the soak would pass for one within the margin for ever.
        (
            ("use_margin", policy.use_margin),
            ("soak", policy.soak),
            false,
        ),
        (
            ("proof_interval", policy.poll),
            ("proof_timeout", policy.proof_timeout),
            true,
        ),
    ];
    for ((short_key, short), (long_key, long), may_be_equal) in pairs {
        if short < long || (may_be_equal && short == long) {
            continue;
        }
        match (given.get(short_key), given.get(long_key)) {
            // One of them was refused, so that nobody knows what it is to be.
            (Some(None), _) | (_, Some(None)) | (None, None) => {}
            (Some(Some(cursor)), _) => {
                let (least, long) = (
                    if may_be_equal { "at most" } else { "less than" },
                    shown(long),
                );
                cursor.error(format_args!(
                    "must be {least} `{long_key}`, which is {long}"
                ));
            }
            (None, Some(Some(cursor))) => {
                let (least, short) = (
                    if may_be_equal {
                        "at least"
                    } else {
                        "more than"
                    },
                    shown(short),
                );
                cursor.error(format_args!(
                    "must be {least} `{short_key}`, which is {short}"
                ));
            }
        }
    }
}

fn at_least(cursor: &Cursor<'_>, floor: SignedDuration) -> Option<SignedDuration> {
    let duration = duration::read(cursor)?;
    if duration >= floor {
        return Some(duration);
    }
    let (floor, given) = (shown(floor), shown(duration));
    cursor.error(format_args!("must be at least {floor}, not {given}"));
    None
}

/// An hour of the day, or `off`.
fn hour(cursor: &Cursor<'_>) -> Option<i8> {
    if cursor.source_text()? == "off" {
        return None;
    }
    cursor.integer(0..=23_i8)
}

//! Words, signs and orders that all forms of the report have in common.

use std::collections::{BTreeMap, BTreeSet};

use common::output::counted;
use jiff::Timestamp;

use super::{safe, summary};
use crate::difference::{Difference, Side};
use crate::finding::{Finding, Presence, Standing};
use crate::survey::{RuleUse, Survey};

/// The findings, those that a person must look at first.
pub(super) fn worst_first(survey: &Survey) -> Vec<&Finding> {
    let mut findings: Vec<_> = survey.findings.iter().collect();
    findings.sort_by_key(|finding| (rank(finding.standing), &finding.family, &finding.object));
    findings
}

/// Lower is worse.
pub(super) const fn rank(standing: Standing) -> u8 {
    match standing {
        Standing::Failing => 0,
        Standing::NotLoaded => 1,
        Standing::Stale => 2,
        Standing::Missing => 3,
        Standing::Unexpected => 4,
        Standing::NotDistinct => 5,
        Standing::Different => 6,
        Standing::Terminating => 7,
        Standing::Unknown(_) => 8,
        Standing::Settling => 9,
        Standing::Cosmetic => 10,
        Standing::Explained => 11,
        Standing::Ignored => 12,
        Standing::Equal => 13,
    }
}

/// The sign beside the word.
pub(super) const fn sign(standing: Standing) -> &'static str {
    match standing {
        Standing::Failing => "✗",
        Standing::NotLoaded | Standing::Stale => "!",
        Standing::Missing => "−",
        Standing::Unexpected => "+",
        Standing::NotDistinct | Standing::Equal => "=",
        Standing::Different => "≠",
        Standing::Terminating => "~",
        Standing::Settling => "…",
        Standing::Unknown(_) => "?",
        Standing::Cosmetic => "≈",
        Standing::Explained => "✓",
        Standing::Ignored => "·",
    }
}

/// The word for where an object is.
pub(super) const fn place(presence: Presence) -> &'static str {
    match presence {
        Presence::Here => "here",
        Presence::Absent => "absent",
        Presence::Terminating => "terminating",
        Presence::Unknown => "unknown",
        Presence::NotAsked => "not asked",
    }
}

/// How it stands in words: `unknown (too-large)`.
pub(super) fn word(standing: Standing) -> String {
    match standing.unknown() {
        Some(reason) => format!("unknown ({})", reason.word()),
        None => standing.word().to_owned(),
    }
}

/// How many findings stand so, the worst first; those that do not occur are left out.
pub(super) fn counts(survey: &Survey) -> Vec<(Standing, usize)> {
    let mut counts: BTreeMap<u8, (Standing, usize)> = BTreeMap::new();
    for finding in &survey.findings {
        let rank = rank(finding.standing);
        counts.entry(rank).or_insert((finding.standing, 0)).1 += 1;
    }
    counts.into_values().collect()
}

/// Indexes of the clusters, the baseline first.
pub(super) fn order(survey: &Survey) -> Vec<usize> {
    let mut order: Vec<_> = (0..survey.clusters.len()).collect();
    order.sort_by_key(|cluster| survey.baseline != Some(*cluster));
    order
}

/// Whether the cluster has there something else than the baseline; without a baseline nobody does.
pub(super) fn differs(survey: &Survey, difference: &Difference, cluster: usize) -> bool {
    let Some(baseline) = survey.baseline else {
        return false;
    };
    let sides = &difference.sides;
    match (sides.get(baseline), sides.get(cluster)) {
        (Some(Side::NoObject), _) | (_, Some(Side::NoObject)) => false,
        (right, side) => right != side,
    }
}

/// How long ago, in its two largest units: `40d`, `3d4h`, `2h`, `5m`.
pub(super) fn ago(now: Timestamp, then: Timestamp) -> String {
    let minutes = now.duration_since(then).as_mins().max(0);
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours, minutes) {
        (0, 0, minutes) => format!("{minutes}m"),
        (0, hours, 0) => format!("{hours}h"),
        (0, hours, minutes) => format!("{hours}h{minutes}m"),
        (days, 0, _) | (days @ 10.., ..) => format!("{days}d"),
        (days, hours, _) => format!("{days}d{hours}h"),
    }
}

/// `12 explained by 4 rules`, `3 ignored`, `201 equal`: what needs nobody's attention.
pub(super) fn quiet(survey: &Survey) -> Vec<String> {
    let counts = counts(survey).into_iter();
    counts
        .filter(|(standing, _)| !standing.is_drift() && !standing.is_unknown())
        .map(|(standing, number)| {
            if standing != Standing::Explained {
                return format!("{number} {}", standing.word());
            }
            let rules: BTreeSet<_> = survey
                .findings
                .iter()
                .filter(|finding| finding.standing == Standing::Explained)
                .flat_map(|finding| {
                    let fields = finding.fields.iter();
                    finding
                        .rule
                        .iter()
                        .chain(fields.filter_map(|field| field.rule.as_ref()))
                })
                .collect();
            format!("{number} explained by {}", counted(rules.len(), "rule"))
        })
        .collect()
}

/// What a person should know that is neither an object nor a gap.
pub(super) fn warnings(survey: &Survey) -> Vec<String> {
    let mut warnings = survey.warnings.clone();
    if survey.undetailed > 0 {
        let objects = counted(survey.undetailed, "object");
        warnings.push(format!(
            "{objects} that differ were not read in detail, because there are too many"
        ));
    }
    if survey.converged > 0 {
        let objects = counted(survey.converged, "object");
        warnings.push(format!(
            "{objects} differed at the first look and no longer at the second"
        ));
    }
    warnings
}

/// What is the matter with a rule, if anything is.
pub(super) fn rule_state(survey: &Survey, rule: &RuleUse) -> Option<String> {
    match (rule.expired, rule.expires, rule.used) {
        (true, Some(day), _) => Some(format!("expired on {day} and was not applied")),
        (true, None, _) => Some("has expired and was not applied".to_owned()),
        // What it is about may be what could not be looked at.
        (false, _, 0) if summary::is_complete(survey) => Some("was never used".to_owned()),
        (false, ..) => None,
    }
}

/// The first digits of a fingerprint, as they can be shown.
pub(super) fn short(fingerprint: &str) -> String {
    safe::line(&fingerprint.chars().take(8).collect::<String>())
}

//! For programs: one JSON document, sorted by names so that two runs can be compared.
//!
//! The shape is `check-consistency/v1`. Fields may be added to it; whoever removes one or changes what it
//! says counts up.

mod shape;

use std::io::{self, Write};

use serde::Serialize;

use super::harmless::Harmless;
use super::safe::FIELD_LIMIT;
use super::summary::{Coverage, Judgement};
use super::{values, words};
use crate::difference::Side;
use crate::finding::{Age, Field, Finding, Unknown};
use crate::survey::{PeerFacts, RuleUse, Survey};

use shape::{
    Cluster, Covered, Differing, Document, Known, Object, PartRead, Peer, Replica, Rule, Share,
    Shown, Verdict,
};

/// The version of the document's shape.
pub const SCHEMA: &str = "check-consistency/v1";

/// The document, in the shape [`SCHEMA`].
pub fn document(survey: &Survey) -> impl Serialize + '_ {
    let judgement = Judgement::of(survey);
    let mut findings: Vec<_> = survey.findings.iter().collect();
    findings.sort_by_key(|finding| (&finding.family, &finding.object));
    Document {
        schema: SCHEMA,
        at: survey.at,
        verdict: Verdict {
            word: judgement.word(),
            text: judgement.to_string(),
        },
        clusters: clusters(survey),
        coverage: covered(survey),
        parts: parts(survey),
        counts: words::counts(survey)
            .into_iter()
            .map(|(standing, number)| (standing.word(), number))
            .collect(),
        objects: findings
            .into_iter()
            .map(|finding| object(survey, finding))
            .collect(),
        rules: survey.rules.iter().map(rule).collect(),
        warnings: &survey.warnings,
        converged: survey.converged,
        undetailed: survey.undetailed,
        remembered: survey.remembered,
    }
}

/// Writes the document as indented JSON in which everything that a terminal would obey is escaped.
///
/// # Errors
/// When `out` takes no more.
pub fn json(survey: &Survey, out: &mut dyn Write) -> io::Result<()> {
    let formatter = Harmless::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut *out, formatter);
    document(survey).serialize(&mut serializer)?;
    writeln!(out)
}

fn clusters(survey: &Survey) -> Vec<Cluster<'_>> {
    let clusters = survey.clusters.iter().enumerate();
    clusters
        .map(|(index, cluster)| Cluster {
            name: &cluster.name,
            baseline: survey.baseline == Some(index),
            version: cluster.version.as_deref(),
            identity: cluster.identity.as_deref(),
            trouble: cluster.trouble.as_ref(),
            peer: cluster.peer.as_ref().map(peer),
        })
        .collect()
}

fn peer(facts: &PeerFacts) -> Peer<'_> {
    Peer {
        watchdog_since: facts.watchdog_since,
        watchdog_seen: facts.watchdog_seen,
        replicas: facts
            .replicas
            .iter()
            .map(|(name, same_user)| Replica {
                name,
                same_user: *same_user,
            })
            .collect(),
    }
}

fn covered(survey: &Survey) -> Covered {
    let coverage = Coverage::of(survey);
    let share = |(complete, all)| Share { complete, all };
    Covered {
        text: coverage.to_string(),
        families: share(coverage.families),
        clusters: share(coverage.clusters),
        parts_missing: coverage.missing,
        objects_undecided: coverage.undecided,
    }
}

fn parts(survey: &Survey) -> Vec<PartRead<'_>> {
    let mut parts: Vec<_> = survey.parts.iter().collect();
    parts.sort_by_key(|part| (&part.family, &part.kind, part.cluster));
    parts
        .into_iter()
        .map(|part| {
            let gap = part.read.as_ref().err();
            PartRead {
                family: &part.family,
                kind: part.kind.to_string(),
                cluster: name(survey, part.cluster),
                read: part.read.as_ref().ok().copied(),
                reason: gap.map(|gap| gap.reason.word()),
                trouble: gap.map(|gap| &gap.trouble),
            }
        })
        .collect()
}

fn object<'a>(survey: &'a Survey, finding: &'a Finding) -> Object<'a> {
    let places = finding.presence.iter().enumerate();
    let fields = finding.fields.iter().take(FIELD_LIMIT);
    Object {
        family: &finding.family,
        group: &finding.object.kind.group,
        kind: &finding.object.kind.kind,
        namespace: finding.object.namespace.as_deref(),
        name: &finding.object.name,
        standing: finding.standing.word(),
        reason: finding.standing.unknown().map(Unknown::word),
        presence: places
            .map(|(index, presence)| (name(survey, index), words::place(*presence)))
            .collect(),
        text: finding.text.as_deref(),
        hint: finding.hint.as_deref(),
        rule: finding.rule.as_deref(),
        known: finding.age.map(|age| known(survey, age)),
        fields: fields.map(|field| differing(survey, field)).collect(),
        fields_left_out: finding.fields.len().saturating_sub(FIELD_LIMIT),
    }
}

fn differing<'a>(survey: &'a Survey, field: &'a Field) -> Differing<'a> {
    let difference = &field.difference;
    let excerpts = values::excerpts(&difference.sides);
    let sides = difference.sides.iter().zip(excerpts).enumerate();
    Differing {
        path: difference.path.to_string(),
        class: difference.class.word(),
        sides: sides
            .map(|(index, (side, excerpt))| {
                let (state, group) = match side {
                    Side::NoObject => ("no-object", None),
                    Side::Absent => ("absent", None),
                    Side::Shown(_) => ("value", None),
                    Side::Hidden { group } => ("secret", Some(*group)),
                };
                Shown {
                    cluster: name(survey, index),
                    state,
                    value: excerpt.as_ref().map(values::Excerpt::whole),
                    cut: excerpt.is_some_and(|excerpt| excerpt.cut),
                    group,
                }
            })
            .collect(),
        rule: field.rule.as_deref(),
        note: field.note.as_deref(),
        fingerprint: field.fingerprint.as_deref(),
        known: field.age.map(|age| known(survey, age)),
    }
}

fn known(survey: &Survey, age: Age) -> Known {
    Known {
        first_seen: age.first_seen,
        age_seconds: survey.at.duration_since(age.first_seen).as_secs().max(0),
        runs: age.occurrences,
    }
}

fn rule(rule: &RuleUse) -> Rule<'_> {
    Rule {
        id: &rule.id,
        summary: &rule.summary,
        reason: &rule.reason,
        expires: rule.expires,
        expired: rule.expired,
        used: rule.used,
    }
}

fn name(survey: &Survey, index: usize) -> &str {
    let cluster = survey.clusters.get(index);
    cluster.map_or("?", |cluster| cluster.name.as_str())
}

//! What differs is looked at again before it counts: a rollout that comes to its end is no drift.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::detail::{Desk, Evaluated};
use super::reading::Look;
use super::schemas::Schemas;
use super::subjects::Subjects;
use crate::config::Settle;
use crate::finding::{Age, Finding, Presence, Standing, Unknown};
use crate::path::Path;
use crate::state::{self, Memory};
use crate::survey::Survey;

/// What is left after the second look.
#[derive(Debug, Default)]
pub(super) struct Settled {
    pub(super) findings: Vec<Finding>,
    pub(super) notes: Vec<String>,
    pub(super) converged: usize,
}

/// Looks again at what is not consistent, if the configuration wants that.
pub(super) async fn settle(
    desk: &Desk<'_>,
    schemas: &Schemas,
    subjects: &Subjects,
    first: Vec<Evaluated>,
) -> Settled {
    let config = desk.measure.config;
    let recheck = config.settle.recheck;
    let again: Vec<_> = subjects
        .detailed
        .iter()
        .zip(&first)
        .filter(|(_, it)| is_looked_at_again(&it.finding))
        .map(|(subject, _)| subject.clone())
        .take(config.limits.details)
        .collect();
    if recheck == Duration::ZERO || again.is_empty() {
        return Settled::of(first);
    }
    let pause = desk.context.clock.sleep(recheck);
    if desk.context.cancel.bound(pause).await.is_none() {
        return Settled::of(first.into_iter().map(stopped).collect());
    }
    let second = Box::pin(desk.judge(&again, schemas, Look::Everywhere)).await;
    join(first, second)
}

/// Nobody knows what the second look would have shown.
fn stopped(first: Evaluated) -> Evaluated {
    if !is_looked_at_again(&first.finding) {
        return first;
    }
    let finding = Finding {
        standing: Standing::Unknown(Unknown::Stopped),
        ..first.finding
    };
    Evaluated { finding, ..first }
}

const UNSETTLED: Standing = Standing::Unknown(Unknown::NotSettled);

fn is_looked_at_again(finding: &Finding) -> bool {
    finding.standing.is_drift() || finding.standing == UNSETTLED
}

/// What both looks come to; `second` has one entry for each of those that are looked at again, in their
/// order, or for the first of them.
fn join(first: Vec<Evaluated>, second: Vec<Evaluated>) -> Settled {
    let mut second = second.into_iter();
    let mut settled = Settled::default();
    for first in first {
        let again = is_looked_at_again(&first.finding);
        match again.then(|| second.next()).flatten() {
            Some(second) => {
                let stays = second.finding.standing.is_drift();
                let converged = !stays && !second.finding.standing.is_unknown();
                settled.converged += usize::from(converged);
                settled.add(after_two_looks(&first.finding, second));
            }
            None => settled.add(first),
        }
    }
    settled
}

/// The second look counts. Where it shows other drift than the first, somebody is at work.
fn after_two_looks(first: &Finding, second: Evaluated) -> Evaluated {
    let same = first.standing == UNSETTLED
        || !saw_the_same_clusters(first, &second.finding)
        || places(first) == places(&second.finding);
    if same || !second.finding.standing.is_drift() {
        return second;
    }
    let finding = Finding {
        standing: UNSETTLED,
        text: Some("it was changed between the two looks at it".to_owned()),
        hint: Some("run again when nobody is at work on it".to_owned()),
        ..second.finding
    };
    Evaluated { finding, ..second }
}

/// A cluster that only one of the looks could see shows other drift, though nobody is at work there.
fn saw_the_same_clusters(first: &Finding, second: &Finding) -> bool {
    let mut sides = first.presence.iter().zip(&second.presence);
    sides.all(|(first, second)| (*first == Presence::Unknown) == (*second == Presence::Unknown))
}

impl Settled {
    fn of(evaluated: Vec<Evaluated>) -> Self {
        let mut settled = Self::default();
        for evaluated in evaluated {
            settled.add(evaluated);
        }
        settled
    }

    fn add(&mut self, evaluated: Evaluated) {
        self.findings.push(evaluated.finding);
        self.notes.extend(evaluated.notes);
    }
}

/// How it stands and where it differs.
fn places(finding: &Finding) -> (Standing, Vec<&Path>) {
    let fields = finding.fields.iter();
    (
        finding.standing,
        fields.map(|field| &field.difference.path).collect(),
    )
}

/// Drift that is known for too short a time does not count yet; it is told all the same. Returns the
/// findings that count from this run on, which is what a person is told of once.
///
/// Where nothing is remembered, nobody knows that drift is young, and all of it counts: with a memory that
/// is lost each time it would else be young for ever. What is new is not known then either.
pub(super) fn let_young_drift_wait(
    survey: &mut Survey,
    before: &Memory,
    settle: Settle,
) -> Vec<usize> {
    if !survey.remembered {
        return Vec::new();
    }
    let min_age = SignedDuration::try_from(settle.min_age).unwrap_or(SignedDuration::MAX);
    let counts = |seen: Timestamp, age: Age| seen.duration_since(age.first_seen) >= min_age;
    let mut new = Vec::new();
    for index in 0..survey.findings.len() {
        let Some((age, known)) = survey.findings.get(index).and_then(|finding| {
            let fingerprint = state::of_finding(survey, finding);
            finding
                .standing
                .is_drift()
                .then_some((finding.age?, before.last_seen(&fingerprint)))
        }) else {
            continue;
        };
        // That all objects of a kind are gone is seen once: to the next run it is how things were.
        let once = survey.findings.get(index).is_some_and(is_of_a_whole_kind);
        if !once && !counts(survey.at, age) {
            if let Some(finding) = survey.findings.get_mut(index) {
                finding.standing = Standing::Settling;
            }
        } else if once || known.is_none_or(|seen| !counts(seen, age)) {
            new.push(index);
        }
    }
    new
}

/// Whether it is about a kind and not about one object of it.
fn is_of_a_whole_kind(finding: &Finding) -> bool {
    finding.object.name == finding.object.kind.to_string()
}

#[cfg(test)]
mod tests;

//! The second look, and drift that is too young to count.

use std::time::Duration;

use jiff::Timestamp;

use super::{Settled, join, let_young_drift_wait};
use crate::check::detail::Evaluated;
use crate::check::testing::{finding, object, told};
use crate::config::Settle;
use crate::difference::{Class, Difference};
use crate::finding::{Field, Finding, Presence, Standing, Unknown};
use crate::path::Path;
use crate::state::Memory;
use crate::survey::{ClusterFacts, Survey};

fn named(name: &str, standing: Standing, fields: &[&str]) -> Evaluated {
    let field = |name: &&str| Field {
        difference: Difference {
            path: Path::default().field(name),
            class: Class::Value,
            sides: Vec::new(),
        },
        rule: None,
        note: None,
        fingerprint: None,
        age: None,
    };
    let finding = Finding {
        object: object(name),
        fields: fields.iter().map(field).collect(),
        ..finding(standing)
    };
    Evaluated {
        notes: vec![format!("note of {}", told(&finding))],
        finding,
    }
}

fn one(standing: Standing, fields: &[&str]) -> Evaluated {
    named("x", standing, fields)
}

const NOT_SETTLED: Standing = Standing::Unknown(Unknown::NotSettled);

#[test]
fn the_second_look_counts_unless_it_shows_another_drift() {
    let late = Standing::Unknown(Unknown::Timeout);
    let different = Standing::Different;
    for (first, second, said, converged) in [
        (
            one(different, &["a"]),
            one(different, &["a"]),
            "x different",
            0,
        ),
        (
            one(different, &["a"]),
            one(Standing::Equal, &[]),
            "x equal",
            1,
        ),
        (
            one(different, &["a"]),
            one(Standing::Cosmetic, &["a"]),
            "x cosmetic",
            1,
        ),
        (
            one(different, &["a"]),
            one(different, &["a", "b"]),
            "x unknown not-settled",
            0,
        ),
        (
            one(different, &["a"]),
            one(Standing::Missing, &[]),
            "x unknown not-settled",
            0,
        ),
        (
            one(Standing::Missing, &[]),
            one(Standing::Missing, &[]),
            "x missing",
            0,
        ),
        (
            one(Standing::Missing, &[]),
            one(Standing::Explained, &[]),
            "x explained",
            1,
        ),
        (
            one(NOT_SETTLED, &["a"]),
            one(different, &["b"]),
            "x different",
            0,
        ),
        (
            one(NOT_SETTLED, &["a"]),
            one(NOT_SETTLED, &["a"]),
            "x unknown not-settled",
            0,
        ),
        (
            one(NOT_SETTLED, &["a"]),
            one(Standing::Equal, &[]),
            "x equal",
            1,
        ),
        // Who could not look the second time does not know.
        (
            one(different, &["a"]),
            one(late, &[]),
            "x unknown timeout",
            0,
        ),
    ] {
        let shown = format!("{:?} {:?}", first.finding, second.finding);
        let settled = join(vec![first], vec![second]);
        assert_eq!(told(&settled.findings[0]), said, "{shown}");
        assert_eq!(settled.converged, converged, "{shown}");
        assert_eq!(settled.notes.len(), 1, "{shown}");
    }
}

#[test]
fn a_cluster_that_one_look_alone_could_see_was_not_changed_for_that() {
    let (seen, unseen) = (Presence::Here, Presence::Unknown);
    for (first, second, said) in [
        (unseen, seen, "x different"),
        (seen, unseen, "x different"),
        (seen, seen, "x unknown not-settled"),
        (unseen, unseen, "x unknown not-settled"),
    ] {
        let look = |other, fields: &[&str]| {
            let mut evaluated = one(Standing::Different, fields);
            evaluated.finding.presence = vec![seen, other];
            evaluated
        };
        let settled = join(vec![look(first, &["a"])], vec![look(second, &["a", "b"])]);
        assert_eq!(told(&settled.findings[0]), said, "{first:?} {second:?}");
    }
}

#[test]
fn what_was_changed_between_the_looks_is_told_in_words() {
    let first = vec![one(Standing::Different, &["a"])];
    let settled = join(first, vec![one(Standing::Different, &["b"])]);
    let text = settled.findings[0].text.as_deref();
    assert_eq!(text, Some("it was changed between the two looks at it"));
}

#[test]
fn second_looks_go_to_those_that_had_the_first_one() {
    let different = Standing::Different;
    let first = vec![
        named("equal", Standing::Equal, &[]),
        named("stays", different, &["a"]),
        named("late", Standing::Unknown(Unknown::Timeout), &[]),
        named("goes", Standing::Terminating, &[]),
        named("beyond-the-limit", different, &["a"]),
    ];
    let second = vec![
        named("stays", different, &["a"]),
        named("goes", Standing::Equal, &[]),
    ];
    let Settled {
        findings,
        notes,
        converged,
    } = join(first, second);
    let told: Vec<_> = findings.iter().map(told).collect();
    assert_eq!(
        told,
        [
            "equal equal",
            "stays different",
            "late unknown timeout",
            "goes equal",
            "beyond-the-limit different"
        ]
    );
    assert_eq!((notes.len(), converged), (5, 1));
}

fn survey(at: &str, findings: Vec<Finding>) -> Survey {
    let cluster = |name: &str| ClusterFacts {
        name: name.to_owned(),
        ..ClusterFacts::default()
    };
    Survey {
        at: time(at),
        clusters: vec![cluster("a"), cluster("b")],
        baseline: None,
        parts: Vec::new(),
        findings,
        rules: Vec::new(),
        warnings: Vec::new(),
        converged: 0,
        undetailed: 0,
        remembered: true,
    }
}

fn time(text: &str) -> Timestamp {
    format!("2026-11-29T{text}Z").parse().unwrap()
}

/// A run that sees `standing`: how it counts, and whether it counts from this run on.
fn run(memory: &mut Memory, at: &str, standing: Standing, min_age: u64) -> (Standing, bool) {
    let mut survey = survey(at, vec![finding(standing)]);
    let before = memory.clone();
    (*memory, _) = before.remember(&mut survey);
    let settle = Settle {
        recheck: Duration::ZERO,
        min_age: Duration::from_mins(min_age),
    };
    let new = let_young_drift_wait(&mut survey, &before, settle);
    (survey.findings[0].standing, new == [0])
}

#[test]
fn drift_counts_from_the_run_that_finds_it_old_enough_and_is_new_once() {
    let mut memory = Memory::default();
    let mut run = |at, standing| run(&mut memory, at, standing, 10);
    let different = Standing::Different;
    assert_eq!(run("08:00:00", different), (Standing::Settling, false));
    assert_eq!(run("08:09:59", different), (Standing::Settling, false));
    assert_eq!(run("08:10:00", different), (different, true));
    assert_eq!(run("08:20:00", different), (different, false));
    // Out of sight it keeps its age.
    let late = Standing::Unknown(Unknown::Timeout);
    assert_eq!(run("08:30:00", late), (late, false));
    assert_eq!(run("08:40:00", different), (different, false));
    // Once it is over, another begins anew.
    assert_eq!(run("08:50:00", Standing::Equal), (Standing::Equal, false));
    assert_eq!(run("09:00:00", different), (Standing::Settling, false));
}

#[test]
fn drift_that_was_not_seen_while_it_grew_old_is_new_when_it_is_seen() {
    let mut memory = Memory::default();
    let mut run = |at, standing| run(&mut memory, at, standing, 10);
    let late = Standing::Unknown(Unknown::Timeout);
    assert_eq!(
        run("08:00:00", Standing::Missing),
        (Standing::Settling, false)
    );
    assert_eq!(run("08:30:00", late), (late, false));
    assert_eq!(
        run("09:00:00", Standing::Missing),
        (Standing::Missing, true)
    );
}

#[test]
fn without_an_age_to_reach_drift_counts_at_once() {
    let mut memory = Memory::default();
    let mut run = |at, standing| run(&mut memory, at, standing, 0);
    let different = Standing::Different;
    assert_eq!(run("08:00:00", different), (different, true));
    assert_eq!(run("08:10:00", different), (different, false));
    assert_eq!(run("08:20:00", Standing::Equal), (Standing::Equal, false));
}

#[test]
fn a_memory_that_is_lost_each_time_hides_no_drift() {
    let settle = Settle {
        recheck: Duration::ZERO,
        min_age: Duration::from_mins(10),
    };
    let before = Memory::default();
    let mut survey = survey("08:00:00", vec![finding(Standing::Different)]);
    survey.remembered = false;
    before.remember(&mut survey);
    assert_eq!(let_young_drift_wait(&mut survey, &before, settle), [0; 0]);
    assert_eq!(survey.findings[0].standing, Standing::Different);
}

#[test]
fn what_a_stopped_run_wanted_to_look_at_again_is_unknown() {
    let first = one(Standing::Different, &["a"]);
    let after = super::stopped(first).finding;
    assert_eq!(after.standing, Standing::Unknown(Unknown::Stopped));
    let equal = super::stopped(one(Standing::Equal, &[])).finding;
    assert_eq!(equal.standing, Standing::Equal);
}

#[test]
fn that_a_whole_kind_is_gone_does_not_wait() {
    let mut gone = finding(Standing::Missing);
    gone.object.name = gone.object.kind.to_string();
    let mut survey = survey("08:00:00", vec![gone]);
    let before = Memory::default();
    before.remember(&mut survey);
    let settle = Settle {
        recheck: Duration::ZERO,
        min_age: Duration::from_mins(10),
    };
    assert_eq!(let_young_drift_wait(&mut survey, &before, settle), [0]);
    assert_eq!(survey.findings[0].standing, Standing::Missing);
}

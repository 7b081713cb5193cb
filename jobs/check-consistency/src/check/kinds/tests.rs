//! Kinds that one cluster, or none, has.

use super::empty_everywhere;
use crate::check::subjects;
use crate::check::testing::{config, gap, looked, measured, read, told};
use crate::config::Config;
use crate::finding::{Presence, Unknown};
use crate::observe::{Census, FamilyLook};

/// What was decided, and what is read or in the wrong place.
fn outcome(config: &Config, looks: Vec<FamilyLook>) -> (Vec<String>, Vec<String>) {
    let subjects = measured(config, |measure| {
        subjects::of(measure, &looked(looks)).unwrap()
    });
    let rest = subjects.detailed.iter().map(|it| it.object.name.clone());
    (subjects.findings.iter().map(told).collect(), rest.collect())
}

const KIND: &str = "monitoring.coreos.com/PrometheusRule missing";

#[test]
fn a_kind_that_is_missing_is_told_once() {
    let config = config(2, "");
    let looks = vec![read(&[("x", 1), ("y", 1)]), FamilyLook::KindMissing];
    let subjects = measured(&config, |measure| {
        subjects::of(measure, &looked(looks)).unwrap()
    });
    assert!(subjects.detailed.is_empty());
    let [finding] = subjects.findings.as_slice() else {
        panic!("{:?}", subjects.findings);
    };
    assert_eq!(told(finding), KIND);
    assert_eq!(finding.presence, [Presence::Here, Presence::Absent]);
    let text = "b does not serve this kind, of which there are 2 elsewhere";
    assert_eq!(finding.text.as_deref(), Some(text));
}

#[test]
fn a_kind_is_missed_even_where_others_have_no_object_of_it() {
    let late = || FamilyLook::Gap(gap(Unknown::Timeout));
    for (looks, told) in [
        (
            vec![read(&[]), FamilyLook::KindMissing],
            vec![KIND.to_owned()],
        ),
        // Nobody knows whether the others serve it: the gap is told.
        (vec![late(), FamilyLook::KindMissing], Vec::new()),
        (
            vec![FamilyLook::NotAsked, FamilyLook::KindMissing],
            Vec::new(),
        ),
        (vec![read(&[]), FamilyLook::NotAsked], Vec::new()),
        (vec![read(&[]), read(&[])], Vec::new()),
    ] {
        let shown = format!("{looks:?}");
        assert_eq!(
            outcome(&config(2, ""), looks),
            (told, Vec::new()),
            "{shown}"
        );
    }
}

/// An empty list of what had so many objects.
fn emptied(gone: usize) -> FamilyLook {
    FamilyLook::Read(Census {
        gone,
        ..Census::default()
    })
}

#[test]
fn what_is_gone_everywhere_is_told_once() {
    let late = || FamilyLook::Gap(gap(Unknown::Timeout));
    let all = |had: &str| {
        Some(format!(
            "all 3 objects of monitoring.coreos.com/PrometheusRule are gone: {had}"
        ))
    };
    for (looks, text) in [
        (vec![emptied(3), FamilyLook::NotAsked], all("a had 3")),
        (vec![emptied(2), emptied(3)], all("a had 2, b had 3")),
        (vec![read(&[]), emptied(3)], all("b had 3")),
        (vec![emptied(3), late()], all("a had 3")),
        (vec![read(&[]), read(&[])], None),
        (vec![late(), late()], None),
    ] {
        let shown = format!("{looks:?}");
        let warned = empty_everywhere(&config(2, ""), &looked(looks.clone()));
        let subjects = measured(&config(2, ""), |measure| {
            subjects::of(measure, &looked(looks)).unwrap()
        });
        let found: Vec<_> = subjects.findings.iter().map(told).collect();
        let finding = subjects.findings.into_iter().next();
        assert_eq!(found, vec![KIND; usize::from(text.is_some())], "{shown}");
        assert!(text.is_none() || warned.is_empty(), "{warned:?}");
        assert_eq!(finding.and_then(|it| it.text), text, "{shown}");
    }
    // Where others still have them, each of them is missing.
    let (decided, rest) = outcome(&config(2, ""), vec![emptied(3), read(&[("x", 1)])]);
    assert_eq!((decided, rest), (Vec::new(), vec!["x".to_owned()]));
}

#[test]
fn who_is_not_to_have_the_objects_need_not_have_the_kind() {
    let only = |clusters: &str| {
        format!(
            "declared: {{only_in: [{{clusters: [{clusters}], objects: ['*/*/x'], reason: r}}]}}"
        )
    };
    let looks = || vec![read(&[("x", 1)]), FamilyLook::KindMissing];
    let explained = (vec!["x explained".to_owned()], Vec::new());
    assert_eq!(outcome(&config(2, &only("a")), looks()), explained);
    // Declared for the one that lacks the kind: missing there, and unexpected here.
    let (decided, _) = outcome(&config(2, &only("b")), looks());
    assert_eq!(decided, [KIND]);
    let looks = vec![read(&[("x", 1), ("y", 1)]), FamilyLook::KindMissing];
    let (decided, rest) = outcome(&config(2, &only("a")), looks);
    assert_eq!(decided, [KIND, "x explained"]);
    assert!(rest.is_empty());
}

#[test]
fn the_clusters_that_have_the_kind_are_compared_all_the_same() {
    let (decided, rest) = outcome(
        &config(3, ""),
        vec![
            read(&[("alone", 1), ("other", 1), ("same", 1)]),
            read(&[("other", 2), ("same", 1)]),
            FamilyLook::KindMissing,
        ],
    );
    assert_eq!(decided, [KIND, "same equal"]);
    assert_eq!(rest, ["other", "alone"]);
    let (decided, _) = outcome(
        &config(3, ""),
        vec![
            read(&[("x", 1)]),
            FamilyLook::Gap(gap(Unknown::Timeout)),
            FamilyLook::KindMissing,
        ],
    );
    assert_eq!(decided, [KIND, "x unknown timeout"]);
}

#[test]
fn a_family_that_is_empty_everywhere_is_told() {
    let late = || FamilyLook::Gap(gap(Unknown::Timeout));
    for (looks, warned) in [
        (vec![read(&[]), read(&[])], true),
        (vec![read(&[]), FamilyLook::NotAsked], true),
        (vec![read(&[]), read(&[("x", 1)])], false),
        // Of which nobody knows what it holds.
        (vec![read(&[]), read(&[("x", 0)])], false),
        (vec![read(&[]), late()], false),
        (vec![read(&[]), FamilyLook::KindMissing], false),
        (vec![FamilyLook::NotAsked, FamilyLook::NotAsked], false),
    ] {
        let shown = format!("{looks:?}");
        let warnings = empty_everywhere(&config(2, ""), &looked(looks));
        assert_eq!(warnings.len(), usize::from(warned), "{shown}");
        for warning in warnings {
            let begin = "`select` entry rules: no object of monitoring.coreos.com/PrometheusRule";
            assert!(warning.starts_with(begin), "{warning}");
        }
    }
}

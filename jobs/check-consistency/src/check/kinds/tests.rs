//! Kinds that one cluster, or none, has.

use super::served_nowhere;
use crate::check::subjects;
use crate::check::testing::{config, gap, looked, measured, read, told};
use crate::config::Config;
use crate::finding::{Presence, Unknown};
use crate::observe::FamilyLook;

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
fn where_nothing_is_of_a_kind_nobody_misses_it() {
    for looks in [
        vec![read(&[]), FamilyLook::KindMissing],
        vec![FamilyLook::KindMissing, FamilyLook::KindMissing],
    ] {
        let none = (Vec::new(), Vec::new());
        assert_eq!(outcome(&config(2, ""), looks), none);
    }
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
fn a_kind_that_no_cluster_serves_is_told() {
    let missing = || FamilyLook::KindMissing;
    for (looks, warned) in [
        (vec![missing(), missing()], true),
        (vec![missing(), FamilyLook::NotAsked], true),
        (vec![missing(), read(&[])], false),
        (
            vec![missing(), FamilyLook::Gap(gap(Unknown::Timeout))],
            false,
        ),
        (vec![FamilyLook::NotAsked, FamilyLook::NotAsked], false),
    ] {
        let shown = format!("{looks:?}");
        let warnings = served_nowhere(&config(2, ""), &looked(looks));
        assert_eq!(warnings.len(), usize::from(warned), "{shown}");
        for warning in warnings {
            assert!(
                warning.contains("PrometheusRule, which `rules` selects"),
                "{warning}"
            );
        }
    }
}

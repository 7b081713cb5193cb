//! Releases and their versions.

use super::compare;
use crate::check::testing::{config, gap, key, looked, seen};
use crate::finding::{Finding, Presence, Standing, Unknown};
use crate::observe::{Census, FamilyLook, Versions};

/// Objects of a release: name, chart and the application's version; empty for none.
fn release(instance: &str, objects: &[(&str, &str, &str)]) -> FamilyLook {
    let mut census = Census::default();
    for (name, chart, app) in objects {
        let mut seen = seen("x", 1);
        let label = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        seen.versions = Versions {
            chart: label(chart),
            app: label(app),
            instance: label(instance),
        };
        census.objects.insert(key(name), seen);
    }
    FamilyLook::Read(census)
}

fn of(objects: &[(&str, &str, &str)]) -> FamilyLook {
    release("main", objects)
}

fn found(looks: Vec<FamilyLook>) -> Vec<Finding> {
    compare(&config(looks.len(), ""), &looked(looks))
}

fn told(findings: &[Finding]) -> Vec<(String, Standing)> {
    let told = findings.iter();
    told.map(|it| (it.object.to_string(), it.standing))
        .collect()
}

fn main(standing: Standing) -> Vec<(String, Standing)> {
    vec![("Release main".to_owned(), standing)]
}

#[test]
fn a_release_is_told_once_by_what_is_different() {
    let objects = |chart| {
        [
            ("p", chart, "1.0"),
            ("q", chart, "1.0"),
            ("g", "grafana-6.1.2", ""),
        ]
    };
    let looks = vec![of(&objects("stack-45.1.0")), of(&objects("stack-45.2.0"))];
    let found = found(looks);
    assert_eq!(told(&found), main(Standing::Different));
    let text = "a: stack-45.1.0 version 1.0, b: stack-45.2.0 version 1.0 \
                (PrometheusRule monitoring/p and 1 more)";
    assert_eq!(found[0].text.as_deref(), Some(text));
}

#[test]
fn each_object_is_held_against_itself() {
    type Objects = [(&'static str, &'static str, &'static str)];
    let table: [(&Objects, &Objects, Standing); 7] = [
        // Two objects have changed places.
        (
            &[("p", "s-1.0.0", ""), ("q", "s-2.0.0", "")],
            &[("p", "s-2.0.0", ""), ("q", "s-1.0.0", "")],
            Standing::Different,
        ),
        // Another chart.
        (
            &[("p", "s-1.0.0", "")],
            &[("p", "t-1.0.0", "")],
            Standing::Different,
        ),
        // A label that only one cluster has.
        (
            &[("p", "s-1.0.0", "")],
            &[("p", "", "")],
            Standing::Different,
        ),
        (
            &[("p", "s-1.0.0", "1")],
            &[("p", "s-1.0.0", "")],
            Standing::Different,
        ),
        // The version of an application is no word of a chart.
        (&[("p", "x", "")], &[("p", "", "x")], Standing::Different),
        // An object that only one cluster has is the objects' business.
        (
            &[("p", "s-1.0.0", ""), ("q", "s-2.0.0", "")],
            &[("p", "s-1.0.0", "")],
            Standing::Equal,
        ),
        (
            &[("p", "s-1.0.0", ""), ("q", "", "")],
            &[("p", "s-1.0.0", ""), ("q", "", "")],
            Standing::Equal,
        ),
    ];
    for (one, other, standing) in table {
        let found = found(vec![of(one), of(other)]);
        assert_eq!(told(&found), main(standing), "{one:?} {other:?}");
    }
    assert_eq!(
        found(vec![
            of(&[("p", "s-1.0.0", "")]),
            of(&[("q", "s-2.0.0", "")])
        ]),
        []
    );
    assert_eq!(found(vec![of(&[("p", "", "")]), of(&[("p", "", "")])]), []);
}

#[test]
fn an_object_of_no_release_is_told_by_itself_and_one_that_left_its_release_with_it() {
    let of_none = |chart| release("", &[("p", chart, "")]);
    let found_of_none = found(vec![of_none("s-1.0.0"), of_none("s-2.0.0")]);
    let object = "PrometheusRule monitoring/p".to_owned();
    assert_eq!(told(&found_of_none), [(object, Standing::Different)]);
    let left = found(vec![of(&[("p", "s-1.0.0", "")]), of_none("")]);
    assert_eq!(told(&left), main(Standing::Different));
    let text = "a: s-1.0.0, b: no chart label (PrometheusRule monitoring/p)";
    assert_eq!(left[0].text.as_deref(), Some(text));
}

#[test]
fn a_text_is_bounded() {
    let charts: Vec<_> = (0..9)
        .map(|it| (format!("o{it}"), format!("s-{it}")))
        .collect();
    let objects = charts.iter().map(|(name, chart)| (&**name, &**chart, ""));
    let objects: Vec<_> = objects.collect();
    let others: Vec<_> = objects.iter().map(|(name, ..)| (*name, "t", "")).collect();
    let found = found(vec![of(&objects), of(&others)]);
    let text = found[0].text.as_deref().unwrap();
    assert_eq!(text.matches("PrometheusRule").count(), 3, "{text}");
    assert!(text.ends_with("; 6 more objects otherwise"), "{text}");
}

#[test]
fn of_a_cluster_that_was_read_in_part_only_what_it_says_is_known() {
    let unknown = Standing::Unknown(Unknown::Forbidden);
    let one = || of(&[("p", "s-1.0.0", ""), ("q", "s-1.0.0", "")]);
    let part = |look: FamilyLook| {
        let mut looked = looked(vec![one(), look]);
        looked[1]
            .census
            .push(FamilyLook::Gap(gap(Unknown::Forbidden)));
        told(&compare(&config(2, ""), &looked))
    };
    assert_eq!(part(one()), main(unknown));
    assert_eq!(part(of(&[("p", "s-1.0.0", "")])), main(unknown));
    assert_eq!(part(of(&[])), main(unknown));
    assert_eq!(part(of(&[("p", "s-2.0.0", "")])), main(Standing::Different));
}

#[test]
fn a_cluster_of_which_nothing_was_read_has_the_same_as_nobody() {
    let one = || of(&[("p", "s-1.0.0", "")]);
    let found = found(vec![one(), one(), FamilyLook::Gap(gap(Unknown::Timeout))]);
    assert_eq!(told(&found), main(Standing::Unknown(Unknown::Timeout)));
    assert_eq!(
        found[0].presence,
        [Presence::Here, Presence::Here, Presence::Unknown]
    );
}

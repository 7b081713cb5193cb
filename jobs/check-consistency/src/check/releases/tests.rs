//! Releases and their versions.

use super::{compare, name_of};
use crate::check::testing::{config, gap, key, looked, seen, told};
use crate::finding::{Finding, Unknown};
use crate::observe::{Census, FamilyLook, Versions};

/// Objects of the release `main`: their chart and application's version; empty for none.
fn of(objects: &[(&str, &str)]) -> FamilyLook {
    let mut census = Census::default();
    for (index, (chart, app)) in objects.iter().enumerate() {
        let mut seen = seen("x", 1);
        let label = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        seen.versions = Versions {
            chart: label(chart),
            app: label(app),
            instance: Some("main".to_owned()),
        };
        census.objects.insert(key(&index.to_string()), seen);
    }
    FamilyLook::Read(census)
}

fn found(looks: Vec<FamilyLook>) -> Vec<Finding> {
    compare(&config(looks.len(), ""), &looked(looks))
}

#[test]
fn a_release_is_told_once_by_what_is_different() {
    let looks = vec![
        of(&[
            ("stack-45.1.0", "1.0"),
            ("stack-45.1.0", "1.0"),
            ("grafana-6.1.2", ""),
        ]),
        of(&[("stack-45.2.0", "1.0"), ("grafana-6.1.2", "")]),
    ];
    let found = found(looks);
    assert_eq!(
        found.iter().map(told).collect::<Vec<_>>(),
        ["main different"]
    );
    let text = "a: stack-45.1.0, version 1.0; b: stack-45.2.0, version 1.0";
    assert_eq!(found[0].text.as_deref(), Some(text));
}

#[test]
fn charts_that_only_one_cluster_has_are_not_compared() {
    let one = of(&[("stack-45.1.0", ""), ("adapter-2.0.0", "")]);
    let looks = vec![one, of(&[("stack-45.1.0", "")])];
    let told: Vec<_> = found(looks).iter().map(told).collect();
    assert_eq!(told, ["main equal"]);
    assert!(found(vec![of(&[("a-1.0", "")]), of(&[("b-1.0", "")])]).is_empty());
    assert!(found(vec![of(&[("a-1.0", "")]), of(&[])]).is_empty());
}

#[test]
fn of_a_cluster_that_was_read_in_part_only_what_it_says_is_known() {
    let part = |look: FamilyLook| {
        let mut looked = looked(vec![
            of(&[("stack-45.1.0", ""), ("stack-45.0.0", "")]),
            look,
        ]);
        looked[1]
            .census
            .push(FamilyLook::Gap(gap(Unknown::Forbidden)));
        let found = compare(&config(2, ""), &looked);
        found.iter().map(told).collect::<Vec<_>>()
    };
    let unknown = ["main unknown forbidden"];
    assert_eq!(part(of(&[("stack-45.1.0", "")])), unknown);
    assert_eq!(
        part(of(&[("stack-45.1.0", ""), ("stack-45.0.0", "")])),
        unknown
    );
    assert_eq!(part(of(&[("stack-46.0.0", "")])), ["main different"]);
}

#[test]
fn a_chart_is_known_by_its_name_without_the_version() {
    for (chart, name) in [
        ("kube-prometheus-stack-45.25.0", "kube-prometheus-stack"),
        ("x-1.2.3-rc.1", "x"),
        ("k8s-2-tools-0.1.0", "k8s-2-tools"),
        ("plain", "plain"),
        ("x-", "x-"),
    ] {
        assert_eq!(name_of(chart), name);
    }
}

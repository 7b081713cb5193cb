//! What the lists decide, and what they leave to be read.

use super::{Subjects, all, notes, of};
use crate::check::testing::{config, gap, key, looked, measured, read, told};
use crate::config::Config;
use crate::finding::Unknown;
use crate::observe::{Collision, FamilyLook};

const A_ONLY: &str = "declared: {only_in: [{clusters: [a], objects: ['*/*/mine*'], reason: x}]}";

fn sorted(config: &Config, looks: Vec<FamilyLook>) -> Subjects {
    measured(config, |measure| of(measure, &looked(looks)).unwrap())
}

/// What was decided, and what is to be read or looked at again: `NAME read` or `NAME placed`.
fn outcome(config: &Config, looks: Vec<FamilyLook>) -> (Vec<String>, Vec<String>) {
    let subjects = sorted(config, looks);
    let detailed = subjects.detailed.iter().map(|it| {
        let how = if it.reading { "read" } else { "placed" };
        format!("{} {how}", it.object.name)
    });
    (
        subjects.findings.iter().map(told).collect(),
        detailed.collect(),
    )
}

#[track_caller]
fn check(config: &Config, looks: Vec<FamilyLook>, decided: &[&str], detailed: &[&str]) {
    let shown = format!("{looks:?}");
    let (findings, rest) = outcome(config, looks);
    assert_eq!(findings, decided, "{shown}");
    assert_eq!(rest, detailed, "{shown}");
}

#[test]
fn what_is_equal_everywhere_is_decided_and_what_differs_is_read() {
    check(
        &config(2, ""),
        vec![
            read(&[("same", 1), ("other", 1), ("rolling", 1)]),
            read(&[("same", 1), ("other", 2), ("rolling", 1)]),
        ],
        &["rolling equal", "same equal"],
        &["other read"],
    );
}

#[test]
fn what_is_in_the_wrong_place_is_looked_at_again_but_not_read() {
    check(
        &config(2, ""),
        vec![read(&[("here", 1), ("ending", 1)]), read(&[("ending", 1)])],
        &[],
        &["ending placed", "here placed"],
    );
}

#[test]
fn what_is_declared_for_one_cluster_is_explained_there_and_unexpected_elsewhere() {
    check(
        &config(2, A_ONLY),
        vec![
            read(&[("mine", 1), ("mine-too", 1)]),
            read(&[("mine-too", 1), ("mine-gone", 1)]),
        ],
        &["mine explained"],
        // Equal everywhere, and wrong all the same.
        &["mine-gone placed", "mine-too placed"],
    );
}

#[test]
fn what_has_to_differ_is_read_although_it_is_equal() {
    let distinct = "declared: {distinct: [{objects: ['*/*/x'], path: /spec/a, reason: r}]}";
    check(
        &config(2, distinct),
        vec![read(&[("x", 1), ("y", 1)]), read(&[("x", 1), ("y", 1)])],
        &["y equal"],
        &["x read"],
    );
}

#[test]
fn what_is_ignored_whole_is_neither_read_nor_missed() {
    let ignored =
        "declared: {ignore: [{objects: ['PrometheusRule/*/own-*'], whole: true, reason: r}]}";
    let config = config(2, ignored);
    let subjects = sorted(&config, vec![read(&[("own-a", 1)]), read(&[("own-b", 0)])]);
    let decided: Vec<_> = subjects.findings.iter().map(told).collect();
    assert_eq!(decided, ["own-a ignored", "own-b ignored"]);
    assert!(subjects.detailed.is_empty());
    assert_eq!(subjects.findings[0].rule.as_deref(), Some("ignore[1]"));
}

#[test]
fn a_rule_that_has_expired_ignores_nothing() {
    let over =
        "declared: {ignore: [{objects: ['*/*/x'], whole: true, reason: r, expires: 2026-11-28}]}";
    let looks = vec![read(&[("x", 1)]), read(&[])];
    check(&config(2, over), looks, &[], &["x placed"]);
    let today = over.replace("28", "29");
    let looks = vec![read(&[("x", 1)]), read(&[])];
    check(&config(2, &today), looks, &["x ignored"], &[]);
}

#[test]
fn of_a_cluster_that_could_not_be_looked_at_nobody_can_say_anything() {
    let away = || FamilyLook::Gap(gap(Unknown::Forbidden));
    check(
        &config(2, A_ONLY),
        vec![read(&[("mine", 1), ("x", 1)]), away()],
        &["mine unknown forbidden", "x unknown forbidden"],
        &[],
    );
    // Beside it, two that agree are not enough, and two that differ are.
    check(
        &config(3, ""),
        vec![
            read(&[("differs", 1), ("one", 1), ("same", 1)]),
            read(&[("differs", 2), ("same", 1)]),
            away(),
        ],
        &["same unknown forbidden"],
        &["differs read", "one placed"],
    );
    check(&config(2, ""), vec![away(), away()], &[], &[]);
}

#[test]
fn what_is_too_large_is_unknown_and_the_rest_is_not() {
    check(
        &config(2, ""),
        vec![read(&[("big", 1), ("x", 1)]), read(&[("big", 0), ("x", 1)])],
        &["big unknown too-large", "x equal"],
        &[],
    );
}

#[test]
fn more_than_the_limit_is_counted_and_what_a_rule_asks_about_comes_first() {
    let extra = "limits: {details: 2}\n\
                 declared: {distinct: [{objects: ['*/*/z'], path: /spec/a, reason: r}]}";
    let names = ["a", "b", "rolling", "z"];
    let side = |digest| {
        let of: Vec<_> = names.iter().map(|name| (*name, digest)).collect();
        read(&of)
    };
    let config = config(2, extra);
    let subjects = sorted(&config, vec![side(1), side(2)]);
    let detailed: Vec<_> = subjects
        .detailed
        .iter()
        .map(|it| it.object.name.as_str())
        .collect();
    assert_eq!(detailed, ["z", "a"]);
    assert_eq!(subjects.undetailed, 2);
    let decided: Vec<_> = subjects.findings.iter().map(told).collect();
    assert_eq!(decided, ["b different", "rolling unknown not-settled"]);
    let text = subjects.findings[0].text.as_deref();
    assert_eq!(text, Some("not read in full: 2 others were already"));
}

#[test]
fn beyond_the_limit_places_are_still_judged_by_the_rules() {
    let extra = format!("limits: {{details: 1}}\n{A_ONLY}");
    let looks = vec![
        read(&[("aa", 1), ("bb", 1), ("mine", 1), ("mine-b", 1)]),
        read(&[("aa", 2), ("bb", 2), ("mine-b", 2)]),
    ];
    check(
        &config(2, &extra),
        looks,
        &["mine explained", "bb different", "mine-b unexpected"],
        &["aa read"],
    );
}

#[test]
fn names_that_templates_make_one_are_refused() {
    let mut look = read(&[("x", 1)]);
    if let FamilyLook::Read(census) = &mut look {
        census.collisions.push(Collision {
            key: key("x-{{cluster}}"),
            names: ["x-1".to_owned(), "x-2".to_owned()],
        });
    }
    let config = config(2, "");
    let refused = measured(&config, |measure| {
        of(measure, &looked(vec![read(&[]), look])).unwrap_err()
    });
    assert_eq!(refused.code, "name-collision");
    assert_eq!(
        refused.text,
        "b: x-1 and x-2 are both compared as x-{{cluster}}"
    );
}

#[test]
fn who_looks_for_an_object_finds_it_wherever_it_is() {
    let looked = looked(vec![read(&[("x", 1)]), read(&[("y", 0)])]);
    let found = all(&config(2, ""), &looked);
    let names: Vec<_> = found.iter().map(|it| it.object.name.as_str()).collect();
    assert_eq!(names, ["x", "y"]);
    assert!(found.iter().all(|it| it.reading));
    assert_eq!(found[1].gaps, [None, Some(Unknown::TooLarge)]);
}

#[test]
fn of_many_notes_some_are_shown() {
    let many: Vec<_> = (0..22).map(|index| index.to_string()).collect();
    assert_eq!(notes(&many[..20]).len(), 20);
    let shown = notes(&many);
    assert_eq!(shown.len(), 21);
    assert_eq!(shown[20], "2 more notes of this sort");
}

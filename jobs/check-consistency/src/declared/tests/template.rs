use serde_json::json;

use super::{LABEL, PROMETHEUS, check, judged, labelled, template, today};
use crate::finding::Standing;

#[test]
fn a_template_says_what_each_cluster_has() {
    for (values, standing, fields) in [
        (
            vec![labelled("a"), labelled("b")],
            Standing::Explained,
            vec!["/spec/externalLabels/cluster value a | b (template)"],
        ),
        (
            vec![labelled("a"), labelled("b"), labelled("c")],
            Standing::Explained,
            vec!["/spec/externalLabels/cluster value a | b | c (template)"],
        ),
        // All the same: that is the fault.
        (
            vec![labelled("a"), labelled("a")],
            Standing::Different,
            vec!["/spec/externalLabels/cluster value a | a: template expects `b` in b"],
        ),
        (
            vec![labelled("a"), labelled("b"), labelled("b")],
            Standing::Different,
            vec!["/spec/externalLabels/cluster value a | b | b: template expects `c` in c"],
        ),
        (
            vec![labelled("b"), labelled("a")],
            Standing::Different,
            vec!["/spec/externalLabels/cluster value b | a: template expects `a` in a, `b` in b"],
        ),
        (
            vec![labelled("a"), json!({"spec": {"externalLabels": {}}})],
            Standing::Different,
            vec!["/spec/externalLabels/cluster presence a | absent: template expects `b` in b"],
        ),
        (
            vec![
                labelled("a"),
                json!({"spec": {"externalLabels": {"cluster": ["b"]}}}),
            ],
            Standing::Different,
            vec![r#"/spec/externalLabels/cluster type "a" | ["b"]: template expects `b` in b"#],
        ),
        // A difference only in the last line break is none elsewhere.
        (
            vec![labelled("a"), labelled("a\n")],
            Standing::Different,
            vec!["/spec/externalLabels/cluster value a | a\n: template expects `b` in b"],
        ),
    ] {
        for about in [PROMETHEUS, "Prometheus/monitoring/*"] {
            let rules = [template(about, LABEL, "{{cluster}}")];
            check(&values, &rules, standing, &fields, &[1]);
        }
    }
}

#[test]
fn a_template_that_does_not_fit_is_named() {
    let rules = [template(PROMETHEUS, LABEL, "{{cluster}}")];
    let judged = judged(&[labelled("a"), labelled("a")], &today(&rules));
    assert_eq!(judged.rule.as_deref(), Some("template"));
}

#[test]
fn a_field_that_is_nowhere_is_missed_only_by_a_rule_for_this_very_object() {
    let nowhere = [json!({"spec": {}}), json!({"spec": {}})];
    let missed = [
        "/spec/externalLabels/cluster presence absent | absent: template expects `a` in a, `b` in b",
    ];
    for (about, path, standing, fields, uses) in [
        (PROMETHEUS, LABEL, Standing::Different, &missed[..], [1]),
        ("Prometheus/monitoring/*", LABEL, Standing::Equal, &[], [0]),
        (PROMETHEUS, "/spec/*/cluster", Standing::Equal, &[], [0]),
        ("Other/monitoring/main", LABEL, Standing::Equal, &[], [0]),
    ] {
        let rules = [template(about, path, "{{cluster}}")];
        check(&nowhere, &rules, standing, fields, &uses);
    }
}

#[test]
fn a_template_holds_for_every_field_that_its_pattern_names() {
    let roles = |one: &str, two: &str| json!({"metadata": {"annotations": {"role/1": one, "role/2": two, "x": "y"}}});
    let rules = [template(
        PROMETHEUS,
        "/metadata/annotations/role*",
        "*.{{cluster}}.*",
    )];
    check(
        &[roles("1.a.x", "2.a.x"), roles("1.b.x", "2.c.x")],
        &rules,
        Standing::Different,
        &[
            "/metadata/annotations/role~11 value 1.a.x | 1.b.x (template)",
            "/metadata/annotations/role~12 value 2.a.x | 2.c.x: template expects `*.b.*` in b",
        ],
        &[2],
    );
}

use serde_json::json;

use super::{
    LABEL, PROMETHEUS, check, distinct, ignore, judged, judged_nodes, labelled, object, shown,
    template, today, vars,
};
use crate::compare::compare;
use crate::compare::tests::{leaf, list, node};
use crate::declared::{Rule, judge};
use crate::finding::{Presence, Standing, Unknown};
use crate::node::{Leaf, Meaning, Node};

#[test]
fn a_rule_is_used_once_for_a_field_however_often_one_looks() {
    let rules = [template(PROMETHEUS, LABEL, "{{cluster}}"), ignore("/x")];
    let rules = today(&rules);
    let with = |x: u8| json!({"x": x, "spec": {"externalLabels": {"cluster": "a"}}});
    for _ in 0..2 {
        judged(&[with(1), with(2)], &rules);
        assert_eq!(rules.uses(), [1, 1]);
    }
}

#[test]
fn a_rule_on_a_field_of_yesterday_is_not_applied() {
    let yesterday = |mut rule: Rule| {
        rule.expires = Some(jiff::civil::date(2026, 11, 28));
        [rule]
    };
    let different = ["/spec/externalLabels/cluster value a | b"];
    for rule in [
        ignore(LABEL),
        template(PROMETHEUS, LABEL, "{{cluster}}"),
        distinct(PROMETHEUS, LABEL),
    ] {
        let rules = yesterday(rule);
        check(
            &[labelled("a"), labelled("b")],
            &rules,
            Standing::Different,
            &different,
            &[0],
        );
        check(
            &[labelled("a"), labelled("a")],
            &rules,
            Standing::Equal,
            &[],
            &[0],
        );
        assert!(!today(&rules).wants(&object()));
    }
}

#[test]
fn of_two_rules_on_one_field_both_are_asked_and_the_first_explains() {
    let both = || {
        [
            template(PROMETHEUS, LABEL, "*{{cluster}}"),
            distinct(PROMETHEUS, LABEL),
        ]
    };
    let turned = || {
        let [one, other] = both();
        [other, one]
    };
    for (rules, values, standing, fields) in [
        (
            both(),
            [labelled("a"), labelled("b")],
            Standing::Explained,
            vec!["/spec/externalLabels/cluster value a | b (template)"],
        ),
        (
            turned(),
            [labelled("a"), labelled("b")],
            Standing::Explained,
            vec!["/spec/externalLabels/cluster value a | b (distinct)"],
        ),
        // The template is not what makes them differ; that they have to, the other rule says.
        (
            both(),
            [labelled("ab"), labelled("ab")],
            Standing::NotDistinct,
            vec![
                "/spec/externalLabels/cluster value ab | ab: template expects `*a` in a; distinct expects it to differ everywhere",
            ],
        ),
        // Distinct, but not what the template says: that counts whichever comes first.
        (
            both(),
            [labelled("x"), labelled("b")],
            Standing::Different,
            vec!["/spec/externalLabels/cluster value x | b: template expects `*a` in a"],
        ),
        (
            turned(),
            [labelled("x"), labelled("b")],
            Standing::Different,
            vec!["/spec/externalLabels/cluster value x | b: template expects `*a` in a"],
        ),
    ] {
        check(&values, &rules, standing, &fields, &[1, 1]);
    }
}

#[test]
fn blanks_alone_are_cosmetic() {
    let text = |script: &str, x: u8| json!({"script": script, "x": x});
    for (values, rules, standing) in [
        ([text("a\n", 1), text("a", 1)], vec![], Standing::Cosmetic),
        ([text("a\n", 1), text("a", 2)], vec![], Standing::Different),
        (
            [text("a\n", 1), text("a", 2)],
            vec![ignore("/x")],
            Standing::Explained,
        ),
        (
            [text("a\n", 1), text("a", 1)],
            vec![ignore("/script")],
            Standing::Explained,
        ),
    ] {
        let judged = judged(&values, &today(&rules));
        assert_eq!(judged.standing, standing, "{values:?} {rules:?}");
    }
}

#[test]
fn a_key_twice_is_unknown_unless_it_is_ignored() {
    let items = |names: &[&str]| {
        let items = names.iter().map(|name| json!({"name": name}));
        Node::Map([("l".to_owned(), list(items.collect(), false, true))].into())
    };
    let nodes = [items(&["a", "a"]), items(&["a", "b"])];
    let judged = judged_nodes(&nodes, &today(&[]));
    assert_eq!(judged.standing, Standing::Unknown(Unknown::DuplicateKey));
    assert_eq!(
        judged.text.as_deref(),
        Some("two items of `/l` have the same key")
    );
    let rules = [ignore("/l")];
    assert_eq!(
        judged_nodes(&nodes, &today(&rules)).standing,
        Standing::Explained
    );
}

#[test]
fn checksums_follow_from_what_is_explained_and_stay_beside_what_is_not() {
    let deployment = |sum: &str, x: u8| {
        let annotations = json!({"checksum/config": sum});
        json!({"spec": {"x": x, "template": {"metadata": {"annotations": annotations}}}})
    };
    let (one, other) = (deployment("1", 1), deployment("2", 1));
    let checksum = "/spec/template/metadata/annotations/checksum~1config value 1 | 2";
    let explained = format!("{checksum} (checksum)");
    // Alone it is the only trace of what differs.
    check(
        &[one.clone(), other],
        &[],
        Standing::Different,
        &[checksum],
        &[],
    );
    let drifted = [one, deployment("2", 2)];
    check(
        &drifted,
        &[],
        Standing::Different,
        &[checksum, "/spec/x value 1 | 2"],
        &[],
    );
    check(
        &drifted,
        &[ignore("/spec/x")],
        Standing::Explained,
        &[&explained, "/spec/x value 1 | 2 (ignore /spec/x)"],
        &[1],
    );
    // Elsewhere it is an annotation like any other.
    let own = |sum: &str| json!({"metadata": {"annotations": {"checksum/config": sum}}});
    check(
        &[own("1"), own("2")],
        &[],
        Standing::Different,
        &["/metadata/annotations/checksum~1config value 1 | 2"],
        &[],
    );
}

#[test]
fn nothing_is_consistent_while_a_cluster_is_unknown() {
    let sides = [labelled("a"), labelled("b")].map(node);
    let sides = [Some(&sides[0]), Some(&sides[1]), None];
    let presence = [Presence::Here, Presence::Here, Presence::Unknown];
    for (rules, standing) in [
        (
            vec![ignore(LABEL)],
            Standing::Unknown(Unknown::NotComparable),
        ),
        (
            vec![template(PROMETHEUS, LABEL, "{{cluster}}")],
            Standing::Unknown(Unknown::NotComparable),
        ),
        (vec![], Standing::Different),
    ] {
        let found = compare(&sides);
        let judged = judge(
            &object(),
            &presence,
            &sides,
            found,
            &today(&rules),
            &vars(3),
        );
        assert_eq!(judged.standing, standing, "{rules:?}");
    }
}

#[test]
fn a_rule_that_needs_details_is_never_taken_for_kept_without_them() {
    let presence = [Presence::Here; 2];
    for (rule, wanted, standing) in [
        (
            template("Prometheus/*/*", LABEL, "{{cluster}}"),
            true,
            Standing::Unknown(Unknown::RuleError),
        ),
        (
            distinct(PROMETHEUS, LABEL),
            true,
            Standing::Unknown(Unknown::RuleError),
        ),
        (distinct("Alertmanager/*/*", LABEL), false, Standing::Equal),
        (ignore(LABEL), false, Standing::Equal),
    ] {
        let rules = [rule];
        let rules = today(&rules);
        assert_eq!(rules.wants(&object()), wanted);
        let judged = judge(
            &object(),
            &presence,
            &[None, None],
            Vec::new(),
            &rules,
            &vars(2),
        );
        assert_eq!(judged.standing, standing, "{rules:?}");
    }
}

#[test]
fn what_is_known_about_a_scalar_is_said_beside_it() {
    let expression = |text: &str, note| {
        Node::Leaf(Leaf {
            note,
            ..leaf(Meaning::Expression(text.to_owned()), text)
                .as_leaf()
                .unwrap()
                .clone()
        })
    };
    let nodes = [
        expression("up", None),
        expression("up[", Some("not understood")),
    ];
    assert_eq!(
        shown(&judged_nodes(&nodes, &today(&[]))),
        [" value up | up[: not understood"]
    );
}

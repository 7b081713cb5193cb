use serde_json::{Value, json};

use super::{
    PROMETHEUS, distinct, ignore, judged, judged_nodes, object, shown, template, today, vars,
};
use crate::compare::tests::{leaf, list, node, secret};
use crate::declared::{Rule, What, at, judge};
use crate::finding::{Presence, Standing, Unknown};
use crate::node::{Leaf, Meaning, Node};
use crate::path::Pattern;

const LABEL: &str = "/spec/externalLabels/cluster";

fn labelled(cluster: &str) -> Value {
    json!({"spec": {"externalLabels": {"cluster": cluster}}})
}

fn check(values: &[Value], rules: &[Rule], standing: Standing, fields: &[&str], uses: &[usize]) {
    let rules = today(rules);
    let judged = judged(values, &rules);
    assert_eq!(judged.standing, standing, "{values:?}: {judged:?}");
    assert_eq!(shown(&judged), fields, "{values:?}");
    assert_eq!(rules.uses(), uses, "{values:?}");
}

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

#[test]
fn a_field_can_have_to_differ() {
    for (values, standing, fields) in [
        (
            vec![labelled("x"), labelled("y")],
            Standing::Explained,
            vec!["/spec/externalLabels/cluster value x | y (distinct)"],
        ),
        (
            vec![labelled("x"), labelled("y"), labelled("z")],
            Standing::Explained,
            vec!["/spec/externalLabels/cluster value x | y | z (distinct)"],
        ),
        (
            vec![labelled("x"), labelled("x")],
            Standing::NotDistinct,
            vec![],
        ),
        (
            vec![labelled("x"), labelled("y"), labelled("x")],
            Standing::NotDistinct,
            vec![
                "/spec/externalLabels/cluster value x | y | x: distinct expects it to differ everywhere",
            ],
        ),
        (
            vec![labelled("x"), json!({"spec": {"externalLabels": {}}})],
            Standing::Explained,
            vec!["/spec/externalLabels/cluster presence x | absent (distinct)"],
        ),
    ] {
        check(
            &values,
            &[distinct(PROMETHEUS, LABEL)],
            standing,
            &fields,
            &[1],
        );
    }
    // Below a field that has to differ, anything may.
    let deep = |x: u8, y: u8| json!({"a": {"x": x, "y": y}});
    check(
        &[deep(1, 1), deep(1, 2)],
        &[distinct(PROMETHEUS, "/a")],
        Standing::Explained,
        &["/a/y value 1 | 2 (distinct)"],
        &[1],
    );
}

#[test]
fn what_is_not_distinct_is_said_in_words() {
    let rules = [distinct(PROMETHEUS, LABEL)];
    let rules = today(&rules);
    let judged_twice = judged(&[labelled("x"), labelled("y"), labelled("x")], &rules);
    assert_eq!(
        judged_twice.text.as_deref(),
        Some(
            "`/spec/externalLabels/cluster` is the same in a and c, where distinct expects it to differ"
        )
    );
    assert_eq!(judged_twice.rule.as_deref(), Some("distinct"));
    for (about, standing) in [
        (PROMETHEUS, Standing::NotDistinct),
        ("Prometheus/*/*", Standing::Equal),
    ] {
        let rules = [distinct(about, LABEL)];
        let nowhere = judged(&[json!({}), json!({})], &today(&rules));
        assert_eq!(nowhere.standing, standing, "{about}");
    }
}

#[test]
fn secrets_can_have_to_differ_and_are_not_shown() {
    let root = |byte| Node::Map([("password".to_owned(), secret(byte))].into());
    let rules = [distinct(PROMETHEUS, "/password")];
    for (bytes, standing) in [
        ([1, 2], Standing::Explained),
        ([1, 1], Standing::NotDistinct),
    ] {
        let judged = judged_nodes(&bytes.map(root), &today(&rules));
        assert_eq!(judged.standing, standing);
        assert!(!format!("{judged:?}").contains("hunter2"), "{judged:?}");
    }
    let rules = [template(PROMETHEUS, "/password", "{{cluster}}")];
    let judged = judged_nodes(&[1, 1].map(root), &today(&rules));
    assert_eq!(
        shown(&judged),
        ["/password value secret 0 | secret 0: template expects `a` in a, `b` in b"]
    );
}

#[test]
fn a_field_can_be_left_out() {
    let one = json!({"metadata": {"labels": {"x": 1, "y": 1}}, "spec": [1, 2]});
    let other = json!({"metadata": {"labels": {"x": 2, "y": 2}}, "spec": [2, 1]});
    let all = [
        "/metadata/labels/x value 1 | 2",
        "/metadata/labels/y value 1 | 2",
        "/spec/0 value 1 | 2",
        "/spec/1 value 2 | 1",
    ];
    let with = |explained: &[(usize, &str)]| -> Vec<String> {
        let rule = |at| explained.iter().find(|(index, _)| *index == at);
        let line = |(at, line): (usize, &&str)| match rule(at) {
            Some((_, rule)) => format!("{line} (ignore {rule})"),
            None => (*line).to_owned(),
        };
        all.iter().enumerate().map(line).collect()
    };
    let (labels, x, spec) = ("/metadata/labels", "/metadata/labels/x", "/spec");
    for (rules, standing, explained, uses) in [
        (vec![], Standing::Different, vec![], vec![]),
        (
            vec![labels],
            Standing::Different,
            vec![(0, labels), (1, labels)],
            vec![2],
        ),
        (vec!["/other"], Standing::Different, vec![], vec![0]),
        (
            vec![labels, spec],
            Standing::Explained,
            vec![(0, labels), (1, labels), (2, spec), (3, spec)],
            vec![2, 2],
        ),
        // Two rules on one field: the first has it.
        (
            vec![x, labels, x],
            Standing::Different,
            vec![(0, x), (1, labels)],
            vec![1, 1, 0],
        ),
    ] {
        let rules: Vec<_> = rules.into_iter().map(ignore).collect();
        let lines = with(&explained);
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        check(
            &[one.clone(), other.clone()],
            &rules,
            standing,
            &lines,
            &uses,
        );
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
fn what_is_ignored_first_is_not_asked_for() {
    let wrong = [labelled("x"), labelled("x")];
    let [ignored, asked] = [
        ignore("/spec/externalLabels"),
        template(PROMETHEUS, LABEL, "{{cluster}}"),
    ];
    check(
        &wrong,
        &[ignored.clone(), asked.clone()],
        Standing::Equal,
        &[],
        &[0, 0],
    );
    check(
        &wrong,
        &[asked, ignored],
        Standing::Different,
        &["/spec/externalLabels/cluster value x | x: template expects `a` in a, `b` in b"],
        &[1, 0],
    );
}

#[test]
fn a_mapping_of_nothing_but_ignored_fields_is_explained() {
    let with = |annotations: Value| json!({"metadata": {"annotations": annotations}});
    let without = json!({"metadata": {}});
    let rules = [
        ignore("/metadata/annotations/alb.*"),
        ignore("/metadata/annotations/x"),
    ];
    for (annotations, explained, uses) in [
        (
            json!({"alb.y": 1}),
            Some("ignore /metadata/annotations/alb.*"),
            [1, 0],
        ),
        (
            json!({"alb.y": 1, "x": {"z": 1}}),
            Some("ignore /metadata/annotations/alb.*"),
            [1, 1],
        ),
        (
            json!({"x": 1}),
            Some("ignore /metadata/annotations/x"),
            [0, 1],
        ),
        (json!({"alb.y": 1, "other": 1}), None, [0, 0]),
        (json!({}), None, [0, 0]),
    ] {
        let rules = today(&rules);
        let judged = judged(&[with(annotations.clone()), without.clone()], &rules);
        assert_eq!(judged.fields[0].rule.as_deref(), explained, "{annotations}");
        assert_eq!(judged.standing == Standing::Explained, explained.is_some());
        assert_eq!(rules.uses(), uses, "{annotations}");
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
    check(
        &[one.clone(), other],
        &[],
        Standing::Explained,
        &[&explained],
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
        let found = crate::compare::compare(&sides);
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

#[test]
fn fields_are_found_by_patterns() {
    let named = vec![json!({"name": "a", "x": 1}), json!({"name": "b", "x": 2})];
    let root = Node::Map(
        [
            ("named".to_owned(), list(named, true, true)),
            ("plain".to_owned(), node(json!([{"x": 3}, {"y": 4}]))),
            (
                "text".to_owned(),
                crate::compare::tests::document(json!({"x": 5}), "x: 5"),
            ),
        ]
        .into(),
    );
    for (pattern, expected) in [
        ("/named[name=b]/x", vec!["/named[name=b]/x"]),
        ("/named[*]/x", vec!["/named[name=a]/x", "/named[name=b]/x"]),
        (
            "/*/*/x",
            vec!["/named[name=a]/x", "/named[name=b]/x", "/plain/0/x"],
        ),
        ("/plain/1/y", vec!["/plain/1/y"]),
        ("/text#/x", vec!["/text#/x"]),
        ("/text/x", vec![]),
        ("/none", vec![]),
        ("", vec![""]),
    ] {
        let found = at(&root, &Pattern::parse(pattern).unwrap());
        let paths: Vec<_> = found.iter().map(|(path, _)| path.to_string()).collect();
        assert_eq!(paths, expected, "{pattern}");
        for (path, node) in found {
            assert_eq!(crate::declared::lookup::at_path(&root, &path), Some(node));
        }
    }
}

#[test]
fn rules_are_told_on_one_line() {
    let same_secret = |path: Option<&str>| {
        let what = What::SameSecret {
            namespace: "monitoring".to_owned(),
            name: "mail".to_owned(),
            key: "x.yaml".to_owned(),
            path: path.map(super::pattern),
        };
        super::rule(path.unwrap_or("whole text"), what)
    };
    let rules = [
        super::only_in(&[0, 1]),
        template(PROMETHEUS, LABEL, "{{cluster}}"),
        distinct(PROMETHEUS, LABEL),
        same_secret(Some("/global/password")),
        same_secret(None),
        ignore(LABEL),
        super::ignore_whole(),
    ];
    let uses = today(&rules);
    uses.count(&rules[3]);
    uses.count(&rules[3]);
    // What is not about Secrets is counted where it is applied.
    uses.count(&rules[2]);
    let table = uses.table(&vars(2));
    let lines: Vec<_> = table
        .iter()
        .map(|it| (it.summary.as_str(), it.used))
        .collect();
    assert_eq!(
        lines,
        [
            ("Prometheus/monitoring/main only in a and b", 0),
            (
                "`/spec/externalLabels/cluster` of Prometheus/monitoring/main is `{{cluster}}`",
                0
            ),
            (
                "`/spec/externalLabels/cluster` of Prometheus/monitoring/main is different in every cluster",
                0
            ),
            (
                "`/global/password` in `x.yaml` of Secret monitoring/mail is the same everywhere",
                1
            ),
            (
                "`x.yaml` of Secret monitoring/mail is the same everywhere",
                0
            ),
            (
                "`/spec/externalLabels/cluster` of Prometheus/*/* is not compared",
                0
            ),
            ("Prometheus/*/*: not compared", 0),
        ]
    );
}

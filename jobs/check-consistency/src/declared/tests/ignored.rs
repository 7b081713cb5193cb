use serde_json::{Value, json};

use super::{LABEL, PROMETHEUS, check, ignore, judged, labelled, template, today};
use crate::finding::Standing;

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

use serde_json::json;

use super::{
    LABEL, PROMETHEUS, check, distinct, judged, judged_nodes, labelled, shown, template, today,
};
use crate::compare::tests::secret;
use crate::finding::Standing;
use crate::node::Node;

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

mod laws;
mod lists;

use serde_json::{Value, json};

use super::compare;
use crate::difference::{Difference, Side};
use crate::node::{Item, Leaf, List, Meaning, Node};

/// A scalar.
pub(crate) fn leaf(meaning: Meaning, text: &str) -> Node {
    Node::Leaf(Leaf {
        meaning,
        text: text.to_owned(),
        note: None,
    })
}

/// A secret; equal bytes are equal secrets.
pub(crate) fn secret(byte: u8) -> Node {
    leaf(Meaning::Secret([byte; 32]), "hunter2")
}

/// A document.
pub(crate) fn document(root: Value, text: &str) -> Node {
    Node::Document {
        root: Box::new(node(root)),
        text: text.to_owned(),
    }
}

/// A list whose items are known by their `name`, if they have one.
pub(crate) fn list(items: Vec<Value>, ordered: bool, keyed: bool) -> Node {
    let item = |item: Value| {
        let name = item.get("name").and_then(Value::as_str);
        Item {
            key: name.map(|name| vec![("name".to_owned(), name.to_owned())]),
            node: node(item),
        }
    };
    Node::List(List {
        items: items.into_iter().map(item).collect(),
        ordered,
        keyed,
    })
}

/// Plain texts, numbers and so on; lists are ordered.
pub(crate) fn node(value: Value) -> Node {
    match value {
        Value::Null => leaf(Meaning::Null, "null"),
        Value::Bool(value) => leaf(Meaning::Bool(value), &value.to_string()),
        Value::Number(number) => {
            let text = number.to_string();
            leaf(Meaning::Number(text.clone()), &text)
        }
        Value::String(text) => leaf(Meaning::Text(text.clone()), &text),
        Value::Array(items) => list(items, true, false),
        Value::Object(map) => {
            Node::Map(map.into_iter().map(|(name, it)| (name, node(it))).collect())
        }
    }
}

/// One line for each difference: `PATH CLASS SIDE | SIDE`.
pub(crate) fn lines(differences: &[Difference]) -> Vec<String> {
    let side = |side: &Side| match side {
        Side::NoObject => "-".to_owned(),
        Side::Absent => "absent".to_owned(),
        Side::Shown(text) => text.clone(),
        Side::Hidden { group } => format!("secret {group}"),
    };
    let line = |it: &Difference| {
        let sides: Vec<_> = it.sides.iter().map(side).collect();
        format!("{} {} {}", it.path, it.class.word(), sides.join(" | "))
    };
    differences.iter().map(line).collect()
}

fn between(nodes: &[Node]) -> Vec<String> {
    let sides: Vec<_> = nodes.iter().map(Some).collect();
    lines(&compare(&sides))
}

fn between_values(values: &[Value]) -> Vec<String> {
    let nodes: Vec<_> = values.iter().cloned().map(node).collect();
    between(&nodes)
}

#[test]
fn each_class_is_told_by_its_own() {
    for (values, expected) in [
        (vec![json!({"a": 1}), json!({"a": 1})], vec![]),
        (
            vec![json!({"a": 1}), json!({"a": 2})],
            vec!["/a value 1 | 2"],
        ),
        (
            vec![json!({"a": 80}), json!({"a": "80"})],
            vec![r#"/a type 80 | "80""#],
        ),
        (
            vec![json!({"a": "x"}), json!({"a": {"b": 1}})],
            vec![r#"/a type "x" | {"b":1}"#],
        ),
        (
            vec![json!({"a": null}), json!({"a": "x"})],
            vec![r#"/a type null | "x""#],
        ),
        (
            vec![json!({"a": [1]}), json!({"a": {}})],
            vec!["/a type [1] | {}"],
        ),
        (
            vec![json!({"a": {"b": [1, "x"]}}), json!({})],
            vec![r#"/a presence {"b":[1,"x"]} | absent"#],
        ),
        (
            vec![json!({"a": 1, "c": 1}), json!({"b": 1, "c": 2})],
            vec![
                "/a presence 1 | absent",
                "/b presence absent | 1",
                "/c value 1 | 2",
            ],
        ),
        (
            vec![json!({"a": "x\ny"}), json!({"a": "x  \ny\n"})],
            vec!["/a cosmetic x\ny | x  \ny\n"],
        ),
        (
            vec![json!({"a": "x"}), json!({"a": "x\n"})],
            vec!["/a cosmetic x | x\n"],
        ),
        (
            vec![json!({"a": "x"}), json!({"a": "x "})],
            vec!["/a value x | x "],
        ),
        (
            vec![json!({"a": "x\n"}), json!({"a": "x\u{a0}\n"})],
            vec!["/a value x\n | x\u{a0}\n"],
        ),
        (
            vec![json!({"a": "x\ny"}), json!({"a": "x\ny \n\n"})],
            vec!["/a cosmetic x\ny | x\ny \n\n"],
        ),
        (
            vec![json!({"a": "x\r\ny"}), json!({"a": "x\ny"})],
            vec!["/a value x\r\ny | x\ny"],
        ),
        (
            vec![json!({"a": "x\r\n"}), json!({"a": "x\n"})],
            vec!["/a value x\r\n | x\n"],
        ),
        (
            vec![json!({"a": "x\n"}), json!({"a": " x\n"})],
            vec!["/a value x\n |  x\n"],
        ),
        (
            vec![json!({"a": "x\ny"}), json!({"a": "x\n\ny"})],
            vec!["/a value x\ny | x\n\ny"],
        ),
    ] {
        assert_eq!(between_values(&values), expected, "{values:?}");
    }
}

#[test]
fn three_clusters_are_compared_at_once() {
    for (values, expected) in [
        (vec![json!(1), json!(2), json!(1)], " value 1 | 2 | 1"),
        (
            vec![json!("a"), json!("a\n"), json!("b")],
            " value a | a\n | b",
        ),
        (
            vec![json!({"a": 1}), json!({}), json!({"a": 2})],
            "/a presence 1 | absent | 2",
        ),
        (
            vec![json!(1), json!("1"), json!([])],
            r#" type 1 | "1" | []"#,
        ),
    ] {
        assert_eq!(between_values(&values), [expected], "{values:?}");
    }
}

#[test]
fn an_object_that_is_not_there_is_not_compared() {
    let (one, two) = (node(json!({"a": 1})), node(json!({"a": 2, "b": [1]})));
    assert_eq!(
        lines(&compare(&[Some(&one), None, Some(&two)])),
        ["/a value 1 | - | 2", "/b presence absent | - | [1]"]
    );
    assert_eq!(compare(&[None, Some(&two)]), []);
    assert_eq!(compare(&[None, None]), []);
    assert_eq!(compare(&[]), []);
}

#[test]
fn what_means_the_same_is_equal_and_shown_alike() {
    let minute = |text| leaf(Meaning::Milliseconds(60_000), text);
    let hour = leaf(Meaning::Milliseconds(3_600_000), "1h");
    assert_eq!(between(&[minute("60s"), minute("1m")]), [""; 0]);
    assert_eq!(
        between(&[minute("60s"), minute("1m"), hour]),
        [" value 60s | 60s | 1h"]
    );
}

#[test]
fn what_means_something_else_is_never_shown_alike() {
    let schedule = |zone: &str| leaf(Meaning::Schedule(format!("at three, {zone}")), "0 3 * * *");
    assert_eq!(
        between(&[schedule("UTC"), schedule("Europe/Berlin")]),
        [" value 0 3 * * * | 0 3 * * * (at three, Europe/Berlin)"]
    );
    let with = |byte| Node::Map([("password".to_owned(), secret(byte))].into());
    let maps =
        |node: Option<Node>| Node::Map(node.into_iter().map(|it| ("a".to_owned(), it)).collect());
    assert_eq!(
        between(&[maps(Some(with(1))), maps(Some(with(2))), maps(None)]),
        [
            r#"/a presence {"password":"(secret)"} | {"password":"(secret)"} (not the same) | absent"#
        ]
    );
}

#[test]
fn a_bare_word_is_shown_as_it_stood() {
    let bare = |text: &str| leaf(Meaning::Number(text.to_owned()), text);
    let text = node(json!("yes"));
    assert_eq!(
        between(&[bare("yes"), text, node(json!(true))]),
        [r#" type yes | "yes" | true"#]
    );
    assert_eq!(
        between(&[bare("010"), node(json!("010"))]),
        [r#" type 010 | "010""#]
    );
}

#[test]
fn secrets_are_told_apart_and_never_shown() {
    let found = compare(&[Some(&secret(1)), Some(&secret(2)), None, Some(&secret(1))]);
    assert_eq!(lines(&found), [" value secret 0 | secret 1 | - | secret 0"]);
    assert_eq!(compare(&[Some(&secret(1)), Some(&secret(1))]), []);
    let map = |node: Node| Node::Map([("a".to_owned(), node)].into());
    for (one, other) in [
        (map(secret(1)), node(json!({}))),
        (map(map(secret(1))), node(json!({}))),
        (map(secret(1)), node(json!({"a": null}))),
        (map(secret(1)), node(json!({"a": [1]}))),
    ] {
        let found = compare(&[Some(&one), Some(&other)]);
        assert_eq!(found.len(), 1);
        assert!(!format!("{found:?}").contains("hunter2"), "{found:?}");
    }
}

#[test]
fn documents_are_compared_and_their_texts_are_not() {
    let map = |node: Node| Node::Map([("x.yaml".to_owned(), node)].into());
    let one = map(document(
        json!({"route": {"wait": "30s"}}),
        "route: {wait: 30s}",
    ));
    let respelled = map(document(
        json!({"route": {"wait": "30s"}}),
        "route:\n  wait: 30s\n",
    ));
    let changed = map(document(
        json!({"route": {"wait": "31s"}}),
        "route: {wait: 31s}",
    ));
    assert_eq!(between(&[one.clone(), respelled.clone()]), [""; 0]);
    assert_eq!(
        between(&[one.clone(), respelled, changed]),
        ["/x.yaml#/route/wait value 30s | 30s | 31s"]
    );
    assert_eq!(
        between(&[one.clone(), node(json!({"x.yaml": "route: {"}))]),
        [r#"/x.yaml invalid-document {"route":{"wait":"30s"}} | route: {"#]
    );
    assert_eq!(
        between(&[one, node(json!({"x.yaml": 1}))]),
        [r#"/x.yaml type {"route":{"wait":"30s"}} | 1"#]
    );
}

//! What is true of every object.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{RULE, normal_of, rendered, same, without_texts};
use crate::secret::Hider;

/// Any JSON without nulls, which are the same as nothing.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z :/@=-]{0,12}".prop_map(Value::from),
        "\\PC{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,6}|password|labels|env|name", inner, 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    prop::collection::btree_map("[a-z]{1,6}", value(), 1..5)
        .prop_map(|fields| json!({"spec": fields.into_iter().collect::<Map<_, _>>()}))
}

/// The same with the fields of every mapping turned around.
fn turned(value: &Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .rev()
                .map(|(name, value)| (name.clone(), turned(value)))
                .collect(),
        ),
        Value::Array(items) => items.iter().map(turned).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

/// The same with its n-th leaf changed; none when it has no so many.
fn changed(value: &Value, at: &mut usize) -> Option<Value> {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                if let Some(inner) = changed(inner, at) {
                    let mut fields = fields.clone();
                    fields.insert(name.clone(), inner);
                    return Some(Value::Object(fields));
                }
            }
            None
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                if let Some(inner) = changed(inner, at) {
                    let mut items = items.clone();
                    items[index] = inner;
                    return Some(Value::Array(items));
                }
            }
            None
        }
        leaf if *at == 0 => Some(match leaf {
            Value::Bool(value) => json!(!value),
            Value::Number(number) => json!(number.as_i64()? + 1),
            Value::String(text) => json!(format!("{text}x")),
            Value::Null | Value::Array(_) | Value::Object(_) => json!("x"),
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            *at -= 1;
            None
        }
    }
}

/// The same as YAML in blocks. Lists stand right below their key or to the right of it, and what an item
/// holds behind its dash or below it.
fn block(value: &Value, indent: usize, right: bool, out: &mut String) {
    let blanks = " ".repeat(indent);
    let is_block = |value: &Value| match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    match value {
        Value::Object(fields) if is_block(value) => {
            for (name, value) in fields {
                write!(out, "{blanks}{name}:").unwrap();
                if is_block(value) {
                    out.push('\n');
                    let deeper = if value.is_array() && !right { 0 } else { 2 };
                    block(value, indent + deeper, right, out);
                } else {
                    writeln!(out, " {value}").unwrap();
                }
            }
        }
        Value::Array(items) if is_block(value) => {
            for value in items {
                let mut inner = String::new();
                block(value, indent + 2, right, &mut inner);
                if is_block(value) && right {
                    write!(out, "{blanks}-\n{inner}").unwrap();
                } else {
                    write!(out, "{blanks}- {}", inner.trim_start()).unwrap();
                }
            }
        }
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => writeln!(out, "{blanks}{value}").unwrap(),
    }
}

proptest! {
    #[test]
    fn the_order_of_fields_and_blanks_never_count(object in object()) {
        prop_assert!(same("x.io/Y", &object, &turned(&object)));
        let text = serde_json::to_string_pretty(&object).unwrap();
        prop_assert!(same("x.io/Y", &object, &serde_json::from_str(&text).unwrap()));
        let file = |name: &str, text: String| json!({"data": {name: text}});
        let compact = object.to_string();
        prop_assert!(same("ConfigMap", &file("a.json", compact.clone()), &file("a.json", text.clone())));
        prop_assert!(same("ConfigMap", &file("a.json", compact), &file("a.json", turned(&object).to_string())));
        prop_assert!(same("ConfigMap", &file("a.yaml", text), &file("a.yaml", turned(&object).to_string())));
    }

    #[test]
    fn blocks_and_brackets_are_the_same(object in object(), right in any::<bool>(), twice in 1..4_usize) {
        let object = json!({"many": vec![object; twice]});
        let mut text = String::new();
        block(&object, 0, right, &mut text);
        let file = |text: String| json!({"data": {"a.yaml": text}});
        let (blocks, brackets) = (file(text), file(object.to_string()));
        prop_assert!(same("ConfigMap", &blocks, &brackets), "{}", blocks["data"]["a.yaml"]);
        prop_assert_eq!(super::normal("ConfigMap", &blocks).notes, Vec::<String>::new());
    }

    #[test]
    fn a_changed_leaf_always_counts(object in object(), at in 0_usize..12) {
        if let Some(other) = changed(&object, &mut at.clone()) {
            prop_assert!(!same("x.io/Y", &object, &other), "{} {}", object, other);
            let file = |value: &Value| json!({"data": {"a.json": value.to_string()}});
            prop_assert!(!same("ConfigMap", &file(&object), &file(&other)));
            let file = |value: &Value| json!({"data": {"a.yaml": value.to_string()}});
            prop_assert!(!same("ConfigMap", &file(&object), &file(&other)));
        }
    }

    #[test]
    fn an_object_is_always_equal_to_itself(object in object()) {
        let hider = Hider::new().unwrap();
        for kind in ["x.io/Y", "Secret", "apps/Deployment", RULE] {
            let root = || normal_of(kind, &object, &hider).root;
            prop_assert_eq!(without_texts(root()), without_texts(root()));
        }
    }

    #[test]
    fn what_is_rendered_has_no_control_characters(text in any::<String>(), name in any::<String>()) {
        let shown = rendered("x.io/Y", &json!({"spec": {name: [text]}}));
        prop_assert!(!shown.chars().any(|c| c != '\n' && c.is_control()), "{:?}", shown);
    }

    #[test]
    fn no_value_of_a_secret_is_ever_shown(text in "[a-zA-Z0-9]{8,20}", key in "[a-z]{1,5}(\\.yaml|\\.json)?") {
        let wrapped = format!("{{\"a\": \"{text}\"}}");
        for value in [&text, &wrapped] {
            let normal = super::normal("Secret", &json!({"stringData": {&key: value}}));
            let shown = format!("{normal:?} {}", super::render(&normal.root));
            prop_assert!(!shown.contains(&text), "{}", shown);
        }
    }
}

//! What holds for every value.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{digest_of_spec, key, outline, read};

/// A small world, so that equal values come up too.
fn values() -> impl Strategy<Value = Value> {
    let leaves = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        (-2..3_i64).prop_map(Value::from),
        prop_oneof![Just(0.5), Just(1.0), Just(1e300)].prop_map(Value::from),
        prop_oneof![
            Just(""),
            Just("1"),
            Just("a"),
            Just("true"),
            Just("é\"\\/\n\u{1f600}")
        ]
        .prop_map(Value::from),
    ];
    leaves.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[ab]{0,2}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// The same value in another spelling: other order of fields, blanks, and escapes.
fn spelt(value: &Value, dice: &mut impl FnMut(usize) -> usize) -> String {
    let blank = [" ", "", "\n", "\t\r"][dice(4)];
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => format!("{blank}{value}"),
        Value::String(text) => format!("{blank}{}", quoted(text, dice)),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| spelt(item, dice)).collect();
            format!("{blank}[{}{blank}]", items.join(&format!("{blank},")))
        }
        Value::Object(map) => {
            let mut fields: Vec<_> = map.iter().collect();
            for last in (1..fields.len()).rev() {
                fields.swap(last, dice(last + 1));
            }
            let fields: Vec<_> = fields
                .into_iter()
                .map(|(name, value)| {
                    format!("{}{blank}:{}", quoted(name, dice), spelt(value, dice))
                })
                .collect();
            format!("{{{blank}{}}}{blank}", fields.join(","))
        }
    }
}

fn quoted(text: &str, dice: &mut impl FnMut(usize) -> usize) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        if dice(2) == 0 {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}").unwrap();
            }
        } else {
            out += serde_json::to_string(&c).unwrap().trim_matches('"');
            if c == '"' {
                out.push('"');
            }
        }
    }
    out + "\""
}

fn dice(mut seed: u64) -> impl FnMut(usize) -> usize {
    move |sides| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap() % sides
    }
}

/// Every value that differs from `value` by one change somewhere in it.
fn changed(value: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    match value {
        Value::Null => all.extend([json!({}), json!([]), json!(""), json!(false), json!(0)]),
        Value::Bool(truth) => all.extend([json!(!truth), json!(truth.to_string()), json!(null)]),
        Value::Number(number) => {
            all.extend([json!(number.to_string()), json!(77), json!([number])]);
        }
        Value::String(text) => {
            all.extend([json!(format!("{text} ")), json!(null), json!([text])]);
        }
        Value::Array(items) => {
            all.push(json!([items]));
            all.push(Value::Array([items.as_slice(), &[json!(null)]].concat()));
            for (index, item) in items.iter().enumerate() {
                let mut without = items.clone();
                without.remove(index);
                all.push(Value::Array(without));
                for other in changed(item) {
                    let mut items = items.clone();
                    items[index] = other;
                    all.push(Value::Array(items));
                }
                if index > 0 && items[index - 1] != *item {
                    let mut items = items.clone();
                    items.swap(index - 1, index);
                    all.push(Value::Array(items));
                }
            }
        }
        Value::Object(map) => {
            all.push(with(map, "added", json!(null)));
            for (name, value) in map {
                let mut without = map.clone();
                without.shift_remove(name);
                all.push(Value::Object(without.clone()));
                all.push(with(&without, &format!("{name}x"), value.clone()));
                all.push(with(&without, "moved", json!({ name: value })));
                all.extend(
                    changed(value)
                        .into_iter()
                        .map(|value| with(map, name, value)),
                );
            }
        }
    }
    all
}

fn with(map: &Map<String, Value>, name: &str, value: Value) -> Value {
    let mut map = map.clone();
    map.insert(name.to_owned(), value);
    Value::Object(map)
}

proptest! {
    #[test]
    fn the_spelling_of_an_object_never_changes_its_digest(spec in values(), seed: u64) {
        let object = json!({
            "apiVersion": "v1", "kind": "X", "spec": spec,
            "metadata": {"name": "x", "labels": {"a": "b"}, "annotations": {"c": "d", "e": ""}},
        });
        let text = spelt(&object, &mut dice(seed));
        prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), object.clone());
        prop_assert_eq!(outline(key(), &text).unwrap(), read(&object));
    }

    #[test]
    fn any_one_change_changes_the_digest(spec in values()) {
        let digest = digest_of_spec(&spec);
        for other in changed(&spec) {
            prop_assert!(digest != digest_of_spec(&other), "{} and {}", spec, other);
        }
    }

    #[test]
    fn two_values_have_the_same_digest_exactly_when_they_are_equal(a in values(), b in values()) {
        prop_assert_eq!(digest_of_spec(&a) == digest_of_spec(&b), a == b, "{} and {}", a, b);
    }
}

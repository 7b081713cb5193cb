//! What holds for any schema and any object.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::Schema;
use super::of;

/// Few names, so that schemas and objects meet.
fn name() -> impl Strategy<Value = String> {
    "[a-d]"
}

/// A schema in the words of a definition.
fn schema() -> impl Strategy<Value = Value> {
    let list = prop_oneof![
        Just(None),
        Just(Some(json!("atomic"))),
        Just(Some(json!("set")))
    ];
    let leaf = (prop::option::of(0..3), any::<bool>()).prop_map(|(default, nullable)| {
        let mut leaf = json!({ "type": "integer", "nullable": nullable });
        if let Some(default) = default {
            leaf["default"] = json!(default);
        }
        leaf
    });
    leaf.prop_recursive(4, 24, 4, move |inner| {
        let object = (
            prop::collection::btree_map(name(), inner.clone(), 0..4),
            // As servers demand, a default has only fields that there are.
            prop::option::of(prop::bool::ANY),
        );
        prop_oneof![
            3 => object.prop_map(|(properties, default)| {
                let mut object = json!({ "type": "object", "properties": properties });
                if default.is_some() {
                    object["default"] = json!({});
                }
                object
            }),
            1 => (inner.clone(), list.clone()).prop_map(|(items, list)| {
                let mut array = json!({ "type": "array", "items": items });
                if let Some(list) = list {
                    array["x-kubernetes-list-type"] = list;
                }
                array
            }),
            1 => inner.prop_map(|values| json!({ "type": "object", "additionalProperties": values })),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![Just(Value::Null), (0..5).prop_map(Value::from)];
    let any = leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            3 => prop::collection::btree_map(name(), inner.clone(), 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
            1 => prop::collection::vec(inner, 0..3).prop_map(Value::Array),
        ]
    });
    prop::collection::btree_map(name(), any, 0..4)
        .prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>()))
}

/// The same schema before some of its defaults were thought of.
fn older(mut schema: Value, forget: &mut impl Iterator<Item = bool>) -> Value {
    if forget.next() == Some(true)
        && let Some(map) = schema.as_object_mut()
    {
        map.remove("default");
    }
    for part in ["items", "additionalProperties"] {
        if let Some(inner) = schema.get_mut(part) {
            *inner = older(inner.take(), forget);
        }
    }
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        for inner in properties.values_mut() {
            *inner = older(inner.take(), forget);
        }
    }
    schema
}

fn filled(schema: &Schema, object: &Value) -> Value {
    let mut object = object.clone();
    schema.fill(&mut object);
    object
}

proptest! {
    #[test]
    fn what_is_filled_has_nothing_more_to_fill(schema in schema(), object in object()) {
        let schema = of(&schema);
        let once = filled(&schema, &object);
        prop_assert_eq!(filled(&schema, &once), once);
    }

    #[test]
    fn a_union_does_not_depend_on_the_order(a in schema(), b in schema(), c in schema()) {
        let (a, b, c) = (of(&a), of(&b), of(&c));
        prop_assert_eq!(a.union(&b), b.union(&a));
        prop_assert_eq!(a.union(&b).union(&c), a.union(&b.union(&c)));
        prop_assert_eq!(&a.union(&a), &a);
    }

    #[test]
    fn what_an_older_server_stored_is_filled_up_to_what_a_newer_one_stores(
        newer in schema(),
        forget in prop::collection::vec(any::<bool>(), 24),
        object in object(),
    ) {
        let old = of(&older(newer.clone(), &mut forget.into_iter()));
        let new = of(&newer);
        let both = old.union(&new);
        prop_assert_eq!(filled(&both, &filled(&old, &object)), filled(&new, &object));
        prop_assert_eq!(filled(&both, &filled(&new, &object)), filled(&new, &object));
    }
}

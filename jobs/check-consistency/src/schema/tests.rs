//! Made-up definitions; what a real server fills in is for the scenarios to see.

mod laws;
mod open_api;

use serde_json::{Value, json};

use super::{ListType, Schema};

/// A definition with one version, `v1`, of this schema.
fn of(schema: &Value) -> Schema {
    let definition = json!({ "spec": { "versions": [
        { "name": "v0" },
        { "name": "v1", "schema": { "openAPIV3Schema": schema } },
    ] } });
    Schema::of_definition(&definition, "v1").unwrap()
}

/// An object with these properties.
fn object(properties: &Value) -> Value {
    json!({ "type": "object", "properties": properties })
}

fn filled(schema: &Schema, mut value: Value) -> Value {
    schema.fill(&mut value);
    value
}

/// What a `ServiceMonitor` looks like, cut down.
fn monitor() -> Schema {
    of(&object(&json!({
        "metadata": { "type": "object" },
        "spec": object(&json!({
            "endpoints": { "type": "array", "items": object(&json!({
                "port": { "type": "string" },
                "relabelings": { "type": "array", "items": object(&json!({
                    "action": { "type": "string", "default": "replace" },
                })) },
                "authorization": object(&json!({
                    "type": { "type": "string", "default": "Bearer" },
                    "credentials": object(&json!({
                        "name": { "type": "string", "default": "" },
                    })),
                })),
            })) },
            "limits": {
                "type": "object", "default": { "soft": 1 },
                "properties": {
                    "hard": { "type": "integer", "default": 9 },
                    "soft": { "type": "integer", "default": 5 },
                },
            },
            "pools": {
                "type": "object",
                "additionalProperties": object(&json!({
                    "size": { "type": "integer", "default": 3 },
                })),
            },
        })),
        "status": object(&json!({ "phase": { "type": "string", "default": "New" } })),
    })))
}

#[test]
fn defaults_are_filled_in_where_what_they_belong_to_is_there() {
    let table = [
        // The parent is not there.
        (json!({}), json!({})),
        (
            json!({ "spec": { "endpoints": [{ "port": "web" }] } }),
            json!({ "spec": { "endpoints": [{ "port": "web" }], "limits": { "soft": 1, "hard": 9 } } }),
        ),
        // Items of items.
        (
            json!({ "spec": { "limits": {}, "endpoints": [{ "relabelings": [{}, { "action": "drop" }] }] } }),
            json!({ "spec": { "limits": { "hard": 9, "soft": 5 }, "endpoints": [
                { "relabelings": [{ "action": "replace" }, { "action": "drop" }] },
            ] } }),
        ),
        // Values under any keys, and a default in an object that is there, but not in one that is not.
        (
            json!({ "spec": { "limits": { "soft": 2, "hard": 2 }, "pools": { "a": {}, "b": { "size": 4 } },
                "endpoints": [{ "authorization": {} }] } }),
            json!({ "spec": { "limits": { "soft": 2, "hard": 2 },
                "pools": { "a": { "size": 3 }, "b": { "size": 4 } },
                "endpoints": [{ "authorization": { "type": "Bearer" } }] } }),
        ),
        // A null stands for nothing, a wrong type is left to the server to refuse.
        (
            json!({ "spec": { "limits": null, "pools": 7, "endpoints": {} } }),
            json!({ "spec": { "limits": { "soft": 1, "hard": 9 }, "pools": 7, "endpoints": {} } }),
        ),
        (
            json!({ "status": {}, "spec": { "limits": {} } }),
            json!({ "status": {}, "spec": { "limits": { "hard": 9, "soft": 5 } } }),
        ),
    ];
    for (object, expected) in table {
        assert_eq!(filled(&monitor(), object.clone()), expected, "{object}");
    }
}

#[test]
fn a_null_stays_where_the_schema_allows_it() {
    let field = |nullable| json!({ "type": "string", "default": "x", "nullable": nullable });
    let schema = of(&object(
        &json!({ "may": field(true), "must_not": field(false) }),
    ));
    let object = json!({ "may": null, "must_not": null });
    assert_eq!(
        filled(&schema, object),
        json!({ "may": null, "must_not": "x" })
    );
}

#[test]
fn a_version_that_a_definition_does_not_have_has_no_schema() {
    let definition = json!({ "spec": { "versions": [
        { "name": "v1", "schema": { "openAPIV3Schema": {} } }, { "name": "v2" },
    ] } });
    assert_eq!(
        Schema::of_definition(&definition, "v1"),
        Some(Schema::default())
    );
    for version in ["v2", "v3"] {
        assert_eq!(
            Schema::of_definition(&definition, version),
            None,
            "{version}"
        );
    }
    assert_eq!(Schema::of_definition(&json!({}), "v1"), None);
}

#[test]
fn only_defaults_and_lists_are_kept() {
    let schema = of(&object(&json!({
        "spec": { "type": "object", "description": "long", "required": ["a"], "properties": {
            "a": { "type": "string", "pattern": "^x$" },
            "b": { "type": "array", "items": { "type": "string" }, "x-kubernetes-list-type": "set" },
        } },
    })));
    assert_eq!(schema.fields.len(), 1);
    let spec = schema.field("spec").unwrap();
    assert_eq!(spec.fields.len(), 1);
    assert_eq!(schema.list_type(&["spec", "b"]), Some(&ListType::Set));
}

#[test]
fn lists_are_compared_as_they_are_declared_and_nothing_is_made_up() {
    let list = |kind: &str| json!({ "type": "array", "x-kubernetes-list-type": kind });
    let mut keyed = list("map");
    keyed["x-kubernetes-list-map-keys"] = json!(["port", "name"]);
    keyed["items"] = object(&json!({ "rules": { "type": "array" }, "set": list("set") }));
    let schema = of(&object(&json!({
        "groups": keyed, "atomic": list("atomic"), "new": list("tree"), "keyless": list("map"),
        "values": { "type": "object", "additionalProperties": list("set") },
    })));
    let keys = ListType::Map(vec!["name".to_owned(), "port".to_owned()]);
    let table: [(&[&str], _); 9] = [
        (&["groups"], Some(&keys)),
        (&["groups", "*", "rules"], None),
        (&["groups", "*", "set"], Some(&ListType::Set)),
        (&["atomic"], Some(&ListType::Atomic)),
        (&["new"], None),
        (&["keyless"], None),
        (&["values", "*"], Some(&ListType::Set)),
        (&["values", "any"], Some(&ListType::Set)),
        (&[], None),
    ];
    for (path, expected) in table {
        assert_eq!(schema.list_type(path), expected, "{path:?}");
    }
}

#[test]
fn a_union_fills_what_one_of_them_knows_and_nothing_that_they_dispute() {
    let with = |properties: Value| of(&object(&json!({ "spec": object(&properties) })));
    let old = with(json!({ "a": { "default": 1 }, "c": { "default": "x" } }));
    let new =
        with(json!({ "a": { "default": 2 }, "b": { "default": true }, "c": { "default": "x" } }));
    let both = old.union(&new);
    assert_eq!(
        filled(&both, json!({ "spec": {} })),
        json!({ "spec": { "b": true, "c": "x" } })
    );
    // A third that takes one's side does not settle it.
    assert_eq!(
        filled(&both.union(&old), json!({ "spec": {} })),
        json!({ "spec": { "b": true, "c": "x" } })
    );
}

#[test]
fn lists_that_are_told_apart_in_different_ways_are_compared_in_the_strictest() {
    let list = |kind: &str, keys: Value| {
        of(&object(&json!({ "l": {
            "type": "array", "x-kubernetes-list-type": kind, "x-kubernetes-list-map-keys": keys,
        } })))
    };
    let none = Schema::default();
    let set = list("set", json!([]));
    let atomic = list("atomic", json!([]));
    let (a, b) = (list("map", json!(["a"])), list("map", json!(["b"])));
    let table = [
        (&none, &set, ListType::Set),
        (&a, &a, ListType::Map(vec!["a".to_owned()])),
        (&a, &b, ListType::Atomic),
        (&set, &a, ListType::Atomic),
        (&atomic, &set, ListType::Atomic),
    ];
    for (one, other, expected) in table {
        assert_eq!(one.union(other).list_type(&["l"]), Some(&expected));
        assert_eq!(other.union(one).list_type(&["l"]), Some(&expected));
    }
}

#[test]
fn a_servers_own_default_is_known_at_its_place_and_within_the_default_of_what_it_is_in() {
    let schema = monitor();
    let table: [(&[&str], _); 7] = [
        (
            &["spec", "endpoints", "*", "relabelings", "*", "action"],
            Some(json!("replace")),
        ),
        (&["spec", "limits"], Some(json!({ "soft": 1, "hard": 9 }))),
        (&["spec", "limits", "hard"], Some(json!(9))),
        (&["spec", "pools", "a", "size"], Some(json!(3))),
        (&["spec", "endpoints", "*", "port"], None),
        (&["spec", "nowhere"], None),
        (&[], None),
    ];
    for (path, expected) in table {
        assert_eq!(schema.default_at(path), expected, "{path:?}");
    }
    let within = of(&object(&json!({
        "p": { "type": "object", "default": { "a": 1 }, "properties": {
            "a": { "type": "integer" }, "l": { "type": "array", "x-kubernetes-list-type": "set" },
        } },
    })));
    assert_eq!(within.default_at(&["p", "l"]), None);
    let disputed = monitor().union(&of(&object(&json!({
        "spec": object(&json!({ "limits": { "type": "object", "default": {} } })),
    }))));
    assert_eq!(disputed.default_at(&["spec", "limits"]), None);
    assert_eq!(
        disputed.default_at(&["spec", "limits", "hard"]),
        Some(json!(9))
    );
}

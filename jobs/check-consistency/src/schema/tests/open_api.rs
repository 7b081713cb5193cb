//! Documents as API servers publish them for the kinds that they know themselves.

use serde_json::{Value, json};

use super::super::{ListType, Schema};
use super::filled;

fn document() -> Value {
    let reference = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    let all_of =
        |name: &str, default: Value| json!({ "allOf": [reference(name)], "default": default });
    json!({ "components": { "schemas": {
        "Deployment": {
            "type": "object",
            "x-kubernetes-group-version-kind": [
                { "group": "extensions", "version": "v1beta1", "kind": "Deployment" },
                { "group": "apps", "version": "v1", "kind": "Deployment" },
            ],
            "properties": {
                "metadata": all_of("ObjectMeta", json!({})),
                "spec": all_of("PodSpec", json!({})),
                "status": all_of("PodSpec", json!({})),
            },
        },
        "ObjectMeta": { "type": "object", "properties": {
            "creationTimestamp": all_of("Time", json!({})),
            "finalizers": { "type": "array", "x-kubernetes-list-type": "set",
                "items": { "type": "string", "default": "" } },
        } },
        "Time": { "type": "string", "format": "date-time" },
        "Quantity": { "oneOf": [{ "type": "string" }, { "type": "number" }] },
        "PodSpec": { "type": "object", "properties": {
            "restartPolicy": { "type": "string", "default": "Always" },
            "containers": {
                "type": "array", "items": all_of("Container", json!({})),
                "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
            },
        } },
        "Container": { "type": "object", "properties": {
            "protocol": { "type": "string", "default": "TCP" },
            "limits": { "type": "object", "additionalProperties": all_of("Quantity", json!({})) },
            "size": all_of("Quantity", json!({})),
            "init": reference("Container"),
        } },
        "Loop": {
            "x-kubernetes-group-version-kind": [{ "group": "", "version": "v1", "kind": "Loop" }],
            "allOf": [reference("Loop"), reference("Container"), reference("Nowhere")],
        },
    } } })
}

#[test]
fn references_are_followed_and_status_is_not() {
    let schema = Schema::of_open_api(&document(), "apps", "v1", "Deployment").unwrap();
    let keys = ListType::Map(vec!["name".to_owned()]);
    assert_eq!(schema.list_type(&["spec", "containers"]), Some(&keys));
    assert_eq!(
        schema.list_type(&["metadata", "finalizers"]),
        Some(&ListType::Set)
    );
    assert_eq!(schema.list_type(&["status", "containers"]), None);
    assert_eq!(
        filled(
            &schema,
            json!({ "spec": { "containers": [{ "init": {} }] } })
        ),
        json!({ "metadata": {}, "spec": {
            "restartPolicy": "Always",
            // A schema within itself is read once.
            "containers": [{ "protocol": "TCP", "init": {} }],
        } })
    );
}

#[test]
fn the_empty_map_that_documents_give_to_times_and_quantities_is_no_default() {
    let schema = Schema::of_open_api(&document(), "apps", "v1", "Deployment").unwrap();
    let paths: [&[&str]; 3] = [
        &["metadata", "creationTimestamp"],
        &["spec", "containers", "*", "size"],
        &["spec", "containers", "*", "limits", "*"],
    ];
    for path in paths {
        assert_eq!(schema.default_at(path), None, "{path:?}");
    }
    assert_eq!(
        schema.default_at(&["metadata"]),
        Some(json!({})),
        "an object's is one"
    );
}

#[test]
fn a_schema_that_refers_to_itself_and_to_nowhere_is_read_all_the_same() {
    let schema = Schema::of_open_api(&document(), "", "v1", "Loop").unwrap();
    assert_eq!(filled(&schema, json!({})), json!({ "protocol": "TCP" }));
}

#[test]
fn a_kind_that_a_document_does_not_describe_has_no_schema() {
    for (group, version, kind) in [
        ("apps", "v2", "Deployment"),
        ("batch", "v1", "Deployment"),
        ("apps", "v1", "PodSpec"),
    ] {
        let schema = Schema::of_open_api(&document(), group, version, kind);
        assert_eq!(schema, None, "{group}/{version} {kind}");
    }
    assert_eq!(Schema::of_open_api(&json!({}), "", "v1", "Pod"), None);
}

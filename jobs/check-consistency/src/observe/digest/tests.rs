mod laws;

use serde_json::{Value, json};
use siphasher::sip128::SipHasher24;

use super::{Digest, DigestKey, Outline, Owner, Versions, outline};
use crate::normalise::normalise;
use crate::object::Kind;
use crate::secret::Hider;

fn key() -> DigestKey {
    DigestKey(SipHasher24::new_with_keys(7, 11))
}

fn read(object: &Value) -> Outline {
    outline(key(), &object.to_string()).unwrap()
}

fn digest_of_spec(spec: &Value) -> Digest {
    read(&json!({"metadata": {"name": "x"}, "spec": spec})).digest
}

#[test]
fn values_of_different_types_never_look_alike() {
    let values = [
        json!(null),
        json!(false),
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(0.5),
        json!(""),
        json!("0"),
        json!("1"),
        json!("true"),
        json!("null"),
        json!([]),
        json!({}),
        json!([[]]),
        json!([{}]),
        json!([null]),
        json!({"": null}),
        json!({"": {}}),
        json!(u64::MAX),
        json!(i64::MIN),
    ];
    for (index, a) in values.iter().enumerate() {
        for b in &values[..index] {
            assert_ne!(digest_of_spec(a), digest_of_spec(b), "{a} and {b}");
        }
    }
}

#[test]
fn another_key_makes_another_digest() {
    let text = r#"{"metadata": {"name": "x"}}"#;
    let other = DigestKey(SipHasher24::new_with_keys(7, 12));
    assert_ne!(
        outline(key(), text).unwrap().digest,
        outline(other, text).unwrap().digest
    );
    // Within the process it is one and the same.
    assert_eq!(
        outline(DigestKey::of_process(), text).unwrap().digest,
        outline(DigestKey::of_process(), text).unwrap().digest
    );
}

fn metadata(fields: &Value) -> Value {
    let mut metadata = json!({"name": "x", "labels": {"app": "y"}});
    metadata
        .as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    json!({"metadata": metadata, "data": {"a": "b"}})
}

#[test]
fn what_is_the_servers_or_a_tools_never_changes_the_digest() {
    let plain = metadata(&json!({}));
    let table = [
        metadata(&json!({"uid": "u"})),
        metadata(&json!({"resourceVersion": "12"})),
        metadata(&json!({"creationTimestamp": null})),
        metadata(&json!({"creationTimestamp": "2026-01-02T03:04:05Z"})),
        metadata(&json!({"generation": 3})),
        metadata(&json!({"managedFields": [{"manager": "x", "fieldsV1": {"f:data": {}}}]})),
        metadata(&json!({"selfLink": "/api"})),
        metadata(&json!({"deletionGracePeriodSeconds": 30})),
        metadata(&json!({"name": "another", "namespace": "elsewhere"})),
        metadata(&json!({"annotations": null})),
        metadata(&json!({"annotations": {}})),
        metadata(&json!({"annotations": {
            "kubectl.kubernetes.io/last-applied-configuration": "{}",
            "deployment.kubernetes.io/revision": "4",
            "meta.helm.sh/release-name": "r",
            "meta.helm.sh/release-namespace": "n",
            "prometheus-operator-validated": "true",
            "control-plane.alpha.kubernetes.io/leader": "{}",
            "kubectl.kubernetes.io/restartedAt": "now",
            "deprecated.daemonset.template.generation": "1",
        }})),
        metadata(&json!({"ownerReferences": []})),
        metadata(&json!({"labels": {
            "app": "y", "helm.sh/chart": "c-1", "chart": "c", "heritage": "Helm",
            "app.kubernetes.io/version": "1",
        }})),
        json!({"metadata": {"name": "x", "labels": {"app": "y"}}, "data": {"a": "b"},
            "status": {"observedGeneration": 4, "conditions": [{"type": "Ready"}]}}),
        json!({"metadata": {"name": "x", "labels": {"app": "y"}}, "data": {"a": "b"},
            "status": "a word"}),
        json!({"metadata": {"name": "x", "labels": {"app": "y"}}, "data": {"a": "b"},
            "apiVersion": "v2", "kind": "Y"}),
    ];
    let (kind, hider) = (Kind::new("", "ConfigMap"), Hider::new().unwrap());
    let in_full = |object: &Value| normalise(&kind, object, &(), &hider).root;
    for object in table {
        assert_eq!(read(&object).digest, read(&plain).digest, "{object}");
        // What is left out here must not be what the comparison in full would find.
        assert_eq!(in_full(&object), in_full(&plain), "{object}");
    }
}

#[test]
fn what_is_compared_in_metadata_and_status_changes_the_digest() {
    let owner = |controller| {
        json!({"ownerReferences": [
            {"apiVersion": "v1", "kind": "K", "name": "n", "uid": "u", "controller": controller},
        ]})
    };
    let table = [
        metadata(&json!({})),
        metadata(&json!({"labels": {"app": "z"}})),
        metadata(&json!({"labels": {"app": "y", "release": "r"}})),
        metadata(&json!({"labels": null})),
        metadata(&json!({"annotations": {"app": "y"}})),
        metadata(&json!({"annotations": {"heritage": "y"}})),
        metadata(&json!({"finalizers": ["f"]})),
        metadata(&json!({"deletionTimestamp": "2026-01-02T03:04:05Z"})),
        metadata(&json!({"generateName": "x"})),
        metadata(&owner(true)),
        metadata(&owner(false)),
        // The server's fields are its own only where it writes them.
        json!({"metadata": {"name": "x", "labels": {"app": "y"}}, "data": {"a": "b", "uid": "u"}}),
        json!({"metadata": {"name": "x", "labels": {"app": "y"}}, "data": {"a": "b", "status": {}}}),
        json!({"metadata": {"name": "x", "labels": {"app": "y"}}, "data": {"a": "b"},
            "status": {"storedVersions": ["v1"]}}),
        json!({"metadata": {"name": "x", "labels": {"app": "y"}}, "data": {"a": "b"},
            "status": {"storedVersions": ["v1", "v2"]}}),
    ];
    for (index, a) in table.iter().enumerate() {
        for b in &table[..index] {
            assert_ne!(read(a).digest, read(b).digest, "{a} and {b}");
        }
    }
}

#[test]
fn an_owners_uid_is_another_one_in_each_cluster_and_is_not_compared() {
    let owned = |uid| {
        read(&metadata(&json!({"ownerReferences": [
            {"apiVersion": "v1", "kind": "K", "name": "n", "uid": uid},
        ]})))
    };
    assert_eq!(owned("a"), owned("b"));
}

#[test]
fn the_facts_are_gathered_wherever_they_stand() {
    let object = json!({
        "status": {"replicas": 1, "observedGeneration": 4},
        "spec": {"metadata": {"name": "template", "deletionTimestamp": "x"}},
        "metadata": {
            "generation": 5, "name": "web", "namespace": "monitoring", "resourceVersion": "77",
            "deletionTimestamp": "2026-01-02T03:04:05Z",
            "labels": {
                "release": "second", "app.kubernetes.io/instance": "first",
                "chart": "old-1", "helm.sh/chart": "new-2", "app.kubernetes.io/version": "v3",
            },
            "ownerReferences": [
                {"apiVersion": "v1", "kind": "K", "name": "n", "uid": "u"},
                {"apiVersion": "batch/v1", "kind": "CronJob", "name": "n", "uid": "u", "controller": true},
            ],
        },
    });
    let outline = read(&object);
    assert_eq!(
        outline,
        Outline {
            name: "web".to_owned(),
            namespace: Some("monitoring".to_owned()),
            digest: outline.digest,
            terminating: true,
            rolling: true,
            owner: Owner::CronJob,
            resource_version: "77".to_owned(),
            versions: Versions {
                chart: Some("new-2".to_owned()),
                app: Some("v3".to_owned()),
                instance: Some("first".to_owned()),
            },
        }
    );
}

#[test]
fn an_object_that_says_little_has_few_facts() {
    let bare = read(&json!({"metadata": {"name": "x", "deletionTimestamp": null}}));
    assert!(!bare.terminating && !bare.rolling);
    assert_eq!(bare.owner, Owner::Nobody);
    assert_eq!(bare.namespace, None);
    assert_eq!(bare.versions, Versions::default());
    let old = read(&metadata(
        &json!({"labels": {"chart": "c-1", "release": "r"}}),
    ));
    assert_eq!(old.versions.chart.as_deref(), Some("c-1"));
    assert_eq!(old.versions.instance.as_deref(), Some("r"));
}

#[test]
fn a_rollout_is_under_way_only_while_less_is_observed_than_was_written() {
    let table = [
        (
            json!({"generation": 2}),
            json!({"observedGeneration": 1}),
            true,
        ),
        (
            json!({"generation": 2}),
            json!({"observedGeneration": 2}),
            false,
        ),
        (
            json!({"generation": 2}),
            json!({"observedGeneration": null}),
            false,
        ),
        (
            json!({"generation": 2}),
            json!({"observedGeneration": "1"}),
            false,
        ),
        (json!({"generation": 2}), json!(null), false),
        (json!({}), json!({"observedGeneration": 1}), false),
    ];
    for (metadata, status, rolling) in table {
        let mut object = json!({"metadata": metadata, "status": status});
        object["metadata"]["name"] = json!("x");
        assert_eq!(read(&object).rolling, rolling, "{object}");
    }
}

#[test]
fn what_is_no_object_is_an_error() {
    let deep = format!(
        r#"{{"metadata": {{"name": "x"}}, "spec": {}{}}}"#,
        "[".repeat(200),
        "]".repeat(200)
    );
    let table = [
        "",
        "{",
        "[]",
        "null",
        "{}",
        r#"{"metadata": {}}"#,
        r#"{"metadata": {"name": ""}}"#,
        r#"{"metadata": {"name": 3}}"#,
        r#"{"metadata": "x"}"#,
        r#"{"metadata": {"name": "x"}} {}"#,
        &deep,
    ];
    for text in table {
        assert!(outline(key(), text).is_err(), "{text}");
    }
}

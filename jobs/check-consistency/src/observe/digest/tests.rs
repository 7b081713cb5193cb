use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use siphasher::sip128::SipHasher24;

use super::{Digest, DigestKey, Outline, Owner, Versions, outline};

fn key() -> DigestKey {
    DigestKey(SipHasher24::new_with_keys(7, 11))
}

fn read(object: &Value) -> Outline {
    outline(key(), &object.to_string()).unwrap()
}

fn digest_of_spec(spec: &Value) -> Digest {
    read(&json!({"metadata": {"name": "x"}, "spec": spec})).digest
}

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
    let plain = read(&metadata(&json!({}))).digest;
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
    for object in table {
        assert_eq!(read(&object).digest, plain, "{object}");
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

use std::collections::BTreeMap;

use common::cluster::Access;
use serde_json::json;

use super::{Census, Collision, Item, Key, is_never_compared};
use crate::config::{ClusterConfig, Family};
use crate::object::Kind;
use crate::observe::digest::{DigestKey, outline};
use crate::observe::names::Names;

fn names(patterns: &[&str], templates: &[&str]) -> Names {
    let family = Family {
        id: "x".to_owned(),
        kind: Kind::new("", "Service"),
        namespaces: vec!["monitoring".to_owned()],
        labels: String::new(),
        names: patterns.iter().map(ToString::to_string).collect(),
        name_templates: templates.iter().map(ToString::to_string).collect(),
        clusters: vec![0],
        owned: false,
    };
    let cluster = ClusterConfig {
        name: "prod-e1-1".parse().unwrap(),
        access: Access::InCluster,
        vars: BTreeMap::new(),
    };
    Names::new(&family, &cluster)
}

fn item(name: &str, controlled: bool) -> Item {
    let object = json!({"metadata": {
        "name": name, "namespace": "monitoring", "resourceVersion": "5",
        "ownerReferences": [{"kind": "K", "name": "n", "controller": controlled}],
    }});
    Item::Read(outline(DigestKey::of_process(), &object.to_string()).unwrap())
}

fn key(name: &str) -> Key {
    Key {
        namespace: Some("monitoring".to_owned()),
        name: name.to_owned(),
    }
}

fn census(items: Vec<Item>, names: &Names) -> Census {
    let mut census = Census::default();
    for item in items {
        census.add(item, names);
    }
    census
}

#[test]
fn a_census_has_what_the_family_includes_under_the_names_that_are_compared() {
    let census = census(
        vec![
            item("web-prod-e1-1", false),
            item("web-b", false),
            item("other", false),
            item("web-owned", true),
        ],
        &names(&["web-*"], &["web-{{cluster}}"]),
    );
    let keys: Vec<_> = census.objects.keys().cloned().collect();
    assert_eq!(keys, [key("web-b"), key("web-{{cluster}}")]);
    let seen = &census.objects[&key("web-{{cluster}}")];
    assert_eq!(seen.name, "web-prod-e1-1");
    assert_eq!(seen.resource_version, "5");
    assert!(census.too_large.is_empty() && census.collisions.is_empty());
}

#[test]
fn objects_that_a_template_does_not_tell_apart_are_a_collision() {
    let census = census(
        vec![item("web-b", false), item("web-a", false)],
        &names(&[], &["web-*"]),
    );
    let collision = Collision {
        key: key("web-*"),
        names: ["web-a".to_owned(), "web-b".to_owned()],
    };
    assert_eq!(census.collisions, [collision]);
    assert_eq!(census.objects.len(), 1);
}

#[test]
fn of_an_object_beyond_the_limits_only_its_name_is_known() {
    let large = |name: &str| Item::TooLarge {
        namespace: Some("monitoring".to_owned()),
        name: name.to_owned(),
    };
    let names = names(&["web-*"], &["web-{{cluster}}"]);
    let census = census(vec![large("web-prod-e1-1"), large("other")], &names);
    let own = "web-prod-e1-1".to_owned();
    assert_eq!(census.too_large, [(key("web-{{cluster}}"), own)].into());
    assert!(census.objects.is_empty() && !census.is_empty());
}

#[test]
fn an_object_beyond_the_limits_collides_like_any_other() {
    let large = |name: &str| Item::TooLarge {
        namespace: Some("monitoring".to_owned()),
        name: name.to_owned(),
    };
    let collision = Collision {
        key: key("web-*"),
        names: ["web-a".to_owned(), "web-b".to_owned()],
    };
    for (items, objects, too_large) in [
        (vec![large("web-b"), large("web-a")], 0, 1),
        (vec![large("web-b"), item("web-a", false)], 0, 1),
        (vec![item("web-b", false), large("web-a")], 1, 0),
    ] {
        let census = census(items, &names(&[], &["web-*"]));
        assert_eq!(census.collisions, std::slice::from_ref(&collision));
        let kept = (census.objects.len(), census.too_large.len());
        assert_eq!(kept, (objects, too_large));
    }
}

#[test]
fn what_controllers_make_and_what_is_secret_is_never_compared() {
    let table = [
        ("", "Pod", true),
        ("", "Secret", true),
        ("", "Event", true),
        ("", "Endpoints", true),
        ("apps", "ReplicaSet", true),
        ("apps", "ControllerRevision", true),
        ("coordination.k8s.io", "Lease", true),
        ("discovery.k8s.io", "EndpointSlice", true),
        ("events.k8s.io", "Event", true),
        ("", "ConfigMap", false),
        ("apps", "Deployment", false),
        ("batch", "Job", false),
        ("example.com", "Secret", false),
    ];
    for (group, kind, expected) in table {
        assert_eq!(
            is_never_compared(&Kind::new(group, kind)),
            expected,
            "{group}/{kind}"
        );
    }
}

use serde_json::{Value, json};

use super::super::{ListTypes, normalise};
use super::{RULE, kind, normal, same};
use crate::compare::compare;
use crate::difference::Class;
use crate::node::{List, Node};
use crate::schema::ListType;
use crate::secret::Hider;

/// The list at a place.
fn list(name: &str, object: &Value, path: &[&str]) -> List {
    let mut node = normal(name, object).root;
    for step in path {
        node = match node {
            Node::Map(mut fields) => fields.remove(*step).unwrap(),
            Node::List(mut list) => list.items.remove(step.parse().unwrap()).node,
            Node::Document { .. } | Node::Leaf(_) => panic!("{step}"),
        };
    }
    let Node::List(list) = node else {
        panic!("no list")
    };
    list
}

/// Its keys as paths have them.
fn keys(list: &List) -> Vec<String> {
    let key = |key: &Vec<(String, String)>| {
        let parts: Vec<_> = key
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        parts.join(",")
    };
    list.items
        .iter()
        .map(|item| item.key.as_ref().map(key).unwrap_or_default())
        .collect()
}

fn pod(container: &Value) -> Value {
    json!({"spec": {"template": {"spec": {"containers": [container], "initContainers": [{"name": "a"}, {"name": "b"}]}}}})
}

const CONTAINER: [&str; 5] = ["spec", "template", "spec", "containers", "0"];

#[test]
fn lists_of_kubernetes_are_keyed_as_its_servers_key_them() {
    let container = json!({
        "name": "x",
        "ports": [{"containerPort": 2}, {"containerPort": 1, "protocol": "UDP"}, {"containerPort": 1}],
        "env": [{"name": "B", "value": "1"}, {"name": "A", "value": "2"}],
        "volumeMounts": [{"name": "v", "mountPath": "/b"}, {"name": "v", "mountPath": "/a"}],
        "args": ["--b", "--a"],
    });
    let object = pod(&container);
    let at = |name| {
        list(
            "apps/Deployment",
            &object,
            &[&CONTAINER[..], &[name]].concat(),
        )
    };
    let ports = at("ports");
    assert_eq!(
        keys(&ports),
        [
            "containerPort=1,protocol=TCP",
            "containerPort=1,protocol=UDP",
            "containerPort=2,protocol=TCP"
        ]
    );
    assert_eq!((ports.ordered, ports.keyed), (false, true));
    assert_eq!(keys(&at("env")), ["name=A", "name=B"]);
    assert_eq!(keys(&at("volumeMounts")), ["mountPath=/a", "mountPath=/b"]);
    let args = at("args");
    assert_eq!(
        (keys(&args), args.ordered, args.keyed),
        (vec![String::new(); 2], true, false)
    );
    let first = list(
        "apps/Deployment",
        &object,
        &["spec", "template", "spec", "initContainers"],
    );
    assert_eq!(
        (keys(&first), first.ordered, first.keyed),
        (vec!["name=a".into(), "name=b".into()], true, true)
    );
}

#[test]
fn variables_have_an_order_when_one_is_made_of_another() {
    let of = |value: &str| {
        let container = json!({"name": "x", "env": [{"name": "B", "value": "1"}, {"name": "A", "value": value}]});
        list(
            "apps/Deployment",
            &pod(&container),
            &[&CONTAINER[..], &["env"]].concat(),
        )
    };
    let (plain, made) = (of("2"), of("$(B)/x"));
    assert!(!plain.ordered && plain.keyed);
    assert!(made.ordered && made.keyed);
    assert_eq!(keys(&made), ["name=B", "name=A"]);
}

#[test]
fn order_counts_only_where_it_has_a_meaning() {
    let table = [
        ("ConfigMap", "/metadata/finalizers", json!(["a", "b"]), true),
        (
            "Service",
            "/spec/ports",
            json!([{"port": 1}, {"port": 2}]),
            true,
        ),
        (
            RULE,
            "/spec/groups",
            json!([{"name": "a"}, {"name": "b"}]),
            true,
        ),
        (
            "rbac.authorization.k8s.io/RoleBinding",
            "/subjects",
            json!([{"kind": "A", "name": "a"}, {"kind": "A", "name": "b"}]),
            true,
        ),
        (
            "rbac.authorization.k8s.io/Role",
            "/rules",
            json!([{"verbs": ["get"]}, {"verbs": ["list"]}]),
            false,
        ),
        (
            "apps/Deployment",
            "/spec/template/spec/containers",
            json!([{"name": "a"}, {"name": "b"}]),
            true,
        ),
        (
            "apps/Deployment",
            "/spec/template/spec/volumes",
            json!([{"name": "a"}, {"name": "b"}]),
            true,
        ),
        (
            "apps/Deployment",
            "/spec/template/spec/initContainers",
            json!([{"name": "a"}, {"name": "b"}]),
            false,
        ),
        (
            "apps/Deployment",
            "/spec/template/spec/tolerations",
            json!([{"key": "a"}, {"key": "b"}]),
            false,
        ),
        (
            "monitoring.coreos.com/Prometheus",
            "/spec/scrapeProtocols",
            json!(["a", "b"]),
            false,
        ),
        (
            "monitoring.coreos.com/ServiceMonitor",
            "/spec/endpoints",
            json!([{"port": "a"}, {"port": "b"}]),
            false,
        ),
        ("x.io/Y", "/spec/anything", json!(["a", "b"]), false),
    ];
    for (kind, path, items, equal) in table {
        let object = |items: Value| {
            path.rsplit('/')
                .filter(|name| !name.is_empty())
                .fold(items, |value, name| json!({name: value}))
        };
        let mut turned = items.as_array().unwrap().clone();
        turned.reverse();
        assert_eq!(
            same(kind, &object(items), &object(Value::Array(turned))),
            equal,
            "{kind} {path}"
        );
    }
}

#[test]
fn rules_are_known_by_what_they_alert_on_or_record() {
    let rules = json!([
        {"alert": "A"},
        {"record": "a:b"},
        {"alert": "B", "labels": {"severity": "page"}},
        {"alert": "B", "labels": {"severity": "mail"}},
        {"alert": "C"},
        {"alert": "C"},
    ]);
    let object = json!({"spec": {"groups": [{"name": "g", "rules": rules}]}});
    let rules = list(RULE, &object, &["spec", "groups", "0", "rules"]);
    assert_eq!(
        keys(&rules),
        [
            "alert=A",
            "record=a:b",
            "alert=B,severity=page",
            "alert=B,severity=mail",
            "",
            ""
        ]
    );
    assert_eq!((rules.ordered, rules.keyed), (true, false));
}

#[test]
fn keys_that_are_there_twice_stay_where_they_are_declared_to_be_unique() {
    let object = json!({"spec": {"groups": [{"name": "g", "x": 1}, {"name": "g", "x": 2}]}});
    let groups = list(RULE, &object, &["spec", "groups"]);
    assert_eq!(keys(&groups), ["name=g", "name=g"]);
    assert!(groups.keyed);
    let object = json!({"spec": {"anything": [{"name": "g"}, {"name": "g"}, {"name": "h"}]}});
    let other = list("x.io/Y", &object, &["spec", "anything"]);
    assert_eq!(
        (keys(&other), other.keyed),
        (vec![String::new(), String::new(), "name=h".into()], false)
    );
}

#[test]
fn items_with_one_key_in_another_order_are_not_equal() {
    let variable = |name: &str, value: &str| json!({"name": name, "value": value});
    let alias = |ip: &str, name: &str| json!({"ip": ip, "hostnames": [name]});
    let env = |items: &[Value]| pod(&json!({"name": "x", "env": items}));
    let aliases = |items: &[Value]| json!({"spec": {"template": {"spec": {"hostAliases": items}}}});
    let ports = |items: &[Value]| pod(&json!({"name": "x", "ports": items}));
    let port = |name: &str| json!({"containerPort": 1, "name": name});
    let none = |x: u8| json!({"x": x});
    for (one, other) in [
        (
            env(&[variable("A", "1"), variable("A", "2")]),
            env(&[variable("A", "2"), variable("A", "1")]),
        ),
        (
            aliases(&[alias("::1", "a"), alias("::1", "b")]),
            aliases(&[alias("::1", "b"), alias("::1", "a")]),
        ),
        (
            ports(&[port("a"), port("b")]),
            ports(&[port("b"), port("a")]),
        ),
    ] {
        let hider = Hider::new().unwrap();
        let root = |object| super::normal_of("apps/Deployment", object, &hider).root;
        let found = compare(&[Some(&root(&one)), Some(&root(&other))]);
        let classes: Vec<_> = found.iter().map(|it| it.class).collect();
        assert_eq!(classes, [Class::DuplicateKey], "{one}");
        assert_eq!(compare(&[Some(&root(&one)), Some(&root(&one))]), []);
    }
    assert!(!same(
        "apps/Deployment",
        &env(&[none(1), none(2)]),
        &env(&[none(2), none(1)])
    ));
}

#[test]
fn a_schema_says_how_lists_of_other_kinds_are_compared() {
    struct Known;
    impl ListTypes for Known {
        fn list_type(&self, path: &[&str]) -> Option<ListType> {
            match path {
                ["spec", "set"] => Some(ListType::Set),
                ["spec", "map", "*", "inner"] => Some(ListType::Map(vec!["a".into(), "b".into()])),
                ["spec", "atomic"] => Some(ListType::Atomic),
                _ => None,
            }
        }
    }
    let object = json!({"spec": {
        "set": ["b", "a"], "atomic": ["b", "a"], "map": [{"inner": [{"a": 2, "b": true}, {"a": 1, "c": 3}]}],
    }});
    let normal = normalise(&kind("x.io/Y"), &object, &Known, &Hider::new().unwrap());
    let Node::Map(root) = normal.root else {
        panic!()
    };
    let Some(Node::Map(spec)) = root.get("spec") else {
        panic!()
    };
    let at = |name: &str| match spec.get(name) {
        Some(Node::List(list)) => list.clone(),
        _ => panic!("{name}"),
    };
    assert_eq!(
        (keys(&at("set")), at("set").ordered),
        (vec!["value=a".into(), "value=b".into()], false)
    );
    assert_eq!(
        (keys(&at("atomic")), at("atomic").ordered),
        (vec![String::new(); 2], true)
    );
    let Node::Map(item) = &at("map").items[0].node else {
        panic!()
    };
    let Some(Node::List(inner)) = item.get("inner") else {
        panic!()
    };
    assert_eq!(
        (keys(inner), inner.keyed),
        (vec!["a=1".into(), "a=2,b=true".into()], true)
    );
}

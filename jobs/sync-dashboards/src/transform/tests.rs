use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Excludes, Transforms};
use crate::digest::Digest;
use crate::key::Key;

fn key(base: &str) -> Key {
    Key::parse(&format!("{base}.json")).unwrap()
}

fn all() -> Transforms {
    Transforms {
        fill_uid: true,
        datasource_default: Some("prod \"cluster\"".to_owned()),
        datasource_regex: Some("/^prod/".to_owned()),
        overview_all_value: true,
        overview_job: Some("prod-monitoring-prometheus".to_owned()),
    }
}

const OVERVIEW: &str = r#"{
    "panels": [
        {"expr": "up{job=\"prometheus-k8s\",namespace=\"monitoring\"}", "x": 1.50}
    ],
    "templating": {
        "list": [
            {
                "current": {
                    "text": "default"
                },
                "query": "prometheus",
                "type": "datasource"
            },
            {
                "allValue": ".+",
                "name": "cluster"
            }
        ]
    },
    "title": "Prometheus",
    "uid": ""
}"#;

#[test]
fn each_change_is_made_where_it_belongs_and_nothing_else_moves() {
    let applied = all().apply(&key("prometheus"), OVERVIEW).unwrap();
    let expected = OVERVIEW
        .replace(r#"job=\"prometheus-k8s\",namespace=\"monitoring\""#, r#"job=\"prod-monitoring-prometheus\""#)
        .replace(
            "\"text\": \"default\"",
            "\"text\": \"prod \\\"cluster\\\"\",\n                    \"value\": \"prod \\\"cluster\\\"\"",
        )
        .replace(
            "\"type\": \"datasource\"",
            "\"type\": \"datasource\",\n                \"regex\": \"/^prod/\"",
        )
        .replace("\".+\"", "\".*\"")
        .replace("\"uid\": \"\"", "\"uid\": \"MD5\"");
    let uid = serde_json::from_str::<Value>(&applied.text).unwrap()["uid"].clone();
    let uid = uid.as_str().unwrap();
    assert_eq!(uid.len(), 32);
    assert_eq!(applied.text.replace(uid, "MD5"), expected);
    assert!(applied.notes.is_empty(), "{:?}", applied.notes);
    let again = all().apply(&key("prometheus"), &applied.text).unwrap();
    assert_eq!(again.text, applied.text);
}

#[test]
fn the_filled_uid_is_the_one_that_upstream_gave_later() {
    let fill = Transforms {
        fill_uid: true,
        ..Transforms::default()
    };
    for text in [
        "{}",
        "{\"uid\": null}",
        "{\"uid\":\"\"}",
        "{\n  \"title\": \"x\"\n}",
    ] {
        let applied = fill.apply(&key("apiserver"), text).unwrap();
        let value: Value = serde_json::from_str(&applied.text).unwrap();
        assert_eq!(value["uid"], "09ec8aa1e996d6ffcd6817bbaff4db1b", "{text}");
    }
    let own = "{\"uid\": \"mine\"}";
    assert_eq!(fill.apply(&key("apiserver"), own).unwrap().text, own);
}

#[test]
fn what_is_not_configured_is_not_changed_and_what_is_not_found_is_told() {
    let none = Transforms::default();
    assert_eq!(
        none.apply(&key("a"), "not even json").unwrap().text,
        "not even json"
    );
    assert_eq!(none.digest(), Digest::of(""));
    assert_ne!(all().digest(), none.digest());
    assert!(all().apply(&key("a"), "[]").is_err());
    let applied = all().apply(&key("prometheus"), "{\"uid\": \"x\"}").unwrap();
    assert_eq!(applied.notes.len(), 2);
    let applied = all().apply(&key("other"), OVERVIEW).unwrap();
    assert!(applied.text.contains("prometheus-k8s") && applied.text.contains(".+"));
}

#[test]
fn patterns_leave_out_what_they_say() {
    let parse = |patterns: &[&str]| {
        let patterns: Vec<_> = patterns.iter().map(|it| (*it).to_owned()).collect();
        Excludes::parse(&patterns)
    };
    let windows = parse(&["k8s-*-windows*", "etcd", "nodes-*"]).unwrap();
    for (name, out) in [
        ("k8s-resources-windows-pod", true),
        ("k8s-windows", false),
        ("etcd", true),
        ("etcd-2", false),
        ("nodes", false),
        ("nodes-aix", true),
    ] {
        assert_eq!(windows.covers(&key(name)), out, "{name}");
    }
    for wrong in ["", "a.json", "A", "a b"] {
        assert!(parse(&[wrong]).is_err(), "{wrong}");
    }
}

fn dashboards() -> impl Strategy<Value = Value> {
    let variable = (0..3, any::<bool>(), "[a-z]{0,3}").prop_map(|(current, data, name)| {
        let mut variable = json!({"name": name, "type": if data { "datasource" } else { "query" }, "query": "prometheus"});
        match current {
            0 => {}
            1 => variable["current"] = json!({}),
            _ => variable["current"] = json!({"text": name, "selected": true}),
        }
        variable
    });
    let list = proptest::collection::vec(variable, 0..4);
    (list, proptest::option::of("[a-z]{0,4}"), any::<i32>()).prop_map(|(list, uid, number)| {
        let mut dashboard = json!({"n": number, "templating": {"list": list}});
        if let Some(uid) = uid {
            dashboard["uid"] = json!(uid);
        }
        dashboard
    })
}

proptest! {
    #[test]
    fn a_changed_text_is_a_dashboard_that_no_second_change_moves(dashboard in dashboards(), pretty in any::<bool>()) {
        let text = if pretty {
            serde_json::to_string_pretty(&dashboard).unwrap()
        } else {
            dashboard.to_string()
        };
        let once = all().apply(&key("a"), &text).unwrap();
        let value: Value = serde_json::from_str(&once.text).unwrap();
        prop_assert!(value["uid"].as_str().is_some_and(|uid| !uid.is_empty()));
        prop_assert_eq!(&value["n"], &dashboard["n"]);
        let twice = all().apply(&key("a"), &once.text).unwrap();
        prop_assert_eq!(twice.text, once.text);
    }
}

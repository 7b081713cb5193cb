//! Every file of a dashboard is a ConfigMap of its own that the sidecar sees, and none that
//! `sync-dashboards` would take for one of its own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::REPOSITORY;
use super::super::boards::Board;
use super::{Objects, holds, text};

/// What `sync-dashboards` calls its own.
const SYNCED: &str = "monitoring-dashboard-";

/// What etcd takes of one object.
const LIMIT: usize = 1024 * 1024;

fn objects_of_files(objects: &Objects) -> Vec<String> {
    let mut wrong = Vec::new();
    let seen: BTreeMap<&str, &Value> = objects
        .of("ConfigMap")
        .filter(|it| it["metadata"]["labels"]["grafana_dashboard"] == "1")
        .map(|it| (text(&it["metadata"]["name"]), it))
        .collect();
    let mut expected = BTreeSet::new();
    for (folder, title) in [("", "Monitoring jobs"), ("company", "")] {
        for board in Board::all(folder).unwrap() {
            let name = format!("grafana-{}", board.name);
            let object = seen.get(&*name).copied().unwrap_or(&Value::Null);
            let key = format!("{}.json", board.name);
            let data = object["data"].as_object();
            if data.is_none_or(|it| it.len() != 1 || !it.contains_key(&key)) {
                wrong.push(format!("{name} does not hold {key} alone"));
            }
            if !same(text(&object["data"][&key]), &board.value) {
                wrong.push(format!("{name} is not the file"));
            }
            if text(&object["metadata"]["annotations"]["grafana_folder"]) != title {
                wrong.push(format!("{name} is in another folder"));
            }
            expected.insert(name);
        }
    }
    let unexpected = seen.keys().filter(|name| !expected.contains(**name));
    wrong.extend(unexpected.map(|name| format!("{name} is no file's")));
    for (name, object) in &seen {
        if name.starts_with(SYNCED) {
            wrong.push(format!("{name} is called like one that is synced"));
        }
        let size = object["data"].to_string().len();
        if size >= LIMIT {
            wrong.push(format!(
                "{name} has {size} bytes, more than the cluster takes"
            ));
        }
        if object["data"].to_string().contains(REPOSITORY) {
            wrong.push(format!("{name} leads to {REPOSITORY}"));
        }
    }
    wrong
}

/// Whether a text is this dashboard, but for where its links lead.
fn same(text: &str, board: &Value) -> bool {
    let Ok(shown) = serde_json::from_str::<Value>(text) else {
        return false;
    };
    let mut pairs = vec![(&shown, board)];
    while let Some((a, b)) = pairs.pop() {
        match (a, b) {
            (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
                pairs.extend(a.values().zip(b.values()));
            }
            (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
                pairs.extend(a.iter().zip(b));
            }
            (Value::String(a), Value::String(b)) => {
                let end = b.strip_prefix(REPOSITORY);
                let is_link = |end: &str| a.starts_with("https://") && a.ends_with(end);
                if a != b && !end.is_some_and(is_link) {
                    return false;
                }
            }
            (a, b) if a == b => {}
            _ => return false,
        }
    }
    true
}

#[test]
fn every_dashboard_is_a_config_map_of_its_own() {
    fn jobs(objects: &mut Objects) -> &mut Value {
        objects.at("ConfigMap", "grafana-monitoring-jobs")
    }
    fn edit(objects: &mut Objects, from: &str, to: &str) {
        let text = &mut jobs(objects)["data"]["monitoring-jobs.json"];
        *text = text.as_str().unwrap().replacen(from, to, 1).into();
    }
    holds(
        objects_of_files,
        &[
            (
                |it| jobs(it)["metadata"]["labels"]["grafana_dashboard"] = "true".into(),
                "alone",
            ),
            (|it| jobs(it)["data"]["second.json"] = "{}".into(), "alone"),
            (|it| edit(it, "now-2d", "now-3d"), "not the file"),
            (
                |it| {
                    edit(
                        it,
                        "\"description\": \"",
                        "\"description\": \"https://repository.invalid ",
                    );
                },
                "leads to",
            ),
            (
                |it| {
                    jobs(it)["metadata"]["annotations"]["grafana_folder"] = "General".into();
                },
                "another folder",
            ),
            (
                |it| {
                    let mut copy = jobs(it).clone();
                    copy["metadata"]["name"] = "monitoring-dashboard-jobs".into();
                    it.0.push(copy);
                },
                "like one that is synced",
            ),
            (
                |it| {
                    let mut copy = jobs(it).clone();
                    copy["data"]["big.json"] = "x".repeat(LIMIT).into();
                    it.0.push(copy);
                },
                "more than the cluster takes",
            ),
        ],
    );
}

//! Keys of ours that upstream does not know: Helm takes them without a word, and nothing comes of them.

use anyhow::Result;
use serde_json::{Value, json};

use super::subject::{Subject, holds};

/// Goes down both trees at once.
fn compare(ours: &Value, upstream: &Value, path: &str, wrong: &mut Vec<String>) {
    let mapping = ours.as_object();
    match (upstream.as_str(), mapping) {
        (Some("free"), Some(_)) | (Some("value"), None) => {}
        (None, Some(members)) => {
            for (key, value) in members {
                let path = format!("{path}/{key}");
                match upstream.get(key) {
                    Some(upstream) => compare(value, upstream, &path, wrong),
                    None => wrong.push(format!("{path}: upstream has no such key")),
                }
            }
        }
        _ => wrong.push(format!("{path}: {ours} for {upstream}")),
    }
}

fn keys(subject: &Subject) -> Vec<String> {
    let mut wrong = Vec::new();
    compare(&subject.stack.values, &subject.keys, "", &mut wrong);
    wrong
}

#[tokio::test]
async fn every_key_is_one_of_upstreams() -> Result<()> {
    holds(
        keys,
        &[
            (
                |it| it.plant("/kubeProxy", json!({"enable": false})),
                "/kubeProxy/enable: upstream has no",
            ),
            (
                |it| it.plant("/kube-state-metrics/prometheus", json!({"monitors": {}})),
                "/prometheus/monitors: upstream has no",
            ),
            (|it| it.plant("/crds", json!(false)), "/crds: false for"),
            (
                |it| it.plant("/fullnameOverride", json!({"name": "x"})),
                "/fullnameOverride: ",
            ),
            (
                |it| it.plant("/defaultRules/disabled", json!(["Watchdog"])),
                "/defaultRules/disabled: ",
            ),
            // A key that upstream renames, at the top and deep below.
            (
                |it| {
                    it.keys.as_object_mut().unwrap().remove("kubeScheduler");
                },
                "/kubeScheduler: upstream has no",
            ),
            (
                |it| {
                    let monitor = it
                        .keys
                        .pointer_mut("/kube-state-metrics/prometheus/monitor");
                    monitor.unwrap()["http"] = json!({"honourLabels": "value"});
                },
                "/http/honorLabels: upstream has no",
            ),
        ],
    )
    .await
}

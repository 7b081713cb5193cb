//! From the older umbrella chart to ours, under the same name of the release: what takes the place of what
//! goes, and which of Helm's records hold passwords in plain text. Pure.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::manifest::{Id, Item};
use crate::release::Record;

/// Names under which charts are given what must be secret.
const SECRET_NAMES: [&str; 10] = [
    "password",
    "passwd",
    "secret",
    "token",
    "apikey",
    "api_url",
    "webhook",
    "integration_key",
    "service_key",
    "snitch",
];

/// A record of Helm with something in it that nobody should read there. It says where, never what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Exposed {
    /// The revision.
    pub revision: u32,
    /// The Secret with the record.
    pub secret: String,
    /// The chart's version then.
    pub version: String,
    /// Paths of values whose names are those of secrets.
    pub values: Vec<String>,
    /// Secrets in the manifest.
    pub secrets: Vec<String>,
}

/// A revision as a migration sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    /// Its number.
    pub number: u32,
    /// Whether it is in force.
    pub is_deployed: bool,
    /// Whether it is of our chart.
    pub is_ours: bool,
}

/// What a migration does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// There is no release.
    Install,
    /// Our chart is in force, and no record is of another one.
    Nothing,
    /// Our chart is in force; the records of the older one are still there.
    Forget {
        /// The revision that is in force.
        deployed: u32,
    },
    /// What this revision of the older chart has made is taken over.
    TakeOver {
        /// Its number.
        from: u32,
    },
}

/// What a migration does next: wherever an earlier one was stopped, it goes on from there.
pub fn next(history: &[Past]) -> Next {
    let newest = |is: fn(&Past) -> bool| history.iter().rev().find(|past| is(past));
    let older = newest(|past| !past.is_ours);
    match (newest(|past| past.is_deployed), older) {
        _ if history.is_empty() => Next::Install,
        (_, None) => Next::Nothing,
        (Some(deployed), Some(_)) if deployed.is_ours => Next::Forget {
            deployed: deployed.number,
        },
        (Some(deployed), Some(_)) => Next::TakeOver {
            from: deployed.number,
        },
        // Helm calls none deployed when going back has failed too.
        (None, Some(older)) => Next::TakeOver { from: older.number },
    }
}

/// What stands in for an object of the older chart, by the template that it is from.
pub fn instead(source: &str, id: &Id) -> &'static str {
    let part = |name: &str| source.contains(&format!("charts/{name}/"));
    let of_stack = |name: &str| source.contains(&format!("kube-prometheus-stack/templates/{name}"));
    if part("grafana") || of_stack("grafana/") {
        return "k8s/grafana";
    }
    if part("prometheus-adapter") {
        return "a release of prometheus-adapter of its own, see k8s/stack/README.md";
    }
    // Upstream's ask for values of `job` that our servers do not have, and are off in k8s/stack.
    let of_servers = ["/alertmanager.rules.yaml", "/prometheus.yaml"];
    if of_stack("prometheus/rules") && of_servers.into_iter().any(|it| source.ends_with(it)) {
        return "PrometheusRule server-rules of k8s/chart";
    }
    let stack = part("kube-state-metrics")
        || part("prometheus-node-exporter")
        || of_stack("prometheus-operator/")
        || of_stack("exporters/")
        || of_stack("prometheus/rules");
    if stack {
        return "k8s/stack";
    }
    if id.kind == "Secret" {
        return "the Secret that is filled from AWS";
    }
    "nothing"
}

/// What of a record nobody should read there; `None` when that is nothing.
pub fn exposed(revision: u32, secret: &str, record: &Record, items: &[Item]) -> Option<Exposed> {
    let mut values = Vec::new();
    walk("", &record.values, &mut values);
    values.sort_unstable();
    let holds = |item: &&Item| {
        let has = |key| item.value.get(key).is_some_and(|it| !is_empty(it));
        item.id.kind == "Secret" && (has("data") || has("stringData"))
    };
    let secrets: Vec<_> = items
        .iter()
        .filter(holds)
        .map(|it| it.id.to_string())
        .collect();
    (!values.is_empty() || !secrets.is_empty()).then(|| Exposed {
        revision,
        secret: secret.to_owned(),
        version: record.version.clone(),
        values,
        secrets,
    })
}

fn walk(path: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = format!("{path}.{key}");
                let name = key.to_lowercase();
                let is_text = value.as_str().is_some_and(|text| !text.is_empty());
                if is_text && SECRET_NAMES.iter().any(|secret| name.contains(secret)) {
                    found.push(path);
                } else {
                    walk(&path, value, found);
                }
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                walk(&format!("{path}[{index}]"), value, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(Map::is_empty)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    use super::*;
    use crate::manifest;

    fn record(values: &Value) -> Record {
        let text = json!({"chart": {"metadata": {"version": "1"}}, "config": values}).to_string();
        Record::decode(STANDARD.encode(text).as_bytes()).unwrap()
    }

    #[test]
    fn values_with_the_names_of_secrets_are_found_and_not_shown() {
        let values = json!({
            "alertmanager": {"config": {
                "global": {"smtp_auth_password": "hunter2", "slack_api_url": "https://hunter2"},
                "receivers": [{"pagerduty_configs": [{"service_key": "hunter2"}]}],
            }},
            "existingSecret": "",
            "image": {"tag": "v1"},
        });
        let manifest = "\
apiVersion: v1
kind: Secret
metadata: {name: alertmanager, namespace: monitoring}
data: {alertmanager.yaml: aHVudGVyMg==}
---
apiVersion: v1
kind: Secret
metadata: {name: empty, namespace: monitoring}
data: {}
";
        let items = manifest::parse(manifest).unwrap();
        let found = exposed(3, "v3", &record(&values), &items).unwrap();
        assert_eq!(
            found.values,
            [
                ".alertmanager.config.global.slack_api_url",
                ".alertmanager.config.global.smtp_auth_password",
                ".alertmanager.config.receivers[0].pagerduty_configs[0].service_key"
            ]
        );
        assert_eq!(found.secrets, ["Secret alertmanager in monitoring"]);
        assert!(!format!("{found:?}").contains("hunter2"));
        assert_eq!(exposed(3, "v3", &record(&json!({"a": 1})), &[]), None);
    }

    #[test]
    fn a_migration_goes_on_from_wherever_it_was_stopped() {
        let history = |revisions: &[(&str, bool)]| {
            let past = (1..)
                .zip(revisions)
                .map(|(number, (status, is_ours))| Past {
                    number,
                    is_deployed: *status == "deployed",
                    is_ours: *is_ours,
                });
            next(&past.collect::<Vec<_>>())
        };
        let (ours, older) = (true, false);
        let table: [(&[(&str, bool)], Next); 9] = [
            (&[], Next::Install),
            (&[("deployed", ours)], Next::Nothing),
            // Helm failed at first, and nothing older is there.
            (&[("failed", ours)], Next::Nothing),
            (
                &[("superseded", older), ("deployed", older)],
                Next::TakeOver { from: 2 },
            ),
            // Helm failed and did not go back.
            (
                &[("deployed", older), ("failed", ours)],
                Next::TakeOver { from: 1 },
            ),
            // It went back by itself.
            (
                &[("superseded", older), ("failed", ours), ("deployed", older)],
                Next::TakeOver { from: 3 },
            ),
            // Going back failed as well.
            (
                &[("superseded", older), ("failed", ours), ("failed", older)],
                Next::TakeOver { from: 3 },
            ),
            // Stopped after Helm, before or among the records.
            (
                &[
                    ("superseded", older),
                    ("superseded", older),
                    ("deployed", ours),
                ],
                Next::Forget { deployed: 3 },
            ),
            (
                &[
                    ("superseded", older),
                    ("superseded", ours),
                    ("deployed", ours),
                ],
                Next::Forget { deployed: 3 },
            ),
        ];
        for (revisions, expected) in table {
            assert_eq!(history(revisions), expected, "{revisions:?}");
        }
    }

    #[test]
    fn what_takes_the_place_follows_from_the_template() {
        let id = Id {
            group: String::new(),
            kind: "Service".to_owned(),
            namespace: None,
            name: "x".to_owned(),
        };
        let table = [
            (
                "up/charts/kube-prometheus-stack/charts/grafana/templates/a.yaml",
                "k8s/grafana",
            ),
            (
                "up/charts/kube-prometheus-stack/templates/prometheus/rules-1.14/kubernetes-apps.yaml",
                "k8s/stack",
            ),
            (
                "up/charts/kube-prometheus-stack/templates/prometheus/rules-1.14/prometheus-operator.yaml",
                "k8s/stack",
            ),
            (
                "up/charts/kube-prometheus-stack/templates/prometheus/rules-1.14/prometheus.yaml",
                "PrometheusRule server-rules of k8s/chart",
            ),
            (
                "up/charts/kube-prometheus-stack/templates/prometheus/rules-1.14/alertmanager.rules.yaml",
                "PrometheusRule server-rules of k8s/chart",
            ),
            // The server, and no rules.
            (
                "up/charts/kube-prometheus-stack/templates/prometheus/prometheus.yaml",
                "nothing",
            ),
            (
                "up/charts/kube-prometheus-stack/charts/kube-state-metrics/templates/a.yaml",
                "k8s/stack",
            ),
            ("up/templates/own.yaml", "nothing"),
        ];
        for (source, expected) in table {
            assert_eq!(instead(source, &id), expected, "{source}");
        }
    }
}

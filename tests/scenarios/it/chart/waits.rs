//! Waits that a trial shortens by values: each of them, and of rules and routes nothing else.

use std::fs;

use anyhow::Result;
use sandbox::checkout;
use serde_json::Value;

use super::CLUSTERS;
use super::documents::documents;
use super::helm::render;

/// The section's members, each with another duration than all others.
const TRIAL: [(&str, &str); 7] = [
    ("scrapeInterval", "1s"),
    ("evaluationInterval", "2s"),
    ("alertFor", "3s"),
    ("ruleInterval", "4s"),
    ("groupWait", "5s"),
    ("groupInterval", "6s"),
    ("canaryRepeatInterval", "7s"),
];

/// The keys that hold a wait, wherever they are.
const KEYS: [&str; 7] = [
    "scrapeInterval",
    "evaluationInterval",
    "for",
    "interval",
    "group_wait",
    "group_interval",
    "repeat_interval",
];

#[derive(Debug, Clone, PartialEq, Eq)]
struct Wait {
    /// An alert, the receiver of a route, or the kind of the manifest.
    of: String,
    key: &'static str,
    lasts: String,
}

impl Wait {
    /// The value that shortens it, if there is one.
    fn value(&self) -> Option<&'static str> {
        match (self.of.as_str(), self.key, self.lasts.as_str()) {
            ("Prometheus", "scrapeInterval", _) | ("ServiceMonitor", "interval", "30s") => {
                Some("scrapeInterval")
            }
            ("Prometheus", "evaluationInterval", _) => Some("evaluationInterval"),
            ("PrometheusRule", "interval", _) => Some("ruleInterval"),
            (_, "for", _) => Some("alertFor"),
            (_, "group_wait", lasts) if lasts != "0s" => Some("groupWait"),
            (_, "group_interval", _) => Some("groupInterval"),
            ("email-canary", "repeat_interval", _) => Some("canaryRepeatInterval"),
            _ => None,
        }
    }

    /// What becomes of it with these values.
    fn with(&self, values: &[(&str, &str)]) -> Self {
        let mut wait = self.clone();
        let value = self.value();
        if let Some((_, short)) = values.iter().find(|(name, _)| Some(*name) == value) {
            (*short).clone_into(&mut wait.lasts);
        }
        wait
    }
}

/// Takes every wait out of what is in a manifest.
fn take(of: &str, value: &mut Value, waits: &mut Vec<Wait>) {
    match value {
        Value::Object(members) => {
            let mut names = ["alert", "receiver"].into_iter();
            let name = names.find_map(|key| members.get(key)?.as_str());
            let of = name.unwrap_or(of).to_owned();
            for key in KEYS {
                if let Some(Value::String(lasts)) = members.remove(key) {
                    let of = of.clone();
                    waits.push(Wait { of, key, lasts });
                }
            }
            for member in members.values_mut() {
                take(&of, member, waits);
            }
        }
        Value::Array(items) => {
            for item in items {
                take(of, item, waits);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The same of all documents of a text that are of one kind.
fn taken(kind: &str, text: &str) -> Result<(Vec<Value>, Vec<Wait>)> {
    let mut documents = documents(text)?;
    let mut waits = Vec::new();
    for document in &mut documents {
        take(kind, document, &mut waits);
    }
    Ok((documents, waits))
}

/// What the chart is in a cluster with these members of the section: all without its waits, and these.
async fn rendered(cluster: &str, values: &[(&str, &str)]) -> Result<(Vec<Value>, Vec<Wait>)> {
    let set: Vec<String> = values
        .iter()
        .map(|(name, value)| format!("waits.{name}={value}"))
        .collect();
    let set = set.join(",");
    let set = ["--set", set.as_str()];
    let more: &[&str] = if values.is_empty() { &[] } else { &set };
    let mut manifests = documents(&render(cluster, more).await?)?;
    let mut waits = Vec::new();
    for manifest in &mut manifests {
        let kind = manifest["kind"].as_str().unwrap_or_default().to_owned();
        take(&kind, manifest, &mut waits);
        if manifest["metadata"]["name"] == "alertmanager-template" {
            let text = &mut manifest["data"]["alertmanager.yaml"];
            let (routing, of_routes) = taken("", text.as_str().unwrap_or_default())?;
            *text = Value::Array(routing);
            waits.extend(of_routes);
        }
    }
    Ok((manifests, waits))
}

#[tokio::test]
async fn a_trial_shortens_every_wait_that_it_names_and_changes_nothing_else() -> Result<()> {
    for cluster in CLUSTERS {
        let (manifests, long) = rendered(cluster, &[]).await?;
        // One after the other, and all at once.
        for values in TRIAL.chunks(1).chain([TRIAL.as_slice()]) {
            let (others, short) = rendered(cluster, values).await?;
            let expected: Vec<Wait> = long.iter().map(|wait| wait.with(values)).collect();
            assert_eq!(short, expected, "{cluster}: {values:?}");
            assert_ne!(short, long, "{cluster}: {values:?}");
            assert!(others == manifests, "{cluster}: more than {values:?}");
        }
    }
    Ok(())
}

/// Rules and routes wait as their files say, those without a wait do not, and no file's wait is lost.
#[tokio::test]
async fn without_a_trial_everything_waits_as_the_files_say() -> Result<()> {
    let template = checkout::file("k8s/chart/files/alertmanager-template.yaml");
    let (_, mut said) = taken("", &fs::read_to_string(template)?)?;
    for entry in fs::read_dir(checkout::file("k8s/chart/files/rules"))? {
        let path = entry?.path();
        if !path.to_string_lossy().ends_with("_test.yaml") {
            let (_, waits) = taken("PrometheusRule", &fs::read_to_string(path)?)?;
            said.extend(waits);
        }
    }
    let mut found = Vec::new();
    for cluster in CLUSTERS {
        let (_, waits) = rendered(cluster, &[]).await?;
        found.extend(waits);
    }
    for wait in &said {
        assert!(found.contains(wait), "lost: {wait:?}");
    }
    for wait in &found {
        let lasts = match wait.of.as_str() {
            "Prometheus" | "ServiceMonitor" => "30s",
            "PodMonitor" => "10s",
            _ => {
                assert!(said.contains(wait), "in no file: {wait:?}");
                continue;
            }
        };
        assert_eq!(wait.lasts, lasts, "{wait:?}");
    }
    Ok(())
}

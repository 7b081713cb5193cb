//! What the upstream chart is told: what is off, what carries which labels, and which keys that takes.

use std::collections::BTreeSet;
use std::fs;

use anyhow::Result;
use sandbox::checkout;
use serde_json::{Value, json};

use super::stub::installed;
use crate::chart::documents::Rendered;

/// Keys of upstream's values, as far as ours go; below `…` the keys are a subchart's own or free.
const KNOWN: [&str; 46] = [
    "namespaceOverride",
    "fullnameOverride",
    "commonLabels.…",
    "crds.enabled",
    "prometheus.enabled",
    "alertmanager.enabled",
    "grafana.enabled",
    "kubeControllerManager.enabled",
    "kubeEtcd.enabled",
    "kubeScheduler.enabled",
    "kubeProxy.enabled",
    "defaultRules.rules.alertmanager",
    "defaultRules.rules.configReloaders",
    "defaultRules.rules.etcd",
    "defaultRules.rules.general",
    "defaultRules.rules.kubeControllerManager",
    "defaultRules.rules.kubeProxy",
    "defaultRules.rules.kubeSchedulerAlerting",
    "defaultRules.rules.kubeSchedulerRecording",
    "defaultRules.rules.kubelet",
    "defaultRules.rules.kubernetesApps",
    "defaultRules.rules.kubernetesResources",
    "defaultRules.rules.kubernetesStorage",
    "defaultRules.rules.kubernetesSystem",
    "defaultRules.rules.kubeStateMetrics",
    "defaultRules.rules.network",
    "defaultRules.rules.node",
    "defaultRules.rules.nodeExporterAlerting",
    "defaultRules.rules.nodeExporterRecording",
    "defaultRules.rules.prometheus",
    "defaultRules.rules.prometheusOperator",
    "defaultRules.rules.windows",
    "defaultRules.disabled.…",
    "prometheusOperator.admissionWebhooks.enabled",
    "prometheusOperator.tls.enabled",
    "prometheusOperator.resources.…",
    "kubeStateMetrics.enabled",
    "kube-state-metrics.namespaceOverride",
    "kube-state-metrics.fullnameOverride",
    "kube-state-metrics.collectors",
    "kube-state-metrics.prometheus.monitor.enabled",
    "kube-state-metrics.prometheus.monitor.honorLabels",
    "kube-state-metrics.prometheus.monitor.additionalLabels.…",
    "nodeExporter.enabled",
    "prometheus-node-exporter.…",
    // Helm's own.
    "global",
];

/// The paths to everything that is no mapping.
fn paths(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value.as_object().filter(|it| !it.is_empty()) {
        Some(members) => {
            for (key, value) in members {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                paths(value, &path, found);
            }
        }
        None => {
            found.insert(path.to_owned());
        }
    }
}

fn unknown(values: &Value) -> Vec<String> {
    let mut found = BTreeSet::new();
    paths(values, "", &mut found);
    let known = |path: &String| {
        KNOWN.iter().any(|it| match it.strip_suffix('…') {
            Some(below) => path.starts_with(below),
            None => path == it,
        })
    };
    found.into_iter().filter(|path| !known(path)).collect()
}

#[tokio::test]
async fn every_key_is_one_of_upstreams() -> Result<()> {
    let (_, _, mut values) = installed().await?;
    assert_eq!(unknown(&values), Vec::<String>::new());
    values["kubeProxy"] = json!({"enable": false});
    assert_eq!(unknown(&values), ["kubeProxy.enable"]);
    Ok(())
}

#[tokio::test]
async fn what_the_chart_has_itself_is_off() -> Result<()> {
    let (_, _, values) = installed().await?;
    for part in ["prometheus", "alertmanager", "grafana", "crds"] {
        assert_eq!(values[part]["enabled"], false, "{part}");
    }
    for part in ["kubeStateMetrics", "nodeExporter"] {
        assert_eq!(values[part]["enabled"], true, "{part}");
    }
    // No alert comes from both.
    let renders = Rendered::all()?;
    let rules = renders.iter().flat_map(|it| it.of("PrometheusRule"));
    let text: String = rules.map(ToString::to_string).collect();
    for alert in ["Watchdog", "InfoInhibitor"] {
        assert_eq!(values["defaultRules"]["disabled"][alert], true, "{alert}");
        assert!(text.contains(&format!("\"alert\":\"{alert}\"")), "{alert}");
    }
    Ok(())
}

/// What Prometheus takes for its own: the values of `release`, by its selectors.
fn selected(prometheus: &Value) -> BTreeSet<String> {
    let selectors = ["ruleSelector", "serviceMonitorSelector"];
    let labels = selectors.map(|it| prometheus["spec"][it]["matchLabels"].clone());
    labels
        .iter()
        .map(|it| {
            assert_eq!(it.as_object().map(serde_json::Map::len), Some(1), "{it}");
            it["release"].as_str().unwrap_or_default().to_owned()
        })
        .collect()
}

#[tokio::test]
async fn prometheus_takes_its_rules_and_monitors_for_its_own() -> Result<()> {
    let (namespace, release, values) = installed().await?;
    for render in Rendered::all()? {
        let prometheus = render.object("Prometheus", "prod-monitoring-prometheus-prometheus");
        // Upstream labels what it makes with the release's name.
        assert_eq!(selected(prometheus), BTreeSet::from([release.clone()]));
        let rules = &prometheus["spec"]["ruleNamespaceSelector"]["matchExpressions"][0]["values"];
        let rules = rules.as_array().cloned().unwrap_or_default();
        assert!(rules.contains(&namespace.as_str().into()), "{rules:?}");
        let monitors = &prometheus["spec"]["serviceMonitorNamespaceSelector"];
        assert_eq!(*monitors, json!({}));
    }
    for subchart in ["kube-state-metrics", "prometheus-node-exporter"] {
        // Upstream's own name for it is that of the older umbrella chart, whose objects Helm deletes.
        let name = values[subchart]["fullnameOverride"].as_str();
        assert!(name.is_some_and(|it| it != format!("{release}-{subchart}")));
        assert_eq!(values[subchart]["namespaceOverride"], namespace.as_str());
        // On unless somebody turns it off: it writes the release's name.
        assert_eq!(values[subchart]["releaseLabel"], Value::Null);
    }
    Ok(())
}

#[tokio::test]
async fn the_readme_installs_this_release_and_looks_for_what_it_makes() -> Result<()> {
    let readme = fs::read_to_string(checkout::file("k8s/stack/README.md"))?;
    let (namespace, release, values) = installed().await?;
    let name = values["fullnameOverride"].as_str().unwrap_or_default();
    // Upstream cuts what is longer.
    assert!(name.len() <= 26, "{name}");
    let counter = &values["kube-state-metrics"]["fullnameOverride"];
    let counter = counter.as_str().unwrap_or_default();
    for line in [
        format!("helm upgrade --install {release} k8s/stack --namespace monitoring-stack "),
        format!("kubectl create namespace {namespace}\n"),
        format!("--namespace {namespace} {name}-operator {counter}`"),
        "helm show crds k8s/stack | kubectl apply --server-side ".to_owned(),
    ] {
        assert!(readme.contains(&line), "{line}");
    }
    assert!(readme.lines().count() <= 40);
    Ok(())
}

//! What the upstream chart is told: what is off, what carries which labels, and what the pods may do.

use std::collections::BTreeSet;

use anyhow::Result;
use serde_json::{Value, json};

use super::stub::{HOME, Installed};
use super::subject::{Subject, holds};

const COUNTER: &str = "kube-state-metrics";
const NODES: &str = "prometheus-node-exporter";

/// What is on, what is off, and that no alert comes from both charts.
fn parts(subject: &Subject) -> Vec<String> {
    let switches = [
        ("/prometheus/enabled", false),
        ("/alertmanager/enabled", false),
        ("/grafana/enabled", false),
        ("/crds/enabled", false),
        ("/kubeStateMetrics/enabled", true),
        ("/nodeExporter/enabled", true),
    ];
    let mut wrong = subject.differing(switches.map(|(path, value)| (path, json!(value))));
    for render in &subject.renders {
        let text: String = render
            .of("PrometheusRule")
            .map(ToString::to_string)
            .collect();
        for alert in ["Watchdog", "InfoInhibitor"] {
            if *subject.value(&format!("/defaultRules/disabled/{alert}")) != true {
                wrong.push(format!("upstream's {alert} is on"));
            }
            if !text.contains(&format!("\"alert\":\"{alert}\"")) {
                wrong.push(format!("nobody has {alert} in {}", render.cluster));
            }
        }
    }
    wrong
}

#[tokio::test]
async fn what_the_chart_has_itself_is_off() -> Result<()> {
    holds(
        parts,
        &[
            (
                |it| it.plant("/alertmanager/enabled", json!(true)),
                "/alertmanager/enabled is true",
            ),
            (
                |it| it.plant("/grafana", Value::Null),
                "/grafana/enabled is null",
            ),
            (
                |it| it.plant("/nodeExporter/enabled", json!(false)),
                "/nodeExporter/enabled is false",
            ),
            (
                |it| it.plant("/defaultRules/disabled", json!({"Watchdog": true})),
                "upstream's InfoInhibitor is on",
            ),
            (
                |it| {
                    let render = &mut it.renders[1];
                    render.documents.retain(|object| {
                        object["kind"] != "PrometheusRule"
                            || !object.to_string().contains("\"alert\":\"Watchdog\"")
                    });
                },
                "nobody has Watchdog in remoting-prod-e1-1",
            ),
        ],
    )
    .await
}

/// What Prometheus takes for its own: the values of `release`, by its selectors.
fn selected(prometheus: &Value) -> BTreeSet<String> {
    let selectors = ["ruleSelector", "serviceMonitorSelector"];
    let labels = selectors.map(|it| prometheus["spec"][it]["matchLabels"].clone());
    let only = |it: &Value| {
        let one = it.as_object().is_some_and(|it| it.len() == 1);
        it["release"].as_str().filter(|_| one).map(str::to_owned)
    };
    labels
        .iter()
        .map(|it| only(it).unwrap_or_default())
        .collect()
}

fn own(subject: &Subject) -> Vec<String> {
    let Installed {
        namespace, release, ..
    } = &subject.stack;
    let mut wrong = Vec::new();
    for render in &subject.renders {
        let prometheus = render.object("Prometheus", "prod-monitoring-prometheus-prometheus");
        // Upstream labels what it makes with the release's name.
        let selected = selected(prometheus);
        if selected != BTreeSet::from([release.clone()]) {
            wrong.push(format!("{}: it takes {selected:?}", render.cluster));
        }
        let spec = &prometheus["spec"];
        let rules = &spec["ruleNamespaceSelector"]["matchExpressions"][0]["values"];
        let within = |it: &Vec<Value>| it.contains(&namespace.as_str().into());
        if !rules.as_array().is_some_and(within) {
            wrong.push(format!(
                "{}: rules are looked for in {rules}",
                render.cluster
            ));
        }
        let monitors = &spec["serviceMonitorNamespaceSelector"];
        if *monitors != json!({}) {
            wrong.push(format!("{}: monitors of {monitors}", render.cluster));
        }
    }
    for subchart in [COUNTER, NODES] {
        // Upstream's own name for it is that of the older umbrella chart, whose objects Helm deletes.
        let name = subject.text(&format!("/{subchart}/fullnameOverride"));
        if name.is_empty() || name == format!("{release}-{subchart}") {
            wrong.push(format!("{subchart} is called `{name}`"));
        }
        let labelled = format!("/{subchart}/releaseLabel");
        wrong.extend(subject.differing([(labelled.as_str(), json!(true))]));
    }
    wrong
}

#[tokio::test]
async fn prometheus_takes_its_rules_and_monitors_for_its_own() -> Result<()> {
    fn spec(subject: &mut Subject) -> &mut Value {
        let name = "prod-monitoring-prometheus-prometheus";
        &mut subject.renders[0].object_mut("Prometheus", name)["spec"]
    }
    holds(
        own,
        &[
            (
                |it| it.stack.release.push('x'),
                "it takes {\"prod-monitoring\"}",
            ),
            (
                |it| spec(it)["ruleSelector"] = json!({"matchLabels": {"release": "x"}}),
                "it takes {\"prod-monitoring\", \"x\"}",
            ),
            (
                |it| spec(it)["serviceMonitorSelector"]["matchLabels"]["team"] = json!("x"),
                "it takes {\"\", \"prod-monitoring\"}",
            ),
            (
                |it| it.stack.namespace.push('x'),
                "rules are looked for in [\"",
            ),
            (
                |it| spec(it)["serviceMonitorNamespaceSelector"] = Value::Null,
                "monitors of null",
            ),
            (
                |it| {
                    it.plant(
                        "/kube-state-metrics/fullnameOverride",
                        json!("prod-monitoring-kube-state-metrics"),
                    );
                },
                "kube-state-metrics is called",
            ),
            (
                |it| it.plant("/prometheus-node-exporter/releaseLabel", json!(false)),
                "releaseLabel is false",
            ),
        ],
    )
    .await
}

/// What is counted keeps its own labels, and has the `job` that rules of the chart ask for.
fn labels(subject: &Subject) -> Vec<String> {
    let monitor = "/kube-state-metrics/prometheus/monitor";
    let (old, new) = (
        format!("{monitor}/honorLabels"),
        format!("{monitor}/http/honorLabels"),
    );
    let (job, name) = (
        format!("{monitor}/jobLabel"),
        "/kube-state-metrics/nameOverride",
    );
    let mut wrong = subject.differing([
        (old.as_str(), json!(true)),
        (new.as_str(), json!(true)),
        // Upstream's: the name of the subchart.
        (job.as_str(), Value::Null),
        (name, Value::Null),
    ]);
    for render in &subject.renders {
        let mut rules = render.of("PrometheusRule").map(ToString::to_string);
        if !rules.any(|it| it.contains(&format!("up{{job=\\\"{COUNTER}\\\"}}"))) {
            wrong.push(format!("{}: no rule asks for {COUNTER}", render.cluster));
        }
    }
    wrong
}

#[tokio::test]
async fn what_is_counted_keeps_its_labels_whichever_chart_counts() -> Result<()> {
    const MONITOR: &str = "/kube-state-metrics/prometheus/monitor";
    holds(
        labels,
        &[
            (
                |it| it.plant(&format!("{MONITOR}/http"), json!({})),
                "http/honorLabels is null",
            ),
            (
                |it| it.plant(&format!("{MONITOR}/honorLabels"), json!(false)),
                "monitor/honorLabels is false",
            ),
            (
                |it| it.plant(MONITOR, json!({"jobLabel": "x"})),
                "jobLabel is \"x\"",
            ),
            (
                |it| it.renders[0].documents.clear(),
                "prod-e1-1: no rule asks for",
            ),
        ],
    )
    .await
}

/// Pods in the namespace of the chart are such that `restricted` lets them run; the one that cannot be is
/// elsewhere.
fn confined(subject: &Subject) -> Vec<String> {
    let mut wrong = Vec::new();
    for part in ["prometheusOperator", COUNTER] {
        let at = |field: &str| format!("/{part}/{field}");
        let fields = [
            (at("securityContext/runAsNonRoot"), json!(true)),
            (
                at("securityContext/seccompProfile/type"),
                json!("RuntimeDefault"),
            ),
            (
                at("containerSecurityContext/allowPrivilegeEscalation"),
                json!(false),
            ),
            (
                at("containerSecurityContext/capabilities"),
                json!({"drop": ["ALL"]}),
            ),
        ];
        let fields = fields.iter().map(|(path, it)| (path.as_str(), it.clone()));
        wrong.extend(subject.differing(fields));
        if *subject.value(&at("hostNetwork")) == true {
            wrong.push(format!("{part} has the network of its node"));
        }
    }
    let counter = subject.text("/kube-state-metrics/namespaceOverride");
    if counter != subject.stack.namespace {
        wrong.push(format!("{COUNTER} is in `{counter}`"));
    }
    let nodes = subject.text("/prometheus-node-exporter/namespaceOverride");
    if nodes != HOME || nodes == subject.stack.namespace {
        wrong.push(format!("{NODES} is in `{nodes}`"));
    }
    wrong
}

#[tokio::test]
async fn the_charts_namespace_holds_nothing_that_restricted_refuses() -> Result<()> {
    holds(
        confined,
        &[
            (
                |it| it.plant("/prometheusOperator/securityContext", json!({})),
                "runAsNonRoot is null",
            ),
            (
                |it| it.plant("/kube-state-metrics/containerSecurityContext", Value::Null),
                "capabilities is null",
            ),
            (
                |it| {
                    it.plant(
                        "/kube-state-metrics/containerSecurityContext/capabilities/drop",
                        json!(["NET_RAW"]),
                    );
                },
                "capabilities is {\"drop\":[\"NET_RAW\"]}",
            ),
            (
                |it| it.plant("/prometheusOperator", json!({"hostNetwork": true})),
                "network of its node",
            ),
            (
                |it| {
                    it.plant(
                        "/prometheus-node-exporter/namespaceOverride",
                        json!("monitoring"),
                    );
                },
                "node-exporter is in `monitoring`",
            ),
            (
                |it| it.plant("/kube-state-metrics/namespaceOverride", json!(HOME)),
                "metrics is in `monitoring-stack`",
            ),
        ],
    )
    .await
}

fn readme(subject: &Subject) -> Vec<String> {
    let Installed {
        namespace, release, ..
    } = &subject.stack;
    let mut wrong = Vec::new();
    let name = subject.text("/fullnameOverride");
    // Upstream cuts what is longer.
    if name.is_empty() || name.len() > 26 {
        wrong.push(format!("`{name}` is too long or nothing"));
    }
    let counter = subject.text("/kube-state-metrics/fullnameOverride");
    for line in [
        format!(
            "helm upgrade --install {release} k8s/stack --kube-context $cluster --namespace {HOME} "
        ),
        format!("kubectl --context $cluster create namespace {namespace}\n"),
        format!("--namespace {namespace} {name}-operator {counter}`"),
        "helm show crds k8s/stack | kubectl --context $cluster apply --server-side ".to_owned(),
    ] {
        if !subject.readme.contains(&line) {
            wrong.push(format!("the README does not say: {line}"));
        }
    }
    let lines = subject.readme.lines().count();
    if lines > 40 {
        wrong.push(format!("the README has {lines} lines"));
    }
    wrong
}

#[tokio::test]
async fn the_readme_installs_this_release_and_looks_for_what_it_makes() -> Result<()> {
    holds(
        readme,
        &[
            (|it| it.stack.release.push('x'), "say: helm upgrade"),
            (
                |it| it.stack.namespace.push('x'),
                "create namespace monitoringx",
            ),
            (
                |it| it.plant("/fullnameOverride", json!("prod-stack")),
                "prod-stack-operator",
            ),
            (
                |it| it.plant("/fullnameOverride", json!("prod-monitoring-stack-of-ours")),
                "too long",
            ),
            (
                |it| it.plant("/kube-state-metrics/fullnameOverride", json!("x")),
                "-operator x`",
            ),
            (
                |it| it.readme = it.readme.replace("--server-side", "--validate"),
                "say: helm show crds",
            ),
            (|it| it.readme.push_str(&"\n".repeat(40)), "lines"),
        ],
    )
    .await
}

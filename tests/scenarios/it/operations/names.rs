//! What commands name is there: namespaces, CronJobs, Services with their ports, labels, containers, and
//! the clusters and their files.

use std::collections::BTreeSet;

use anyhow::Result;
use sandbox::checkout;
use serde_json::Value;

use super::commands::{Words, has, plain, planted, value};
use super::{PAGES, VARIABLES, typed};
use crate::chart::CLUSTERS;
use crate::chart::documents::Rendered;

/// Namespaces that are not the chart's: that of the stack's release, and the system's own.
const NAMESPACES: [&str; 2] = ["monitoring-stack", "kube-system"];

/// Objects that are not the chart's: of the stack, of the older chart, of the company, of the operator.
const OTHERS: [&str; 19] = [
    "deployment monitoring/prod-grafana",
    "deployment monitoring/prod-monitoring-stack-operator",
    "deployment monitoring/prod-monitoring-stack-kube-state-metrics",
    "deployment monitoring/prod-monitoring-prometheus-operator",
    "daemonset monitoring/prod-monitoring-prometheus-node-exporter",
    "service kube-system/prod-monitoring-prometheus-kubelet",
    "service monitoring/prod-monitoring-prometheus-cloudwatch-exporter",
    "service monitoring/prod-monitoring-prometheus-cloudwatch-exporter:9106",
    "lease monitoring/first-pair",
    "persistentvolume /$volume",
    "prometheusrule monitoring/remoting-alert-rules",
    "prometheusrule monitoring/toolchain-alert-rules",
    "prometheusrule monitoring/core-alerts-rules",
    "prometheusrule monitoring/external-dns-alerts-rules",
    "prometheusrule monitoring/aws-alb-ingress-controller-rules",
    "configmap monitoring/buildsense-workflow-hpa-rules",
    "secret monitoring/alertmanager-prod-monitoring",
    "crd /prometheusrules.monitoring.coreos.com",
    "namespace /monitoring",
];

/// Selectors of what is not the chart's.
const FOREIGN: [&str; 7] = [
    "app.kubernetes.io/instance=prod-grafana",
    "app.kubernetes.io/name=external-dns",
    "app=remoting-storage-server",
    "grafana_dashboard",
    "release!=prod-monitoring",
    "services=toolchain,toolchain_service_type=worker",
    "monitor=true,services=toolchain,toolchain_service_type in ",
];

/// What there is, of all clusters together.
#[derive(Debug, Clone, Default)]
struct There {
    namespaces: BTreeSet<String>,
    /// `kind namespace/name`; a Service also with `:port`.
    objects: BTreeSet<String>,
    /// Values of `app.kubernetes.io/name` on pods, as `namespace/value`.
    pods: BTreeSet<String>,
    /// `namespace/pod container` of pods whose names are known beforehand.
    containers: BTreeSet<String>,
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

impl There {
    fn read(renders: &[Rendered]) -> Self {
        let mut there = Self::default();
        there.namespaces.extend(NAMESPACES.map(str::to_owned));
        there.objects.extend(OTHERS.map(str::to_owned));
        for object in renders.iter().flat_map(|it| &it.documents) {
            let (kind, of) = (text(&object["kind"]).to_lowercase(), &object["metadata"]);
            let (namespace, name) = (text(&of["namespace"]), text(&of["name"]));
            if !namespace.is_empty() {
                there.namespaces.insert(namespace.to_owned());
            }
            there.objects.insert(format!("{kind} {namespace}/{name}"));
            for port in object["spec"]["ports"].as_array().into_iter().flatten() {
                let service = format!("{kind} {namespace}/{name}:{}", port["port"]);
                there.objects.insert(service);
            }
            let labels = match kind.as_str() {
                "cronjob" => {
                    &object["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
                }
                "deployment" => &object["spec"]["template"]["metadata"]["labels"],
                _ => &Value::Null,
            };
            let mut label = text(&labels["app.kubernetes.io/name"]).to_owned();
            // The operator's own doing: labels, names and containers of the servers' pods.
            if ["alertmanager", "prometheus"].contains(&kind.as_str()) {
                label.clone_from(&kind);
                let replicas = object["spec"]["replicas"].as_u64().unwrap_or(1);
                for number in 0..replicas {
                    let pod = format!("{kind}-{name}-{number}");
                    there.objects.insert(format!("pod {namespace}/{pod}"));
                    there.containers.insert(format!("{namespace}/{pod} {kind}"));
                }
            }
            there.pods.insert(format!("{namespace}/{label}"));
        }
        there
    }

    /// Makes known the Job that a command creates: the only one that the commands after it can mean.
    fn note_job(&mut self, words: &[String]) {
        let plain = plain(words);
        if let ["create", "job", name, ..] = plain.as_slice()
            && let Some(namespace) = value(words, &["--namespace"])
        {
            self.objects.retain(|it| !it.starts_with("job "));
            self.objects.insert(format!("job {namespace}/{name}"));
        }
    }
}

/// The kind as the rendered objects have it.
fn kind(word: &str) -> &str {
    match word {
        "svc" => "service",
        "crds" => "crd",
        plural => plural.strip_suffix('s').unwrap_or(plural),
    }
}

/// The objects that a command names, as `(kind, name)`.
fn named(words: &[String]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    // Values of flags that name objects.
    if let Some((kind_, name)) = value(words, &["--from"]).and_then(|it| it.split_once('/')) {
        found.push((kind(kind_).to_owned(), name.to_owned()));
    }
    let plain = plain(words);
    let Some((verb, rest)) = plain.split_first() else {
        return found;
    };
    match *verb {
        "get" | "describe" | "patch" | "delete" | "annotate" | "label" | "scale" => {
            let objects = rest.split_first();
            if let Some((kind_, names)) = objects.filter(|(it, _)| !it.contains('/')) {
                let names = names.iter().filter(|it| !it.contains('='));
                found.extend(names.map(|it| (kind(kind_).to_owned(), (*it).to_owned())));
            }
        }
        "logs" => {
            let pod = rest.first().filter(|it| !it.contains('/'));
            found.extend(pod.map(|it| ("pod".to_owned(), (*it).to_owned())));
        }
        _ => {}
    }
    for word in rest {
        if let Some((kind_, name)) = word.split_once('/')
            && !name.contains(['/', '='])
            && !kind_.contains(['[', '{', ':'])
        {
            found.push((kind(kind_).to_owned(), name.to_owned()));
        }
    }
    found
}

fn wrong_in_kubectl(words: &[String], there: &There) -> Vec<String> {
    let mut wrong = Vec::new();
    let namespace = value(words, &["--namespace", "-n"]).unwrap_or_default();
    if !["", "NAMESPACE"].contains(&namespace) && !there.namespaces.contains(namespace) {
        wrong.push(format!("no namespace {namespace}"));
    }
    for (kind, name) in named(words) {
        let key = format!("{kind} {namespace}/{name}");
        // Whoever types it puts something else in their place.
        let is_blank = kind == "KIND" || name == "NAME";
        if !there.objects.contains(&key) && kind != "node" && !is_blank {
            wrong.push(format!("no {key}"));
        }
    }
    if let Some(selector) = value(words, &["--selector"])
        && !FOREIGN.iter().any(|it| selector.starts_with(it))
    {
        let name = selector
            .strip_prefix("app.kubernetes.io/name=")
            .unwrap_or(selector);
        if !there.pods.contains(&format!("{namespace}/{name}")) {
            wrong.push(format!("no pods {selector} in {namespace:?}"));
        }
    }
    if let Some(container) = value(words, &["--container"]) {
        let mut plain = plain(words).into_iter();
        let pod = plain.find(|it| it.ends_with("-0") || it.ends_with("-1"));
        let key = format!("{namespace}/{} {container}", pod.unwrap_or_default());
        if !there.containers.contains(&key) {
            wrong.push(format!("no container {key}"));
        }
    }
    if has(words, "port-forward") {
        let service = words.iter().find_map(|it| it.strip_prefix("svc/"));
        let port = words
            .last()
            .and_then(|it| it.rsplit_once(':'))
            .map(|(_, port)| port);
        let (service, port) = (service.unwrap_or_default(), port.unwrap_or_default());
        let key = format!("service {namespace}/{service}:{port}");
        if !there.objects.contains(&key) {
            wrong.push(format!("no {key}"));
        }
    }
    wrong
}

fn wrong_names(words: &[String], there: &There) -> Vec<String> {
    let mut wrong = match words.first().map(String::as_str) {
        Some("kubectl") => wrong_in_kubectl(words, there),
        _ => Vec::new(),
    };
    for flag in ["--cluster", "--context", "--kube-context", "--confirm"] {
        if let Some(cluster) = value(words, &[flag])
            && !CLUSTERS.contains(&cluster)
            && !VARIABLES.iter().any(|(name, _)| *name == cluster)
            && !["NAME", "LAST4"].contains(&cluster)
        {
            wrong.push(format!("no cluster {cluster}"));
        }
    }
    for word in words {
        let path = word.strip_prefix("file://").unwrap_or(word);
        if path.starts_with("k8s/") && !path.contains('$') && !checkout::file(path).exists() {
            wrong.push(format!("no file {path}"));
        }
    }
    wrong
}

/// What is wrong with the names in commands that are typed one after the other.
fn wrong_in_page(page: &[Words], there: &There) -> Vec<String> {
    let mut there = there.clone();
    let mut wrong = Vec::new();
    for words in page {
        there.note_job(words);
        let told = wrong_names(words, &there);
        let line = words.join(" ");
        wrong.extend(told.iter().map(|it| format!("{line}: {it}")));
    }
    wrong
}

#[test]
fn what_the_commands_name_is_there() -> Result<()> {
    let there = There::read(&Rendered::all()?);
    for path in PAGES {
        let wrong = wrong_in_page(&typed(path)?, &there);
        assert!(wrong.is_empty(), "{path}: {wrong:#?}");
    }
    Ok(())
}

#[test]
fn a_log_is_that_of_the_job_before_it() -> Result<()> {
    let there = There::read(&Rendered::all()?);
    let run = "kubectl --namespace monitoring create job $job --from=cronjob/check-consistency";
    for (log, is_right) in [
        (
            "kubectl --namespace monitoring logs --follow job/$job",
            true,
        ),
        (
            "kubectl --namespace monitoring logs --follow job/check",
            false,
        ),
        (
            "kubectl --namespace monitoring-credentials logs --follow job/$job",
            false,
        ),
    ] {
        let wrong = wrong_in_page(&[planted(run), planted(log)], &there);
        assert_eq!(wrong.is_empty(), is_right, "{log}: {wrong:?}");
    }
    Ok(())
}

#[test]
fn a_name_that_is_not_there_is_told() -> Result<()> {
    let there = There::read(&Rendered::all()?);
    for line in [
        "kubectl get services --namespace monitorings",
        "kubectl --namespace monitoring create job x --from=cronjob/rotate-credentials",
        "kubectl --namespace monitoring-credentials create job x --from=cronjob/rotate-credential",
        "kubectl port-forward --namespace monitoring svc/prod-monitoring-prometheus-prometheus 9090:9090",
        "kubectl port-forward --namespace monitoring svc/prometheus 9090:80",
        "kubectl --namespace monitoring logs --selector app.kubernetes.io/name=rotate-credentials",
        "kubectl --namespace monitoring patch cronjob sync-dashboard --patch {}",
        "kubectl --namespace monitoring describe cronjob x",
        "kubectl --namespace monitoring logs job/check-now",
        "kubectl --namespace monitoring logs svc/prod-monitoring-pushgateway --tail 20",
        "kubectl --namespace monitoring logs alertmanager-prod-monitoring-prometheus-alertmanager-2",
        "kubectl --namespace monitoring logs alertmanager-prod-monitoring-prometheus-alertmanager-0 \
         --container alertmanagers",
        "kubectl --namespace monitoring get podmonitor monitor-worker",
        "kubectl --namespace monitoring label prometheusrule core-alerts release=prod-monitoring",
        "kubectl label --overwrite namespace monitorings a=b",
        "kubectl --context prod --namespace monitoring get pods",
        "helm history prod-monitoring --kube-context $clusters",
        "install-monitoring doctor --cluster prod-e1-2",
        "export-cloudwatch lint k8s/chart/files/cloud.yaml",
    ] {
        assert!(!wrong_names(&planted(line), &there).is_empty(), "{line}");
    }
    Ok(())
}

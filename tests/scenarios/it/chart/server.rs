//! A real API server's judgement: it knows every field of every kind, those of the Prometheus operator
//! included, and validates what no schema says.

use std::fs;

use anyhow::Result;
use sandbox::checkout;
use sandbox::kubernetes::{Cluster, ClusterOptions};
use sandbox::tools::Tools;

use super::CLUSTERS;
use super::documents::path;

/// The kinds of the operator that the chart uses.
const DEFINITIONS: [&str; 5] = [
    "alertmanagers",
    "podmonitors",
    "prometheuses",
    "prometheusrules",
    "servicemonitors",
];

/// What is right, what is planted in its place, and the words in which it must be refused.
const DEFECTS: [(&str, &str, &str); 14] = [
    // Fields that no kind has, in a built-in one and in those of the operator.
    (
        "backoffLimit: 0",
        "backofLimit: 0",
        "backofLimit: field not declared in schema",
    ),
    (
        "  for: 10m",
        "  form: 10m",
        "form: field not declared in schema",
    ),
    (
        "honorLabels: true",
        "honourLabels: true",
        "honourLabels: field not declared in schema",
    ),
    (
        "replicaExternalLabelName",
        "replicaLabelName",
        "replicaLabelName: field not declared in schema",
    ),
    // Rules of validation.
    (
        "retentionSize: 150GiB",
        "retentionSize: a lot",
        "spec.retentionSize: Invalid value",
    ),
    (
        "values: [2, 3, 4, 5, 101]",
        "values: [3, 2]",
        "must be ordered",
    ),
    (
        "containerName: job",
        "containerName: main",
        "onExitCodes.containerName: Invalid value",
    ),
    (
        "podReplacementPolicy: Failed",
        "podReplacementPolicy: TerminatingOrFailed",
        "podReplacementPolicy: Unsupported value",
    ),
    (
        "timeZone: Etc/UTC",
        "timeZone: Etc/Utopia",
        "unknown time zone Etc/Utopia",
    ),
    (
        "cidr: 0.0.0.0/0",
        "cidr: everywhere",
        "ipBlock.cidr: Invalid value",
    ),
    // Expressions are compiled; what they mean is asked by `admission`.
    (
        "expression: \"false\"",
        "expression: \"fals\"",
        "undeclared reference to 'fals'",
    ),
    (
        "failurePolicy: Fail",
        "failurePolicy: Refuse",
        "failurePolicy: Unsupported value",
    ),
    // What the namespace's pod security refuses.
    (
        "drop: [ALL]",
        "drop: [NET_RAW]",
        "unrestricted capabilities",
    ),
    (
        "runAsNonRoot: true",
        "runAsNonRoot: false",
        "runAsNonRoot != true",
    ),
];

/// Both namespaces tell of every pod template that they would not admit. A pod by itself, as the chart's test is,
/// is only taken where its account is there already.
const NAMESPACES: &str = "\
{apiVersion: v1, kind: Namespace, metadata: {name: monitoring, labels: {pod-security.kubernetes.io/warn: restricted}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: monitoring-credentials, labels: {pod-security.kubernetes.io/warn: restricted}}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: doctor, namespace: monitoring}}";

/// Has the server judge manifests without keeping them.
async fn judge(cluster: &Cluster, manifests: &str) -> Result<String> {
    let arguments = [
        "apply",
        "--dry-run=server",
        "--server-side",
        "--force-conflicts",
        "--validate=strict",
        "--warnings-as-errors",
        "--filename=-",
    ];
    cluster.kubectl(&arguments, manifests).await
}

/// An API server with the operator's kinds and both namespaces.
pub(super) async fn start(name: &str) -> Result<Cluster> {
    let tools = Tools::from_process()?;
    let cluster = Cluster::start(&tools, ClusterOptions::new(name)).await?;
    let definitions = tools.definitions().await?;
    let files = DEFINITIONS.map(|plural| {
        let name = format!("monitoring.coreos.com_{plural}.yaml");
        format!("--filename={}", definitions.join(name).display())
    });
    // Not `apply`: its annotation would be too large.
    let mut create = vec!["create", "--validate=false"];
    create.extend(files.iter().map(String::as_str));
    cluster.kubectl(&create, "").await?;
    let wait = ["wait", "--for=condition=Established", "crd", "--all"];
    cluster.kubectl(&wait, "").await?;
    cluster.apply(&[NAMESPACES]).await?;
    Ok(cluster)
}

#[tokio::test]
async fn a_real_api_server_takes_every_object_and_finds_planted_defects() -> Result<()> {
    let cluster = start("chart").await?;
    for name in CLUSTERS {
        let manifests = fs::read_to_string(checkout::file(&path(name)))?;
        let judged = judge(&cluster, &manifests).await?;
        let objects = manifests.matches("\n# Source: ").count();
        let taken = judged
            .matches("serverside-applied (server dry run)")
            .count();
        assert!(objects > 20, "{objects} objects");
        assert_eq!(taken, objects, "{judged}");
    }

    // One call for all defects: it goes on after a refusal, and its words name what is wrong.
    let manifests = fs::read_to_string(checkout::file(&path("prod-e1-1")))?;
    let mut planted = Vec::new();
    for (right, wrong, _) in DEFECTS {
        let mut documents = manifests.split("\n---\n");
        let document = documents.find(|document| document.contains(right));
        planted.push(document.unwrap().replacen(right, wrong, 1));
    }
    let refused = judge(&cluster, &planted.join("\n---\n")).await;
    let refused = format!("{:#}", refused.unwrap_err());
    let missed = DEFECTS
        .iter()
        .filter(|(_, _, word)| !refused.contains(word));
    let missed: Vec<_> = missed.collect();
    assert!(missed.is_empty(), "{missed:#?} were taken:\n{refused}");
    Ok(())
}

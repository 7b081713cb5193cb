//! A real API server's judgement: it knows every field of every kind, and validates what no schema says.

use std::fs;

use anyhow::Result;
use sandbox::checkout;
use sandbox::kubernetes::{Cluster, ClusterOptions};
use sandbox::tools::Tools;

use super::RENDERED;

/// The namespace tells of every pod template that it would not admit.
const NAMESPACE: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: monitoring, labels: {pod-security.kubernetes.io/warn: restricted}}}";

/// What is right, what is planted in its place, and the words in which it must be refused.
const DEFECTS: [(&str, &str, &str); 9] = [
    // Fields that no kind has.
    (
        "enableServiceLinks",
        "enableServiceLink",
        "enableServiceLink: field not declared in schema",
    ),
    (
        "interval: 30s",
        "intervall: 30s",
        "intervall: field not declared in schema",
    ),
    (
        "podSelector:",
        "podSelectors:",
        "podSelectors: field not declared in schema",
    ),
    // Rules of validation.
    (
        "- name: http\n              containerPort",
        "- name: a-name-that-is-too-long\n              containerPort",
        "must be no more than 15 characters",
    ),
    (
        "cidr: 10.0.0.0/8",
        "cidr: 10.0.0.0",
        "ipBlock.cidr: Invalid value",
    ),
    (
        "pathType: Prefix",
        "pathType: Start",
        "pathType: Unsupported value",
    ),
    (
        "storage: 10Gi",
        "storage: -10Gi",
        "must be greater than zero",
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

/// Has the server judge manifests without keeping them.
async fn judge(cluster: &Cluster, manifests: &str) -> Result<String> {
    let arguments = [
        "apply",
        "--dry-run=server",
        "--server-side",
        "--validate=strict",
        "--warnings-as-errors",
        "--filename=-",
    ];
    cluster.kubectl(&arguments, manifests).await
}

#[tokio::test]
async fn a_real_api_server_takes_every_object_and_finds_planted_defects() -> Result<()> {
    let tools = Tools::from_process()?;
    let cluster = Cluster::start(&tools, ClusterOptions::new("grafana")).await?;
    let monitors = tools.definitions().await?;
    let monitors = monitors.join("monitoring.coreos.com_servicemonitors.yaml");
    let file = format!("--filename={}", monitors.display());
    // Not `apply`: its annotation would be too large.
    cluster
        .kubectl(&["create", "--validate=false", &file], "")
        .await?;
    let wait = ["wait", "--for=condition=Established", "crd", "--all"];
    cluster.kubectl(&wait, "").await?;
    cluster.apply(&[NAMESPACE]).await?;

    let manifests = fs::read_to_string(checkout::file(RENDERED))?;
    let judged = judge(&cluster, &manifests).await?;
    let objects = manifests.matches("\napiVersion: ").count();
    let taken = judged
        .matches("serverside-applied (server dry run)")
        .count();
    assert!(objects >= 13, "{objects} objects");
    assert_eq!(taken, objects, "{judged}");

    // One call for all defects: it goes on after a refusal, and its words name what is wrong.
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

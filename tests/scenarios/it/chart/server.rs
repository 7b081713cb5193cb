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
const DEFINITIONS: [&str; 1] = ["prometheusrules"];

/// What the API server says of a field that its kind does not have.
const UNKNOWN: &str = "field not declared in schema";

/// Both namespaces tell of every pod template that they would not admit.
const NAMESPACES: &str = "\
{apiVersion: v1, kind: Namespace, metadata: {name: monitoring, labels: {pod-security.kubernetes.io/warn: restricted}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: monitoring-credentials, labels: {pod-security.kubernetes.io/warn: restricted}}}";

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

#[tokio::test]
async fn a_real_api_server_takes_every_object_and_finds_planted_defects() -> Result<()> {
    let tools = Tools::from_process()?;
    let cluster = Cluster::start(&tools, ClusterOptions::new("chart")).await?;
    let definitions = tools.definitions().await?;
    for plural in DEFINITIONS {
        let file = definitions.join(format!("monitoring.coreos.com_{plural}.yaml"));
        let file = format!("--filename={}", file.display());
        cluster
            .kubectl(&["create", "--validate=false", &file], "")
            .await?;
    }
    let wait = ["wait", "--for=condition=Established", "crd", "--all"];
    cluster.kubectl(&wait, "").await?;
    cluster.apply(&[NAMESPACES]).await?;

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

    let manifests = fs::read_to_string(checkout::file(&path("prod-e1-1")))?;
    let mut missed = Vec::new();
    for (right, wrong, word) in [
        // A field that no kind has, in a built-in one and in one of the operator.
        ("backoffLimit: 0", "backofLimit: 0", UNKNOWN),
        ("  for: 10m", "  form: 10m", UNKNOWN),
        // Rules of validation.
        (
            "values: [2, 3, 4, 5, 101]",
            "values: [3, 2]",
            "must be ordered",
        ),
        ("containerName: job", "containerName: main", "containerName"),
        (
            "podReplacementPolicy: Failed",
            "podReplacementPolicy: TerminatingOrFailed",
            "podReplacementPolicy",
        ),
        ("timeZone: Etc/UTC", "timeZone: Etc/Utopia", "timeZone"),
        // What the namespace's pod security refuses.
        (
            "drop: [ALL]",
            "drop: [NET_RAW]",
            "unrestricted capabilities",
        ),
        ("runAsNonRoot: true", "runAsNonRoot: false", "runAsNonRoot"),
    ] {
        let mut documents = manifests.split("\n---\n");
        let document = documents.find(|document| document.contains(right));
        let planted = document.unwrap().replacen(right, wrong, 1);
        let refused = judge(&cluster, &planted).await;
        let text = refused.err().map(|error| format!("{error:#}"));
        let text = text.unwrap_or_else(|| "was taken".to_owned());
        if !text.contains(word) {
            missed.push(format!("`{wrong}`: {text}"));
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    Ok(())
}

//! A real API server's judgement: it knows every field of every kind, those of the Prometheus operator
//! included, and validates what no schema says.

use std::fs;

use anyhow::Result;
use sandbox::checkout;

use super::CLUSTERS;
use super::documents::path;
use crate::stack::server::{self, Defect};

/// The kinds of the operator that the chart uses.
const DEFINITIONS: [&str; 5] = [
    "alertmanagers",
    "podmonitors",
    "prometheuses",
    "prometheusrules",
    "servicemonitors",
];

const DEFECTS: [Defect; 14] = [
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
pub(super) const NAMESPACES: &str = "\
{apiVersion: v1, kind: Namespace, metadata: {name: monitoring, labels: {pod-security.kubernetes.io/warn: restricted}}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: monitoring-credentials, labels: {pod-security.kubernetes.io/warn: restricted}}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: doctor, namespace: monitoring}}";

#[tokio::test]
async fn a_real_api_server_takes_every_object_and_finds_planted_defects() -> Result<()> {
    let cluster = server::start("chart", &DEFINITIONS, NAMESPACES).await?;
    for name in CLUSTERS {
        let manifests = fs::read_to_string(checkout::file(&path(name)))?;
        let objects = manifests.matches("\n# Source: ").count();
        assert!(objects > 20, "{objects} objects");
        server::takes(&cluster, &manifests, objects).await?;
    }
    let manifests = fs::read_to_string(checkout::file(&path("prod-e1-1")))?;
    server::refuses(&cluster, &manifests, &DEFECTS).await;
    Ok(())
}

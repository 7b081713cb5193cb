//! A real API server's judgement: it knows every field of every kind, and validates what no schema says.

use std::fs;

use anyhow::Result;
use sandbox::checkout;

use super::RENDERED;
use crate::stack::server::{self, Defect};

/// The namespace tells of every pod template that it would not admit.
const NAMESPACE: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: monitoring, labels: {pod-security.kubernetes.io/warn: restricted}}}";

const DEFECTS: [Defect; 9] = [
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

#[tokio::test]
async fn a_real_api_server_takes_every_object_and_finds_planted_defects() -> Result<()> {
    let cluster = server::start("grafana", &["servicemonitors"], NAMESPACE).await?;
    let manifests = fs::read_to_string(checkout::file(RENDERED))?;
    let objects = manifests.matches("\napiVersion: ").count();
    assert!(objects >= 13, "{objects} objects");
    server::takes(&cluster, &manifests, objects).await?;
    server::refuses(&cluster, &manifests, &DEFECTS).await;
    Ok(())
}

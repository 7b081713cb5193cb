//! prometheus-adapter is in the chart's namespace, which may enforce the standard `restricted`: a real API server
//! takes a pod with the context that the values give.

use std::fs;

use anyhow::{Context as _, Result};
use sandbox::checkout;
use sandbox::kubernetes::{Cluster, ClusterOptions};
use sandbox::tools::Tools;
use serde_json::{Value, json};

use super::server::{self, Defect};
use crate::chart::documents::documents;

const VALUES: &str = "k8s/stack/prometheus-adapter.yaml";

/// A namespace as the end of a migration leaves it, and the account without which it has no pods.
const NAMESPACE: &str = "\
{apiVersion: v1, kind: Namespace, metadata: {name: monitoring, labels: {pod-security.kubernetes.io/enforce: restricted}}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: default, namespace: monitoring}}";

const DEFECTS: [Defect; 3] = [
    // What upstream had.
    (
        "\"drop\":[\"ALL\"]",
        "\"drop\":[\"all\"]",
        "unrestricted capabilities",
    ),
    (
        "\"runAsNonRoot\":true",
        "\"runAsNonRoot\":false",
        "runAsNonRoot != true",
    ),
    (
        "\"allowPrivilegeEscalation\":false",
        "\"allowPrivilegeEscalation\":true",
        "allowPrivilegeEscalation != false",
    ),
];

/// The pod as upstream's template has it, as far as pod security looks at it.
fn pod(context: &Value) -> String {
    let pod = json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "prometheus-adapter", "namespace": "monitoring"},
        "spec": {
            "securityContext": {"fsGroup": 10001},
            "containers": [{
                "name": "prometheus-adapter",
                "image": "registry.k8s.io/prometheus-adapter/prometheus-adapter:v0.10.0",
                "securityContext": context,
            }],
            "volumes": [
                {"name": "config", "configMap": {"name": "buildsense-workflow-hpa-rules"}},
                {"name": "tmp", "emptyDir": {}},
            ],
        },
    });
    pod.to_string()
}

#[tokio::test]
async fn its_pod_may_run_where_restricted_is_enforced() -> Result<()> {
    let values = fs::read_to_string(checkout::file(VALUES)).context(VALUES)?;
    let values = documents(&values)?.pop().context("no values")?;
    let pod = pod(&values["securityContext"]);
    let tools = Tools::from_process()?;
    let cluster = Cluster::start(&tools, ClusterOptions::new("adapter")).await?;
    cluster.apply(&[NAMESPACE]).await?;
    server::takes(&cluster, &pod, 1).await?;
    server::refuses(&cluster, &pod, &DEFECTS).await;
    Ok(())
}

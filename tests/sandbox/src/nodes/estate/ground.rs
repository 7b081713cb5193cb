//! What an installation finds in a cluster: the operator's definitions and the operator, kube-state-metrics,
//! volumes, and the company's workers.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::json;

use super::images::Images;
use crate::checkout;
use crate::company::HOME;
use crate::kubernetes::Cluster;
use crate::nodes::NodeCluster;

/// All that the operator watches.
const KINDS: [&str; 10] = [
    "alertmanagerconfigs",
    "alertmanagers",
    "podmonitors",
    "probes",
    "prometheusagents",
    "prometheuses",
    "prometheusrules",
    "scrapeconfigs",
    "servicemonitors",
    "thanosrulers",
];

/// As many as the chart claims: Prometheus, two Alertmanagers, the Pushgateway.
const VOLUMES: usize = 4;

/// Lays it, and waits for nothing but the definitions.
pub(super) async fn lay(whole: &NodeCluster, images: &Images) -> Result<()> {
    let cluster = whole.cluster();
    cluster.define(&KINDS).await?;
    cluster.apply(&[&content("namespaces.yaml")?]).await?;
    let metrics = content("kube-state-metrics.yaml")?;
    let metrics = metrics.replace("@@image@@", &images.kube_state_metrics.to_string());
    cluster.apply(&[&metrics, &volumes(cluster)?]).await?;
    if cluster.name() == HOME {
        let workers = content("workers.yaml")?;
        let workers = workers.replace("@@image@@", &images.pushgateway.to_string());
        cluster.apply(&[&workers]).await?;
    }
    // Not before its kinds are served: it passes over those that are not there when it starts.
    whole.start_operator(&images.reloader.to_string())
}

fn content(name: &str) -> Result<String> {
    let path = checkout::file("tests/sandbox/content/nodes").join(name);
    fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
}

/// There is nobody who makes volumes: they lie ready, each a directory for whoever claims it.
fn volumes(cluster: &Cluster) -> Result<String> {
    let class = json!({
        "apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
        "metadata": {"name": "gp2"}, "provisioner": "kubernetes.io/no-provisioner",
    });
    // The operator asks for it by name.
    let mut documents = vec![class.to_string()];
    for number in 0..VOLUMES {
        let path = cluster.directory().join(format!("volume-{number}"));
        writable(&path)?;
        let volume = json!({
            "apiVersion": "v1", "kind": "PersistentVolume",
            "metadata": {"name": format!("volume-{number}")},
            "spec": {
                "capacity": {"storage": "1Ti"},
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": "gp2",
                "hostPath": {"path": path},
            },
        });
        documents.push(volume.to_string());
    }
    Ok(documents.join("\n---\n"))
}

/// For the programs in pods, which are nobody in particular.
fn writable(path: &Path) -> Result<()> {
    fs::create_dir(path)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o777)))
        .with_context(|| format!("creating {}", path.display()))
}

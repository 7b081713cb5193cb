//! What is done to an empty cluster: definitions, namespaces, volumes, the Secret of the mail
//! credentials, the chart.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use tokio::process::Command;

use super::Estate;
use super::chart;
use crate::checkout;
use crate::company::{self, REGION, SECRET};
use crate::kubernetes::Cluster;
use crate::nodes::NodeCluster;
use crate::tools::{Tool, Tools};

/// The release that people know.
const RELEASE: &str = "prod-monitoring";

/// How many times 25 seconds the API server has to serve new kinds.
const PATIENCE: usize = 6;

/// As many as the chart claims: Prometheus, two Alertmanagers, the Pushgateway.
const VOLUMES: usize = 4;

impl Estate {
    /// Installs everything in one of the clusters, and waits for nothing.
    pub(super) async fn install(&self, tools: &Tools, whole: &NodeCluster) -> Result<()> {
        let cluster = whole.cluster();
        define(tools, cluster).await?;
        let namespaces = content("namespaces.yaml")?;
        cluster.apply(&[&namespaces]).await?;
        let metrics = content("kube-state-metrics.yaml")?;
        let metrics = metrics.replace("@@image@@", &self.images.kube_state_metrics.to_string());
        let volumes = volumes(cluster)?;
        let secret = self.secret()?;
        cluster.apply(&[&metrics, &volumes, &secret]).await?;
        self.helm(tools, whole).await?;
        // Not before its kinds are served: it passes over those that are not there when it starts.
        whole.start_operator(&self.images.reloader.to_string())
    }

    /// Alertmanager's configuration, filled as the installation fills it.
    fn secret(&self) -> Result<String> {
        let template = self.chart.join("files/alertmanager-template.yaml");
        let template = fs::read_to_string(&template).context("reading Alertmanager's template")?;
        let document = self.aws.secrets().current_text(SECRET)?;
        let filled = company::fill(&template, &document, REGION)?;
        Ok(json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {"name": "alertmanager-prod-monitoring", "namespace": "monitoring"},
            "stringData": {"alertmanager.yaml": filled},
        })
        .to_string())
    }

    async fn helm(&self, tools: &Tools, whole: &NodeCluster) -> Result<()> {
        let cluster = whole.cluster();
        let values = cluster.directory().join("values.json");
        fs::write(
            &values,
            chart::values(&self.pair, whole, &self.images).to_string(),
        )
        .context("writing the values of a cluster")?;
        let program = tools.locate(Tool::Helm).await?;
        let output = Command::new(program)
            .args(["upgrade", "--install", RELEASE])
            .arg(&self.chart)
            .args(["--namespace", "monitoring", "--kubeconfig"])
            .arg(cluster.admin_kubeconfig()?)
            .arg("--values")
            .arg(checkout::file(&format!(
                "k8s/values/{}.yaml",
                cluster.name()
            )))
            .arg("--values")
            .arg(&values)
            .env_clear()
            .env("HOME", cluster.directory())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .context("running helm")?;
        if output.status.success() {
            return Ok(());
        }
        bail!(
            "helm ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        )
    }
}

fn content(name: &str) -> Result<String> {
    let path = checkout::file("tests/sandbox/content/nodes").join(name);
    fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
}

/// The operator's kinds.
async fn define(tools: &Tools, cluster: &Cluster) -> Result<()> {
    let directory = tools.definitions().await?;
    for file in fs::read_dir(&directory).context("listing definitions")? {
        let path = file.context("listing definitions")?.path();
        if path.extension().is_some_and(|it| it == "yaml") {
            let text = fs::read_to_string(&path);
            let text = text.with_context(|| format!("reading {}", path.display()))?;
            cluster.apply(&[&text]).await?;
        }
    }
    // On a machine that is busy with other things it takes longer than a call of kubectl may.
    let served = [
        "wait",
        "--for=condition=Established",
        "--timeout=25s",
        "--all",
        "crd",
    ];
    let mut waited = cluster.kubectl(&served, "").await;
    for _ in 1..PATIENCE {
        if waited.is_err() {
            waited = cluster.kubectl(&served, "").await;
        }
    }
    waited?;
    Ok(())
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

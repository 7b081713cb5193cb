//! Two clusters and an upstream for the job that syncs dashboards.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::{Delay, Generation};
use crate::checkout;
use crate::company::CLUSTERS;
use crate::kubernetes::{Client, Cluster, ClusterOptions, joint_kubeconfig};
use crate::tools::Tools;
use crate::upstream::{Options, Upstream};

/// Where the dashboards go.
pub const NAMESPACE: &str = "monitoring";
/// The group that a cluster maps the job's role to.
pub const GROUP: &str = "monitoring-jobs:sync-dashboards";
/// As whom the job acts.
pub const USER: &str = "sync-dashboards";
/// Where upstream has the bundle.
pub const PATH: &str = "manifests/grafana-dashboardDefinitions.yaml";

/// An upstream and two clusters, in which the job has the rights of `k8s/rbac/sync-dashboards.yaml`.
/// Everything ends when it is dropped.
#[derive(Debug)]
pub struct Stage {
    /// Where dashboards come from.
    pub upstream: Upstream,
    clusters: [Cluster; 2],
    kubeconfig: PathBuf,
    directory: TempDir,
}

impl Stage {
    /// Starts everything. Upstream has nothing yet.
    ///
    /// # Errors
    /// When a server does not start.
    pub async fn start(tools: &Tools) -> Result<Self> {
        let directory = TempDir::new()?;
        let [first, second] = CLUSTERS;
        let (first, second) = tokio::join!(cluster(tools, first), cluster(tools, second));
        let mut stage = Self {
            upstream: Upstream::start(Options::default())?,
            clusters: [first?, second?],
            kubeconfig: PathBuf::new(),
            directory,
        };
        stage.kubeconfig = stage.write_kubeconfig("kubeconfig", None)?;
        Ok(stage)
    }

    /// The job's kubeconfig: one context for each cluster, called like it.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The contexts in it.
    pub fn contexts(&self) -> [&'static str; 2] {
        CLUSTERS
    }

    /// The clusters, in the order of [`contexts`](Self::contexts).
    pub fn clusters(&self) -> &[Cluster; 2] {
        &self.clusters
    }

    /// A client that may do everything in the cluster `name`.
    ///
    /// # Errors
    /// When there is no such cluster, or the client cannot be set up.
    pub async fn admin(&self, name: &str) -> Result<Client> {
        self.cluster(name)?.client().await
    }

    /// The cluster `name`.
    ///
    /// # Errors
    /// When there is none.
    pub fn cluster(&self, name: &str) -> Result<&Cluster> {
        let found = self.clusters.iter().find(|cluster| cluster.name() == name);
        found.with_context(|| format!("no cluster {name}"))
    }

    /// Where temporary files of this stage may lie.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Lets upstream's `main` be this generation at `commit`. Returns the sha256 of the file, in hex.
    pub fn publish(&self, commit: &str, generation: &Generation) -> String {
        let text = generation.text();
        let digest = Sha256::digest(text.as_bytes());
        self.upstream.publish("main", commit, PATH, text);
        crate::upstream::hex(&digest)
    }

    /// Puts both clusters `latency` away, for whoever uses the kubeconfig that comes along. The
    /// distance lasts as long as what is returned.
    ///
    /// # Errors
    /// When there is no port, or the file cannot be written.
    pub fn far_away(&self, latency: Duration) -> Result<([Delay; 2], PathBuf)> {
        let delay = |cluster: &Cluster| -> Result<Delay> {
            let address: SocketAddr = cluster.server_url().replace("https://", "").parse()?;
            Ok(Delay::start(address, latency)?)
        };
        let [first, second] = &self.clusters;
        let delays = [delay(first)?, delay(second)?];
        let name = format!("kubeconfig-{}-ms", latency.as_millis());
        let file = self.write_kubeconfig(&name, Some(&delays))?;
        Ok((delays, file))
    }

    fn write_kubeconfig(&self, name: &str, through: Option<&[Delay; 2]>) -> Result<PathBuf> {
        let addresses = through.map(|delays| delays.each_ref().map(Delay::addr));
        let through = addresses.as_ref().map(<[SocketAddr; 2]>::as_slice);
        let file = |it| Ok((it, Cluster::kubeconfig_for(it, USER, Some(GROUP))?));
        let files: Result<Vec<_>> = self.clusters.iter().map(file).collect();
        let text = joint_kubeconfig(&files?, through)?;
        let path = self.directory.path().join(name);
        fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        Ok(path)
    }
}

async fn cluster(tools: &Tools, name: &str) -> Result<Cluster> {
    let cluster = Cluster::start(tools, ClusterOptions::new(name)).await?;
    let namespace = format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {NAMESPACE}}}");
    let path = checkout::file("k8s/rbac/sync-dashboards.yaml");
    let rights =
        fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    cluster.apply(&[&namespace, &rights]).await?;
    Ok(cluster)
}

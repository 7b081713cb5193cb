//! The images of everything that runs as a pod.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use common::env::Env;
use tempfile::TempDir;

use crate::images::{File, Image, Profile, Reference};
use crate::nodes::PAUSE_IMAGE;
use crate::tools::{Tool, Tools};

/// Where programs in Go look for certificate authorities.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// What the images are called, by digest, and where their files are.
#[derive(Debug)]
pub struct Images {
    directory: TempDir,
    archives: Vec<PathBuf>,
    /// The jobs and the installer.
    pub suite: Reference,
    /// Prometheus.
    pub prometheus: Reference,
    /// Alertmanager.
    pub alertmanager: Reference,
    /// The Pushgateway.
    pub pushgateway: Reference,
    /// What the operator puts beside the servers.
    pub reloader: Reference,
    /// kube-state-metrics.
    pub kube_state_metrics: Reference,
}

impl Images {
    /// Makes them; jobs and Alertmanagers believe servers that `authority` (PEM) vouches for.
    pub(super) async fn make(tools: &Tools, env: &Env, authority: &str) -> Result<Self> {
        let directory = TempDir::new().context("a directory for images")?;
        let mut archives = Vec::new();
        let mut write = |image: &Image| {
            let path = directory.path().join(format!("{}.tar", archives.len()));
            let reference = image.write(&path)?;
            archives.push(path);
            anyhow::Ok(reference)
        };
        write(&Image::pause(PAUSE_IMAGE).await?)?;
        let name = "registry.local/monitoring-jobs:sandbox";
        let suite = Image::suite_that_trusts(authority, name, Profile::Dev, env);
        let suite = write(&suite.await?)?;
        let prometheus = write(&server(tools, Tool::Prometheus, &[]).await?)?;
        let trusted = [File::bytes(AUTHORITIES, authority)?];
        let alertmanager = write(&server(tools, Tool::Alertmanager, &trusted).await?)?;
        let pushgateway = write(&server(tools, Tool::Pushgateway, &[]).await?)?;
        let reloader = write(&server(tools, Tool::PrometheusConfigReloader, &[]).await?)?;
        let kube_state_metrics = write(&server(tools, Tool::KubeStateMetrics, &[]).await?)?;
        Ok(Self {
            directory,
            archives,
            suite,
            prometheus,
            alertmanager,
            pushgateway,
            reloader,
            kube_state_metrics,
        })
    }

    /// Files that a node imports.
    pub fn archives(&self) -> Vec<&Path> {
        self.archives.iter().map(AsRef::as_ref).collect()
    }

    /// Where they lie. It goes with this.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }
}

/// An image of one server, started by its own name.
async fn server(tools: &Tools, tool: Tool, more: &[File]) -> Result<Image> {
    let name = tool.binary();
    let place = format!("/bin/{name}");
    let mut files = vec![File::program(&place, &tools.locate(tool).await?)?];
    files.extend_from_slice(more);
    Image::of_files(&format!("registry.local/{name}:sandbox"), &[&place], files)
}

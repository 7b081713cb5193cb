//! The synchronisation of dashboards: the real binary, two real API servers with the job's own rights, and
//! an upstream that answers as GitHub does.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use sandbox::dashboards::{Generation, NAMESPACE, Stage};
use sandbox::kubernetes::{AuditEntry, Change, Cluster, Mark};
use sandbox::tools::Tools;
use scenarios::job::{Finished, Job};
use serde_json::{Value, json};

mod busy;
mod clusters;
mod commands;
mod killed;
mod removal;
mod rights;
mod sources;
mod whole;

/// The stage with a job that knows it.
struct World {
    stage: Stage,
}

/// What the configuration pins.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pin {
    commit: String,
    sha256: String,
}

impl World {
    async fn start() -> Result<Self> {
        let stage = Stage::start(&Tools::from_process()?).await?;
        Ok(Self { stage })
    }

    /// Lets upstream's `main` be this generation.
    fn publish(&self, number: u32, generation: &Generation) -> Pin {
        let commit = format!("{number:040x}");
        let sha256 = self.stage.publish(&commit, generation);
        Pin { commit, sha256 }
    }

    /// The configuration's file: both clusters, this pin, and some lines more.
    fn configured(&self, pin: &Pin, more: &str) -> Result<PathBuf> {
        let kubeconfig = self.stage.kubeconfig().to_owned();
        self.configured_for(pin, &kubeconfig, more)
    }

    fn configured_for(&self, pin: &Pin, kubeconfig: &Path, more: &str) -> Result<PathBuf> {
        let mut text = source(&self.stage.upstream.base_url(), pin, self.stage.directory());
        text += "exclude: []\nclusters:\n";
        for context in self.stage.contexts() {
            let kubeconfig = kubeconfig.display();
            writeln!(
                text,
                "  - {{name: {context}, context: {context}, kubeconfig: {kubeconfig}}}"
            )?;
        }
        text += more;
        let path = self.stage.directory().join("sync-dashboards.yaml");
        fs::write(&path, text)?;
        Ok(path)
    }

    async fn run(&self, words: &[&str], config: &Path) -> Result<Finished> {
        job(words, config)?.run().await
    }

    fn marks(&self) -> Result<Vec<Mark>> {
        let clusters = self.stage.clusters().iter();
        clusters.map(Cluster::audit_mark).collect()
    }

    /// What each cluster was asked since, as `verb resource`.
    fn asked(&self, since: &[Mark]) -> Result<Vec<Vec<String>>> {
        let clusters = self.stage.clusters().iter().zip(since);
        clusters
            .map(|(cluster, mark)| {
                let entries = cluster.audit_since(*mark)?;
                let ours = entries
                    .into_iter()
                    .filter(|it| it.user == sandbox::dashboards::USER);
                Ok(ours
                    .map(|it: AuditEntry| format!("{} {}", it.verb, it.resource))
                    .collect())
            })
            .collect()
    }

    /// Names of a cluster's dashboards, without their prefix.
    async fn names(&self, cluster: usize) -> Result<Vec<String>> {
        let maps = self.maps(cluster).await?;
        let names = maps
            .iter()
            .filter_map(|map| map["metadata"]["name"].as_str());
        Ok(names
            .filter_map(|name| name.strip_prefix("monitoring-dashboard-"))
            .map(str::to_owned)
            .collect())
    }

    /// A cluster's `ConfigMap`s that the sidecar reads.
    async fn maps(&self, cluster: usize) -> Result<Vec<Value>> {
        let path =
            format!("/api/v1/namespaces/{NAMESPACE}/configmaps?labelSelector=grafana_dashboard");
        let admin = self.admin(cluster).await?;
        let list = admin.get(&path).await?;
        Ok(list["items"].as_array().cloned().unwrap_or_default())
    }

    async fn admin(&self, cluster: usize) -> Result<sandbox::kubernetes::Client> {
        self.stage.admin(self.stage.contexts()[cluster]).await
    }

    /// Changes a dashboard's `ConfigMap` as a person does.
    async fn edit(&self, cluster: usize, name: &str, change: &Value) -> Result<()> {
        let admin = self.admin(cluster).await?;
        let path = format!("{}?fieldManager=kubectl-edit", path(name));
        admin.patch(&path, Change::Merge, change).await?;
        Ok(())
    }
}

/// Where a dashboard's `ConfigMap` is.
fn path(name: &str) -> String {
    format!("/api/v1/namespaces/{NAMESPACE}/configmaps/monitoring-dashboard-{name}")
}

/// The section `source` of a configuration.
fn source(upstream: &str, pin: &Pin, directory: &Path) -> String {
    let Pin { commit, sha256 } = pin;
    let cache = directory.join("cache");
    format!(
        "source:\n  ref: {commit}\n  sha256: {sha256}\n  cache: {}\n  from:\n    \
         - github: {{raw: \"{upstream}\", api: \"{upstream}\"}}\n  patience: 3s\n",
        cache.display()
    )
}

fn job(words: &[&str], config: &Path) -> Result<Job> {
    let config = config.to_string_lossy();
    Job::dashboards(words.iter().copied().chain(["--config", &*config]))
}

/// Fails with everything that the run has said.
#[track_caller]
fn assert_ended(run: &Finished, status: i32, code: Option<&str>) {
    let said = format!("{}\n{}", run.stdout, run.stderr);
    assert_eq!(run.status, status, "{said}");
    if let Some(code) = code {
        assert_eq!(
            run.termination["class"], code,
            "{said}\n{}",
            run.termination
        );
    }
}

/// Another text of a dashboard, as a person would leave it.
fn hand_made(generation: &Generation, name: &str) -> Value {
    let boards = generation.boards();
    let (_, text) = boards.iter().find(|(board, _)| *board == name).unwrap();
    let text = text.replace("\"Rate\"", "\"Mine\"");
    json!({"data": {format!("{name}.json"): text}})
}

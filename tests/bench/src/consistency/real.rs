//! Ours and its peers against two real API servers.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use sandbox::kubernetes::{Cluster, Mark};
use sandbox::monitoring::{Fleet, Stage, collection, rule};
use sandbox::tools::{Tool, Tools};
use serde_json::Value;
use tokio::time::Instant;

use super::row::{Row, Run};
use super::{Ours, simulated, watched};

/// As whom `kubectl` acts.
const ADMIN: &str = "sandbox-admin";

/// One row for each program, ours first.
pub(super) async fn rows(ours: &Ours, objects: usize, rounds: u32) -> Result<Vec<Row>> {
    let scene = Scene::prepare(objects).await?;
    let subjects = [Subject::Ours, Subject::Diff, Subject::GetAndDyff];
    for subject in subjects {
        scene.run(ours, subject).await?;
    }
    let mut runs = [Vec::new(), Vec::new(), Vec::new()];
    for round in 1..=rounds {
        for (subject, runs) in subjects.into_iter().zip(&mut runs) {
            let run = scene.run(ours, subject).await?;
            anstream::eprintln!(
                "2 × {objects} rules, round {round} of {rounds}, {}: {:.3} s, {:?}",
                subject.name(),
                run.wall.as_secs_f64(),
                run.cpu
            );
            runs.push(run);
        }
    }
    let rows = subjects.iter().zip(&runs);
    rows.map(|(subject, runs)| Row::of(subject.name(), runs))
        .collect()
}

#[derive(Debug, Clone, Copy)]
enum Subject {
    Ours,
    Diff,
    GetAndDyff,
}

impl Subject {
    const fn name(self) -> &'static str {
        match self {
            Self::Ours => "check-consistency",
            Self::Diff => "kubectl diff (1.34.4)",
            Self::GetAndDyff => "kubectl get (1.34.4), dyff between (1.12.0)",
        }
    }
}

/// Two clusters that differ in one rule.
struct Scene {
    stage: Stage,
    kubectl: PathBuf,
    dyff: PathBuf,
    /// `kubectl`'s kubeconfig for each cluster.
    kubeconfigs: [PathBuf; 2],
    /// The second cluster's objects, a file each.
    manifests: PathBuf,
    /// The name of the rule that differs.
    changed: String,
}

impl Scene {
    async fn prepare(objects: usize) -> Result<Self> {
        let tools = Tools::from_process()?;
        let stage = Stage::start(&tools).await?;
        let manifests = stage.directory().join("manifests");
        fs::create_dir(&manifests)?;
        for number in 0..objects {
            let manifest = Fleet::manifest(number, number == objects / 2).to_string();
            fs::write(manifests.join(format!("{number:05}.json")), manifest)?;
        }
        let [first, second] = &stage.clusters;
        let (one, other) = tokio::join!(
            fill(&stage, first, objects, false),
            fill(&stage, second, objects, true)
        );
        one.and(other)?;
        let changed = Fleet::manifest(objects / 2, true);
        let changed = changed.pointer("/metadata/name").and_then(Value::as_str);
        Ok(Self {
            kubectl: tools.locate(Tool::Kubectl).await?,
            dyff: tools.locate(Tool::Dyff).await?,
            kubeconfigs: [first.admin_kubeconfig()?, second.admin_kubeconfig()?],
            changed: changed.context("a rule without name")?.to_owned(),
            manifests,
            stage,
        })
    }

    /// One run, with the requests that the audit logs know of.
    async fn run(&self, ours: &Ours, subject: Subject) -> Result<Run> {
        let marks: Result<Vec<Mark>> = self
            .stage
            .clusters
            .iter()
            .map(Cluster::audit_mark)
            .collect();
        let mut run = match subject {
            Subject::Ours => self.ours(ours).await,
            Subject::Diff => self.diff().await,
            Subject::GetAndDyff => self.get_and_dyff().await,
        }
        .with_context(|| format!("measuring {}", subject.name()))?;
        for (cluster, mark) in self.stage.clusters.iter().zip(marks?) {
            let user = match subject {
                Subject::Ours => self.stage.user(cluster.name()),
                Subject::Diff | Subject::GetAndDyff => ADMIN.to_owned(),
            };
            let entries = cluster.audit_since(mark)?;
            run.requests += entries.iter().filter(|entry| entry.user == user).count();
        }
        Ok(run)
    }

    async fn ours(&self, ours: &Ours) -> Result<Run> {
        let kubeconfig = self.stage.kubeconfig().to_string_lossy();
        let configuration = simulated::configuration(&kubeconfig, 500);
        let watched = ours.run(&configuration, &self.changed).await?;
        Ok(Run {
            wall: watched.wall,
            cpu: watched.cpu,
            peak: watched.peak,
            requests: 0,
        })
    }

    /// The second cluster's objects against the first cluster.
    async fn diff(&self) -> Result<Run> {
        let [first, _] = &self.kubeconfigs;
        let mut command = self.kubectl(first);
        command
            .args(["diff", "--server-side", "--force-conflicts"])
            .args(["--concurrency=10", "--filename"])
            .arg(&self.manifests);
        let watched = watched::run(command, self.stage.directory(), "diff").await?;
        ensure!(
            watched.code == Some(1) && watched.stdout.contains(&self.changed),
            "kubectl diff ended with {:?}: {}{}",
            watched.code,
            watched.stdout,
            watched.stderr
        );
        Ok(Run {
            wall: watched.wall,
            cpu: watched.cpu,
            peak: watched.peak,
            requests: 0,
        })
    }

    async fn get_and_dyff(&self) -> Result<Run> {
        let directory = self.stage.directory();
        let [first, second] = &self.kubeconfigs;
        let get = async |kubeconfig: &Path, name: &str| {
            let mut command = self.kubectl(kubeconfig);
            command.args(["get", "prometheusrules", "--namespace=monitoring"]);
            command.args(["--output", "yaml"]);
            watched::run(command, directory, name).await
        };
        let started = Instant::now();
        let (one, other) = tokio::join!(get(first, "one"), get(second, "other"));
        let (one, other) = (one?, other?);
        ensure!(
            one.code == Some(0) && other.code == Some(0),
            "kubectl get: {}{}",
            one.stderr,
            other.stderr
        );
        let mut command = Command::new(&self.dyff);
        command
            .args(["between", "--omit-header"])
            .args(["one.out", "other.out"].map(|name| directory.join(name)));
        let compared = watched::run(command, directory, "dyff").await?;
        let wall = started.elapsed();
        ensure!(
            compared.code == Some(0) && compared.stdout.contains("10m"),
            "dyff ended with {:?}: {}",
            compared.code,
            compared.stderr
        );
        Ok(Run {
            wall,
            cpu: one.cpu + other.cpu + compared.cpu,
            peak: one.peak.max(other.peak).max(compared.peak),
            requests: 0,
        })
    }

    fn kubectl(&self, kubeconfig: &Path) -> Command {
        let mut command = Command::new(&self.kubectl);
        command
            .env("HOME", self.stage.directory())
            .env_remove("KUBECTL_EXTERNAL_DIFF")
            .arg("--kubeconfig")
            .arg(kubeconfig)
            .arg("--cache-dir")
            .arg(kubeconfig.with_extension("cache"));
        command
    }
}

/// Replaces the rules of a cluster by those of a fleet.
async fn fill(stage: &Stage, cluster: &Cluster, objects: usize, changed: bool) -> Result<()> {
    let rules = collection("apis/monitoring.coreos.com/v1", "prometheusrules");
    let admin = stage.admin(cluster.name()).await?;
    let there = admin.get(&rules).await?;
    let items = there.get("items").and_then(Value::as_array);
    for item in items.into_iter().flatten() {
        let name = item.pointer("/metadata/name").and_then(Value::as_str);
        admin
            .delete(&rule(name.context("a rule without name")?))
            .await?;
    }
    for number in 0..objects {
        let manifest = Fleet::manifest(number, changed && number == objects / 2);
        admin.create(&rules, &manifest).await?;
    }
    Ok(())
}

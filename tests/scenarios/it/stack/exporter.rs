//! kube-state-metrics as the values start it has every series that the chart's rules stand on.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result};
use sandbox::kubernetes::{Cluster, ClusterOptions};
use sandbox::tools::{Tool, Tools};
use scenarios::wait;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use super::stub::installed;
use crate::chart::documents::Rendered;

/// The families of kube-state-metrics in the rules of the chart.
fn families() -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for render in Rendered::all()? {
        for rule in render.of("PrometheusRule") {
            let text = rule["spec"].to_string();
            let words = text.split(|it: char| !it.is_ascii_alphanumeric() && it != '_');
            let families = words.filter(|it| it.starts_with("kube_"));
            found.extend(families.map(str::to_owned));
        }
    }
    Ok(found)
}

/// A port of the loopback that nobody had a moment ago.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    Ok(listener.local_addr()?.port())
}

struct Exporter {
    process: Child,
    port: u16,
}

impl Exporter {
    async fn start(tools: &Tools, cluster: &Cluster, resources: &str) -> Result<Self> {
        let program = tools.locate(Tool::KubeStateMetrics).await?;
        let kubeconfig = cluster.kubeconfig_for("kube-state-metrics", Some("system:masters"))?;
        let (port, telemetry) = (free_port()?, free_port()?);
        let process = Command::new(program)
            .arg(format!("--resources={resources}"))
            .arg(format!("--kubeconfig={}", kubeconfig.display()))
            .args(["--host=127.0.0.1", "--telemetry-host=127.0.0.1"])
            .arg(format!("--port={port}"))
            .arg(format!("--telemetry-port={telemetry}"))
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("starting kube-state-metrics")?;
        Ok(Self { process, port })
    }

    /// The families that it exposes.
    async fn families(&mut self) -> Result<BTreeSet<String>> {
        let ended = self.process.try_wait()?;
        anyhow::ensure!(ended.is_none(), "kube-state-metrics ended: {ended:?}");
        let client = common::http::client(common::http::Timeouts {
            connect: Duration::from_secs(2),
            total: Duration::from_secs(5),
        })?;
        let url = format!("http://127.0.0.1:{}/metrics", self.port);
        let Ok(answer) = client.get(url).send().await else {
            return Ok(BTreeSet::new());
        };
        let text = answer.text().await?;
        let headings = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        let names = headings.filter_map(|it| it.split(' ').next());
        Ok(names.map(str::to_owned).collect())
    }
}

/// What the series are about, with the path that takes it: of a kind that nobody has, the exporter says not
/// even the names. The CronJob names its time zone, as the chart's do: an exporter without time zones ends
/// over it.
fn objects() -> [(&'static str, Value); 4] {
    let pod = json!({
        "restartPolicy": "Never",
        "serviceAccountName": "jobs",
        "automountServiceAccountToken": false,
        "containers": [{"name": "job", "image": "registry.local/jobs:v1"}],
    });
    let object = |kind: &str, version: &str, spec: Value| {
        json!({
            "apiVersion": version, "kind": kind,
            "metadata": {"name": "sync-dashboards", "namespace": "default"}, "spec": spec,
        })
    };
    let job = json!({"template": {"spec": &pod}});
    let schedule =
        json!({"schedule": "41 4 * * *", "timeZone": "Etc/UTC", "jobTemplate": {"spec": &job}});
    let account = json!({
        "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": {"name": "jobs", "namespace": "default"},
    });
    [
        ("/api/v1/namespaces/default/serviceaccounts", account),
        ("/api/v1/namespaces/default/pods", object("Pod", "v1", pod)),
        (
            "/apis/batch/v1/namespaces/default/jobs",
            object("Job", "batch/v1", job),
        ),
        (
            "/apis/batch/v1/namespaces/default/cronjobs",
            object("CronJob", "batch/v1", schedule),
        ),
    ]
}

#[tokio::test]
async fn each_series_of_the_rules_is_there_and_goes_with_its_collector() -> Result<()> {
    let wanted = families()?;
    assert!(wanted.len() > 9, "{wanted:?}");
    let values = installed().await?.values;
    let collectors = &values["kube-state-metrics"]["collectors"];
    let collectors: Vec<String> = serde_json::from_value(collectors.clone())?;
    assert!(!collectors.iter().any(|it| it == "secrets"));

    let tools = Tools::from_process()?;
    let cluster = Cluster::start(&tools, ClusterOptions::new("prod-e1-1")).await?;
    let admin = cluster.client().await?;
    for (path, object) in objects() {
        admin.create(path, &object).await?;
    }

    let mut exporter = Exporter::start(&tools, &cluster, &collectors.join(",")).await?;
    let mut missing = wanted.clone();
    let all = wait::until("every series is exposed", async || {
        let seen = exporter.families().await?;
        missing = wanted.difference(&seen).cloned().collect();
        Ok(missing.is_empty())
    })
    .await;
    all.with_context(|| format!("without {missing:?}"))?;

    let less: Vec<&str> = collectors
        .iter()
        .map(String::as_str)
        .filter(|it| *it != "cronjobs")
        .collect();
    let mut exporter = Exporter::start(&tools, &cluster, &less.join(",")).await?;
    wait::until("the others are exposed", async || {
        Ok(exporter.families().await?.contains("kube_job_owner"))
    })
    .await?;
    let seen = exporter.families().await?;
    assert!(!seen.contains("kube_cronjob_info"), "{seen:?}");
    Ok(())
}

//! A single Alertmanager, without gossip.

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use super::process::Process;
use super::server::Server;
use crate::tools::{Tool, Tools};

const NAME: &str = "alertmanager";

/// A running Alertmanager.
#[derive(Debug)]
pub struct Alertmanager {
    server: Server,
}

impl Alertmanager {
    /// A configuration that accepts every alert and notifies no one.
    pub const SILENT: &str = "route:\n  receiver: nobody\nreceivers:\n  - name: nobody\n";

    /// Starts one with `configuration` (YAML).
    ///
    /// # Errors
    /// When the program is not to be had or refuses the configuration; the log's tail is in the
    /// text.
    pub async fn start(tools: &Tools, configuration: &str) -> Result<Self> {
        let program = tools.locate(Tool::Alertmanager).await?;
        let directory = Server::directory(NAME)?;
        let file = directory.path().join("alertmanager.yml");
        fs::write(&file, configuration).with_context(|| format!("writing {}", file.display()))?;
        let mut command = Command::new(program);
        command
            .arg(format!("--config.file={}", file.display()))
            .arg(format!(
                "--storage.path={}",
                directory.path().join("data").display()
            ))
            .arg("--web.listen-address=127.0.0.1:0")
            // As in a pod: a name that nobody else knows. The default would be derived from port 0.
            .arg("--web.external-url=http://alertmanager-0:9093/")
            .arg("--web.route-prefix=/")
            .arg("--cluster.listen-address=");
        let server = Server::start(NAME, command, directory).await?;
        Ok(Self { server })
    }

    /// Its base URL, without a trailing slash.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The process: to stop or kill it, and to read its log.
    pub fn process(&self) -> &Process {
        self.server.process()
    }

    /// The `alertname` of every alert that it holds, sorted.
    ///
    /// # Errors
    /// When it does not answer, or not with alerts.
    pub async fn alert_names(&self) -> Result<Vec<String>> {
        Ok(names(self.alerts().await?))
    }

    /// The `alertname` of every alert that another one holds back, sorted.
    ///
    /// # Errors
    /// When it does not answer, or not with alerts.
    pub async fn held_back(&self) -> Result<Vec<String>> {
        let mut alerts = self.alerts().await?;
        alerts.retain(|alert| !alert.status.inhibited_by.is_empty());
        Ok(names(alerts))
    }

    async fn alerts(&self) -> Result<Vec<Alert>> {
        let text = self.server.fetch("/api/v2/alerts", &[]).await?;
        serde_json::from_str(&text).context("reading Alertmanager's alerts")
    }
}

/// An alert as the API tells it.
#[derive(Deserialize)]
struct Alert {
    labels: BTreeMap<String, String>,
    status: Status,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    /// Who holds it back.
    inhibited_by: Vec<String>,
}

fn names(alerts: Vec<Alert>) -> Vec<String> {
    let names = alerts
        .into_iter()
        .filter_map(|mut alert| alert.labels.remove("alertname"));
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

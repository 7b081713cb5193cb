//! A single Alertmanager, without gossip.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Context as _, Result};

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
            // The default would be derived from port 0.
            .arg("--web.external-url=http://alertmanager.sandbox.invalid/")
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
        #[derive(serde::Deserialize)]
        struct Held {
            labels: std::collections::BTreeMap<String, String>,
        }
        let text = self.server.fetch("/api/v2/alerts", &[]).await?;
        let held: Vec<Held> =
            serde_json::from_str(&text).context("reading Alertmanager's alerts")?;
        let mut names: Vec<String> = held
            .into_iter()
            .filter_map(|mut alert| alert.labels.remove("alertname"))
            .collect();
        names.sort();
        Ok(names)
    }
}

//! A Prometheus server with short intervals, and the few questions that tests ask it.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde::de::DeserializeOwned;
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::process::Process;
use super::server::Server;
use crate::tools::{Tool, Tools};

mod answer;

use answer::Answer;
pub use answer::{Alert, Rule, Sample};

const NAME: &str = "prometheus";

/// One scrape job with one target.
#[derive(Debug, Clone)]
pub struct ScrapeTarget {
    /// The job's name.
    pub job: String,
    /// Whom it scrapes, at `/metrics`.
    pub address: SocketAddr,
    /// Whether pushed `job` and `instance` labels win over the target's: yes for a Pushgateway.
    pub honor_labels: bool,
}

impl ScrapeTarget {
    /// A Pushgateway, whose series keep their own `job` and `instance`.
    pub fn pushgateway(address: SocketAddr) -> Self {
        Self {
            job: "pushgateway".into(),
            address,
            honor_labels: true,
        }
    }
}

/// How a Prometheus is set up.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Whom it scrapes.
    pub targets: Vec<ScrapeTarget>,
    /// Rule files, by absolute path.
    pub rule_files: Vec<PathBuf>,
    /// Whom it sends alerts to.
    pub alertmanagers: Vec<SocketAddr>,
    /// Time between two scrapes of a target, and between two evaluations of a rule group.
    pub interval: Duration,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            targets: Vec::new(),
            rule_files: Vec::new(),
            alertmanagers: Vec::new(),
            interval: Duration::from_millis(250),
        }
    }
}

impl Setup {
    /// The configuration file. JSON is YAML, and needs no quoting rules of its own.
    fn render(&self) -> serde_json::Value {
        let interval = format!("{}ms", self.interval.as_millis());
        let scrapes: Vec<_> = self
            .targets
            .iter()
            .map(|target| {
                json!({
                    "job_name": target.job,
                    "honor_labels": target.honor_labels,
                    "static_configs": [{ "targets": [target.address.to_string()] }],
                })
            })
            .collect();
        let alertmanagers: Vec<_> = self.alertmanagers.iter().map(ToString::to_string).collect();
        json!({
            "global": {
                "scrape_interval": interval,
                "scrape_timeout": interval,
                "evaluation_interval": interval,
            },
            "rule_files": self.rule_files,
            "alerting": { "alertmanagers": [{ "static_configs": [{ "targets": alertmanagers }] }] },
            "scrape_configs": scrapes,
        })
    }
}

/// A running Prometheus.
#[derive(Debug)]
pub struct Prometheus {
    server: Server,
}

impl Prometheus {
    /// Starts one.
    ///
    /// # Errors
    /// When the program is not to be had or refuses the set-up; the log's tail is in the text.
    pub async fn start(tools: &Tools, setup: &Setup) -> Result<Self> {
        let program = tools.locate(Tool::Prometheus).await?;
        let directory = Server::directory(NAME)?;
        let file = directory.path().join("prometheus.yml");
        fs::write(&file, setup.render().to_string())
            .with_context(|| format!("writing {}", file.display()))?;
        let server =
            Server::start(NAME, command(&program, &file, directory.path()), directory).await?;
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

    /// The directory of its configuration and data.
    pub fn directory(&self) -> &Path {
        self.server.path()
    }

    /// The instant vector that `promql` yields now, sorted by labels.
    ///
    /// # Errors
    /// When Prometheus refuses the query or it yields something else than a vector.
    pub async fn instant(&self, promql: &str) -> Result<Vec<Sample>> {
        let vector: answer::Vector = self
            .ask("/api/v1/query", &[("query", promql)])
            .await
            .with_context(|| format!("querying {promql}"))?;
        vector
            .samples()
            .with_context(|| format!("querying {promql}"))
    }

    /// Every loaded rule, in the order of the files.
    ///
    /// # Errors
    /// When Prometheus does not answer.
    pub async fn rules(&self) -> Result<Vec<Rule>> {
        let groups: answer::Groups = self.ask("/api/v1/rules", &[]).await?;
        Ok(groups.rules())
    }

    /// Every alert that is pending or firing.
    ///
    /// # Errors
    /// When Prometheus does not answer.
    pub async fn alerts(&self) -> Result<Vec<Alert>> {
        let alerts: answer::Alerts = self.ask("/api/v1/alerts", &[]).await?;
        Ok(alerts.alerts)
    }

    /// Asks `promql` until `fits` likes the answer, and returns that answer.
    ///
    /// # Errors
    /// When it does not within `deadline`; the text holds the last answer.
    pub async fn wait_for(
        &self,
        promql: &str,
        fits: impl Fn(&[Sample]) -> bool,
        deadline: Duration,
    ) -> Result<Vec<Sample>> {
        let started = Instant::now();
        loop {
            let samples = self.instant(promql).await?;
            if fits(&samples) {
                return Ok(samples);
            }
            if started.elapsed() > deadline {
                bail!(
                    "{promql} did not become as expected within {deadline:?}; it is now {samples:?}"
                )
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn ask<T: DeserializeOwned>(&self, path: &str, query: &[(&str, &str)]) -> Result<T> {
        let text = self.server.fetch(path, query).await?;
        let answer: Answer<T> =
            serde_json::from_str(&text).with_context(|| format!("reading the answer of {path}"))?;
        Ok(answer.data)
    }
}

fn command(program: &Path, file: &Path, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .arg(format!("--config.file={}", file.display()))
        .arg(format!(
            "--storage.tsdb.path={}",
            directory.join("data").display()
        ))
        .arg("--web.listen-address=127.0.0.1:0")
        // The default would be derived from port 0, and alerts link to it.
        .arg("--web.external-url=http://prometheus.sandbox.invalid/")
        .arg("--web.route-prefix=/");
    command
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ScrapeTarget, Setup};

    #[test]
    fn the_configuration_holds_what_the_set_up_says() {
        let setup = Setup {
            targets: vec![ScrapeTarget::pushgateway(([127, 0, 0, 1], 9091).into())],
            rule_files: vec!["/rules/a.yaml".into()],
            alertmanagers: vec![([127, 0, 0, 1], 9093).into()],
            ..Setup::default()
        };
        let expected = json!({
            "global": {
                "scrape_interval": "250ms",
                "scrape_timeout": "250ms",
                "evaluation_interval": "250ms",
            },
            "rule_files": ["/rules/a.yaml"],
            "alerting": {
                "alertmanagers": [{ "static_configs": [{ "targets": ["127.0.0.1:9093"] }] }],
            },
            "scrape_configs": [{
                "job_name": "pushgateway",
                "honor_labels": true,
                "static_configs": [{ "targets": ["127.0.0.1:9091"] }],
            }],
        });
        assert_eq!(setup.render(), expected);
    }
}

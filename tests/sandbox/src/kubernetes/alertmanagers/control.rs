//! What a scenario does to a set of Alertmanagers, and asks of it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::super::client::Change;
use super::operator::SOURCE_KEY;
use super::{AlertmanagerSet, PAUSE, objects};

/// A change that has not arrived everywhere by then never will.
const PATIENCE: Duration = Duration::from_secs(20);

impl AlertmanagerSet {
    /// The namespace of all objects.
    pub fn namespace(&self) -> &str {
        &self.names.namespace
    }

    /// The name of the Alertmanager resource.
    pub fn name(&self) -> &str {
        &self.names.cr
    }

    /// The name of the source Secret.
    pub fn config_secret(&self) -> &str {
        &self.source
    }

    /// The path of the source Secret, for a [`Client`](super::super::Client).
    pub fn config_secret_path(&self) -> String {
        self.names.secret_path(&self.source)
    }

    /// How many replicas there are.
    pub fn replicas(&self) -> usize {
        self.replicas.len()
    }

    /// The name of a replica's pod.
    pub fn pod(&self, replica: usize) -> String {
        self.names.pod(replica)
    }

    /// The path at which the API server passes requests on to a replica, without a trailing slash.
    pub fn proxy_path(&self, replica: usize) -> String {
        format!(
            "{}:{}/proxy",
            self.names.pod_path(replica),
            objects::WEB_PORT
        )
    }

    /// Where a replica is for programs in its cell.
    ///
    /// # Errors
    /// When there is no such replica.
    pub fn address(&self, replica: usize) -> Result<SocketAddr> {
        Ok((self.replica(replica)?.address, objects::WEB_PORT).into())
    }

    /// Where a replica is for processes outside, past the API server.
    ///
    /// # Errors
    /// When there is no such replica.
    pub fn url(&self, replica: usize) -> Result<&str> {
        Ok(self.replica(replica)?.url())
    }

    /// The configuration that a replica runs, as it shows it: secrets are hidden.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn running_config(&self, replica: usize) -> Result<String> {
        let text = self.replica(replica)?.fetch("/api/v2/status").await?;
        let status: Value = serde_json::from_str(&text).context("reading a replica's status")?;
        let original = status.pointer("/config/original").and_then(Value::as_str);
        Ok(original
            .context("a status without configuration")?
            .to_owned())
    }

    /// The bytes of a replica's file: what it runs, or has refused.
    ///
    /// # Errors
    /// When there is no such replica.
    pub fn config_file(&self, replica: usize) -> Result<Vec<u8>> {
        self.replica(replica)?.config.read()
    }

    /// A replica's metrics.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn metrics(&self, replica: usize) -> Result<String> {
        self.replica(replica)?.fetch("/metrics").await
    }

    /// Sends an alert to a replica, as Prometheus does to each.
    ///
    /// # Errors
    /// When it does not take it.
    pub async fn fire(
        &self,
        replica: usize,
        labels: &[(&str, &str)],
        annotations: &[(&str, &str)],
    ) -> Result<()> {
        let map = |pairs: &[(&str, &str)]| {
            let pairs = pairs.iter().map(|(key, value)| (*key, *value));
            json!(pairs.collect::<BTreeMap<_, _>>())
        };
        let alert = json!([{"labels": map(labels), "annotations": map(annotations)}]);
        let replica = self.replica(replica)?;
        replica.post("/api/v2/alerts", &alert).await
    }

    /// Replaces the content of the source Secret by hand.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn configure(&self, configuration: &[u8]) -> Result<()> {
        let body = json!({"data": {SOURCE_KEY: STANDARD.encode(configuration)}});
        self.change(&self.config_secret_path(), &body).await
    }

    /// Sets `spec.paused` of the resource: the operator does nothing, and says nothing.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn pause_operator(&self) -> Result<()> {
        let body = json!({"spec": {"paused": true}});
        self.change(&self.names.cr_path(), &body).await
    }

    /// Clears `spec.paused`.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn resume_operator(&self) -> Result<()> {
        let body = json!({"spec": {"paused": null}});
        self.change(&self.names.cr_path(), &body).await
    }

    /// From now on nothing new reaches this replica, as when its reloader hangs.
    pub fn hold(&self, replica: usize) {
        self.switches.lock().stuck.insert(replica);
    }

    /// Ends [`hold`](Self::hold).
    pub fn release(&self, replica: usize) {
        self.switches.lock().stuck.remove(&replica);
    }

    /// Kills a replica; its pod is reported as not ready.
    ///
    /// # Errors
    /// When there is no such replica, or the API server refuses the report.
    pub async fn stop_replica(&self, replica: usize) -> Result<()> {
        self.cluster.end(&self.replica(replica)?.process)?;
        let admin = self.cluster.client().await?;
        self.report_pod(&admin, replica, false).await?;
        self.report(&admin).await
    }

    /// Starts a killed replica with the file that it has; its pod is reported as ready.
    ///
    /// # Errors
    /// When it does not start, or the API server refuses the report.
    pub async fn start_replica(&self, replica: usize) -> Result<()> {
        let starting = self.replica(replica)?.start(&self.cluster, &self.launch);
        starting.await?;
        let admin = self.cluster.client().await?;
        self.report_pod(&admin, replica, true).await?;
        self.report(&admin).await
    }

    /// Replaces a replica's pod by a new one of the same name, as an eviction would.
    ///
    /// # Errors
    /// When it does not start again, or the API server refuses the pod.
    pub async fn replace_pod(&self, replica: usize) -> Result<()> {
        let admin = self.cluster.client().await?;
        admin.delete(&self.names.pod_path(replica)).await?;
        let killed = self.replica(replica)?;
        self.cluster.end(&killed.process)?;
        killed.start(&self.cluster, &self.launch).await?;
        self.create_pod(&admin, replica).await
    }

    /// Waits until every replica that is not held back runs exactly `configuration`.
    ///
    /// # Errors
    /// When that does not happen within twenty seconds; the text says what the operator met.
    pub async fn wait_until_running(&self, configuration: &[u8]) -> Result<()> {
        let started = Instant::now();
        while !self.all_run(configuration) {
            if started.elapsed() > PATIENCE {
                let state = self.switches.lock();
                let trouble = state.trouble.as_deref().unwrap_or("no trouble");
                bail!(
                    "the configuration has not reached all replicas after {} s; the operator met {trouble}",
                    PATIENCE.as_secs()
                )
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }

    /// What the operator's last round met with, if it failed: an API server that does not answer,
    /// a reload that was refused.
    pub fn trouble(&self) -> Option<String> {
        self.switches.lock().trouble.clone()
    }

    fn all_run(&self, configuration: &[u8]) -> bool {
        let state = self.switches.lock();
        (0..self.replicas.len())
            .filter(|replica| !state.stuck.contains(replica))
            .all(|replica| state.loaded.get(&replica).map(Vec::as_slice) == Some(configuration))
    }

    async fn change(&self, path: &str, body: &Value) -> Result<()> {
        let admin = self.cluster.client().await?;
        admin.patch(path, Change::Merge, body).await?;
        Ok(())
    }
}

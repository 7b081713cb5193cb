//! A real Pushgateway behind its Service.

use anyhow::{Context as _, Result};
use serde_json::json;

use super::NAMESPACE;
use crate::kubernetes::{Cluster, Guise, Posed};
use crate::tools::Tool;

const SERVICE: &str = "prod-monitoring-prometheus-pushgateway";

/// A running Pushgateway. Dropping it ends the process.
#[derive(Debug)]
pub struct Pushgateway {
    posed: Posed,
}

impl Pushgateway {
    pub(super) async fn start(cluster: &Cluster) -> Result<Self> {
        let starting = Self::start_empty(cluster);
        let started = starting.await;
        started.with_context(|| format!("starting a Pushgateway in the cluster {}", cluster.name()))
    }

    async fn start_empty(cluster: &Cluster) -> Result<Self> {
        let guise = Guise {
            namespace: NAMESPACE,
            pod: "prod-monitoring-prometheus-pushgateway-0",
            service: SERVICE,
            port_name: "http",
            port: 9091,
            labels: json!({"app": "prometheus-pushgateway"}),
            container: "pushgateway",
            image: "quay.io/prometheus/pushgateway:v1.11.1",
            image_id: "quay.io/prometheus/pushgateway@sha256:\
                       2222222222222222222222222222222222222222222222222222222222222222",
        };
        let posed = Posed::prepare(cluster, guise)?;
        let arguments = vec![
            format!("--web.listen-address={}", posed.listens()),
            "--persistence.file=".to_owned(),
        ];
        posed.run(Tool::Pushgateway, arguments).await?;
        posed.announce().await?;
        Ok(Self { posed })
    }

    /// Where it is for processes outside, past the API server.
    pub fn url(&self) -> &str {
        self.posed.url()
    }

    /// The path at which the API server passes requests on to it, without a trailing slash.
    pub fn proxy_path(&self) -> String {
        self.posed.proxy_path(9091)
    }

    /// Everything that it exposes, as Prometheus would scrape it.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn exposition(&self) -> Result<String> {
        self.posed.fetch("/metrics").await
    }

    /// Ends the process; its Service leads nowhere then.
    ///
    /// # Errors
    /// When the cell has ended.
    pub fn stop(&self) -> Result<()> {
        self.posed.end()
    }
}

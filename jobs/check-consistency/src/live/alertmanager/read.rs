//! Reading the replicas of one cluster.

use std::collections::BTreeSet;
use std::fmt;

use common::alertmanager::{ConfigHash, Metrics, running_config, smtp_users};
use common::fault::chain;
use common::secret::ExposeSecret as _;
use common::ses::{Smarthost, TlsMode};
use futures_util::future::join_all;
use k8s_openapi::api::core::v1::Pod;
use serde::Deserialize;

use crate::config::AlertmanagerRef;
use crate::live::gap;
use crate::live::reader::{Reader, runs};
use crate::survey::Gap;

/// The replicas of one cluster.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::live) struct Replicas(pub(super) Vec<Replica>);

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Replica {
    pub(super) pod: String,
    pub(super) running: Result<Running, Gap>,
}

/// What a replica runs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Running {
    /// Of the bytes of its file; absent when it does not say so.
    pub(super) hash: Option<ConfigHash>,
    /// Whether it took the last file that it was told to load.
    pub(super) reloaded: Option<bool>,
    pub(super) users: Users,
    pub(super) version: String,
}

/// The users that mail is sent as. Nothing prints them.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Users(pub(super) BTreeSet<String>);

impl fmt::Debug for Users {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Users([REDACTED])")
    }
}

/// Reads all replicas of one cluster. Pods that are being deleted or have ended are none.
pub(in crate::live) async fn read(
    reader: &Reader<'_>,
    config: &AlertmanagerRef,
) -> Result<Replicas, Gap> {
    let pods = reader.list::<Pod>(&config.selector).await?;
    let pods = pods.into_iter().filter(runs);
    let mut names: Vec<_> = pods.filter_map(|pod| pod.metadata.name).collect();
    names.sort();
    let replicas = names.into_iter().map(|pod| async {
        let running = read_replica(reader, &pod, config.port).await;
        Replica { pod, running }
    });
    Ok(Replicas(join_all(replicas).await))
}

async fn read_replica(reader: &Reader<'_>, pod: &str, port: u16) -> Result<Running, Gap> {
    let page = reader.pod(pod, port, "metrics").await?;
    let metrics = Metrics::parse(page.as_bytes());
    let metrics =
        metrics.map_err(|error| gap::garbled(&reader.place(pod, "metrics"), &chain(&error)))?;
    let path = "api/v2/status";
    let status = reader.pod(pod, port, path).await?;
    running(&reader.place(pod, path), metrics, &status)
}

/// A replica's metrics and its answer to `GET /api/v2/status`.
pub(super) fn running(what: &str, metrics: Metrics, status: &str) -> Result<Running, Gap> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Status {
        version_info: Version,
    }
    #[derive(Deserialize)]
    struct Version {
        version: String,
    }
    let Status { version_info } =
        serde_json::from_str(status).map_err(|error| gap::not_json(what, &error))?;
    let config = running_config(status).map_err(|error| gap::garbled(what, &error.to_string()))?;
    // Users are wanted wherever they stand; the server only matters for those of one.
    let anywhere = Smarthost::with_tls("localhost:25", TlsMode::StartTls);
    let anywhere = anywhere.map_err(|error| gap::garbled(what, &error.to_string()))?;
    let users = smtp_users(config.expose_secret(), &anywhere)
        .map_err(|_| gap::garbled(what, "its configuration is none of Alertmanager"))?;
    Ok(Running {
        hash: metrics.config_hash,
        reloaded: metrics.last_reload_successful,
        users: Users(users.anywhere),
        version: version_info.version,
    })
}

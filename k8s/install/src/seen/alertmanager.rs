//! The replicas of Alertmanager, and the Secret that they should run.

use common::alertmanager::{ConfigHash, Metrics, gunzip};
use common::secret::ExposeSecret as _;
use common::trouble::Trouble;
use futures_util::future::join_all;
use k8s_openapi::api::core::v1::Pod;

use super::{Asking, NAMESPACE, Seen};

/// Where replicas listen.
pub const PORT: u16 = 9093;

/// The key of the Secret that the resource names.
pub const KEY: &str = "alertmanager.yaml";

/// The key of the Secret that the operator makes of it.
const GENERATED_KEY: &str = "alertmanager.yaml.gz";

/// One replica.
#[derive(Debug, Clone, PartialEq)]
pub struct Replica {
    /// Its pod.
    pub pod: String,
    /// Whether the pod is ready.
    pub ready: bool,
    /// What its metrics say.
    pub metrics: Seen<Metrics>,
}

/// What the Secrets of an Alertmanager hold, as hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The file that the installation or the rotation wrote; absent when there is no such Secret, or it
    /// lacks the key.
    pub source: Option<ConfigHash>,
    /// The file that the operator made of it, which the replicas mount.
    pub generated: Option<ConfigHash>,
}

/// The replicas of the Alertmanager `name`, sorted by pod. Pods that are being deleted or have ended are
/// none.
///
/// # Errors
/// When pods cannot be listed. That one replica does not answer is told with it.
pub async fn replicas(asking: Asking<'_>, name: &str) -> Seen<Vec<Replica>> {
    let selector = format!("alertmanager={name}");
    let pods = asking.list::<Pod>(NAMESPACE, &selector).await?;
    let mut pods: Vec<_> = pods.into_iter().filter(runs).collect();
    pods.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
    let replicas = pods.into_iter().map(|pod| async move {
        let ready = is_ready(&pod);
        let pod = pod.metadata.name.unwrap_or_default();
        let metrics = metrics(asking, &pod).await;
        Replica {
            pod,
            ready,
            metrics,
        }
    });
    Ok(join_all(replicas).await)
}

/// What one replica's metrics say.
///
/// # Errors
/// When it does not answer, or with something else.
pub async fn metrics(asking: Asking<'_>, pod: &str) -> Seen<Metrics> {
    let page = asking.pod(pod, PORT, "metrics").await?;
    Metrics::parse(page.as_bytes()).map_err(|error| Trouble::of(&error))
}

/// The hashes of what is written for the Alertmanager `name`, whose resource names the Secret `source`.
///
/// # Errors
/// When a Secret cannot be read.
pub async fn written(asking: Asking<'_>, name: &str, source: &str) -> Seen<Written> {
    let cluster = asking.cluster;
    let generated = format!("alertmanager-{name}-generated");
    let source = asking
        .find(|| cluster.get_secret(NAMESPACE, source))
        .await?;
    let source = source.as_ref().and_then(|secret| secret.value(KEY));
    let generated = asking
        .find(|| cluster.get_secret(NAMESPACE, &generated))
        .await?;
    let packed = generated
        .as_ref()
        .and_then(|secret| secret.value(GENERATED_KEY));
    let unpacked = packed.map(gunzip).transpose();
    let unpacked = unpacked.map_err(|_| asking.garbled("the generated Secret"))?;
    Ok(Written {
        source: source.filter(|bytes| !bytes.is_empty()).map(ConfigHash::of),
        generated: unpacked.map(|file| ConfigHash::of(file.expose_secret().as_bytes())),
    })
}

fn runs(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|it| it.phase.as_deref());
    let ended = phase.is_some_and(|phase| matches!(phase, "Succeeded" | "Failed"));
    pod.metadata.deletion_timestamp.is_none() && !ended
}

fn is_ready(pod: &Pod) -> bool {
    let status = pod.status.as_ref();
    let conditions = status.and_then(|status| status.conditions.as_ref());
    conditions.is_some_and(|all| {
        all.iter()
            .any(|it| it.type_ == "Ready" && it.status == "True")
    })
}

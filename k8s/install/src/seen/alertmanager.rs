//! The replicas of Alertmanager, and the Secret that they should run.

use common::alertmanager::{ConfigHash, Metrics, gunzip};
use common::exposition::{self, ParseError, Timestamps};
use common::number;
use common::secret::ExposeSecret as _;
use common::trouble::Trouble;
use futures_util::future::join_all;
use k8s_openapi::api::core::v1::Pod;

use super::{Asking, NAMESPACE, Seen};
use crate::secret::KEY;

/// Where replicas listen.
pub const PORT: u16 = 9093;

/// The key of the Secret that the operator makes of it.
const GENERATED_KEY: &str = "alertmanager.yaml.gz";

/// Attempts to hand a mail to the mail server.
const ATTEMPTS: &str = "alertmanager_notification_requests_total";

/// Those that failed.
const FAILED: &str = "alertmanager_notification_requests_failed_total";

/// The label of a count that is kept for each receiver.
const RECEIVER: &str = "receiver_name";

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

/// Mails that a replica has tried to hand over since its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mails {
    /// Attempts, those that failed among them.
    pub attempts: u64,
    /// Those that failed.
    pub failed: u64,
    /// To whom they went.
    pub of: Counted,
}

/// Which mails a count is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// Those of the receiver that was asked for.
    Apart,
    /// Those of all receivers: this release counts them together.
    Together,
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

/// What one replica counts of the mails of `receiver`.
///
/// # Errors
/// When it does not answer, or with something else.
pub async fn mails(asking: Asking<'_>, pod: &str, receiver: &str) -> Seen<Mails> {
    let page = asking.pod(pod, PORT, "metrics").await?;
    Mails::parse(&page, receiver).map_err(|_| asking.garbled(pod))
}

impl Mails {
    /// The answer to `GET /metrics`.
    fn parse(page: &str, receiver: &str) -> Result<Self, ParseError> {
        let families = exposition::parse_with(page.as_bytes(), Timestamps::Dropped)?;
        let of_mail = |name: &str| {
            let family = families.iter().find(|family| family.name == name);
            let samples = family.into_iter().flat_map(|family| &family.samples);
            samples
                .filter(|it| it.labels.get("integration") == Some("email"))
                .collect::<Vec<_>>()
        };
        let attempts = of_mail(ATTEMPTS);
        let is_apart = attempts.iter().any(|it| it.labels.get(RECEIVER).is_some());
        let sum = |samples: Vec<&exposition::Sample>| {
            let own = samples
                .into_iter()
                .filter(|it| !is_apart || it.labels.get(RECEIVER) == Some(receiver));
            own.map(|it| number::to_u64(it.value))
                .fold(0, u64::saturating_add)
        };
        Ok(Self {
            attempts: sum(attempts),
            failed: sum(of_mail(FAILED)),
            of: if is_apart {
                Counted::Apart
            } else {
                Counted::Together
            },
        })
    }
}

/// The Secret that the operator makes for the replicas of the Alertmanager `name`.
pub fn generated_secret(name: &str) -> String {
    format!("alertmanager-{name}-generated")
}

/// The hashes of what is written for the Alertmanager `name`, whose resource names the Secret `source`.
///
/// # Errors
/// When a Secret cannot be read.
pub async fn written(asking: Asking<'_>, name: &str, source: &str) -> Seen<Written> {
    let cluster = asking.cluster;
    let generated = generated_secret(name);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_are_counted_apart_where_the_release_does_and_else_it_is_said() {
        let together = "\
alertmanager_notification_requests_total{integration=\"email\"} 7
alertmanager_notification_requests_total{integration=\"slack\"} 100
alertmanager_notification_requests_failed_total{integration=\"email\"} 2
";
        let all = Mails {
            attempts: 7,
            failed: 2,
            of: Counted::Together,
        };
        assert_eq!(Mails::parse(together, "test-mail"), Ok(all));
        let apart = "\
alertmanager_notification_requests_total{integration=\"email\",receiver_name=\"email-canary\"} 7
alertmanager_notification_requests_total{integration=\"email\",receiver_name=\"test-mail\"} 1
alertmanager_notification_requests_failed_total{integration=\"email\",receiver_name=\"email-canary\"} 2
";
        let own = Mails {
            attempts: 1,
            failed: 0,
            of: Counted::Apart,
        };
        assert_eq!(Mails::parse(apart, "test-mail"), Ok(own));
        assert!(Mails::parse("<html>", "test-mail").is_err());
    }
}

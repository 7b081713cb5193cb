//! Kubernetes Events about a run: what `kubectl describe cronjob` and `kubectl events` show.
//!
//! They are kept for an hour and are never the only record. One that cannot be written is told in
//! the log and changes nothing else. Runs that no CronJob has started publish none.

mod body;
mod owners;
#[cfg(test)]
mod tests;

use std::time::Duration;

use k8s_openapi::api::events::v1::Event as Object;
use tokio::sync::OnceCell;

use crate::clock::Clock;
use crate::cluster::Cluster;
use crate::fault::chain;
use crate::report::Identity;
use owners::Owners;

/// An Event is not worth waiting longer for.
const BUDGET: Duration = Duration::from_secs(5);

/// How an Event is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// For the record.
    Normal,
    /// Somebody should look.
    Warning,
}

impl Kind {
    /// The word in the object.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Warning => "Warning",
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// How it is meant.
    pub kind: Kind,
    /// What happened, as one word such as `RotationStep`.
    pub reason: &'static str,
    /// What was being done, as one word such as `CreateKey`.
    pub action: &'static str,
    /// A sentence; cut at 1024 bytes.
    pub note: String,
}

/// Publishes Events about one run.
#[derive(Debug)]
pub struct Recorder(Option<Publisher>);

#[derive(Debug)]
struct Publisher {
    cluster: Cluster,
    clock: Clock,
    job: &'static str,
    namespace: String,
    cronjob: String,
    pod: String,
    owners: OnceCell<Owners>,
}

impl Recorder {
    /// For this run, in the cluster that it runs in. Silent if no CronJob has started it.
    pub fn new(cluster: Cluster, identity: &Identity, clock: Clock) -> Self {
        let in_pod = !identity.namespace.is_empty() && !identity.pod.is_empty();
        let cronjob = identity.cronjob.clone().filter(|_| in_pod);
        Self(cronjob.map(|cronjob| Publisher {
            cluster,
            clock,
            job: identity.job,
            namespace: identity.namespace.clone(),
            cronjob,
            pod: identity.pod.clone(),
            owners: OnceCell::new(),
        }))
    }

    /// Publishes nothing.
    pub fn silent() -> Self {
        Self(None)
    }

    /// Publishes an Event. If that fails, says so in the log.
    pub async fn publish(&self, event: &Event) {
        let Some(publisher) = &self.0 else {
            return;
        };
        let reason = event.reason;
        match tokio::time::timeout(BUDGET, publisher.publish(event)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!("Event {reason} not published: {}", chain(&error)),
            Err(_) => tracing::warn!("Event {reason} not published: no answer in time"),
        }
    }
}

impl Publisher {
    async fn publish(&self, event: &Event) -> Result<Object, crate::cluster::ClusterError> {
        let owners = self
            .owners
            .get_or_init(|| owners::look_up(&self.cluster, &self.namespace, &self.pod))
            .await;
        let object = self.object(event, owners);
        self.cluster.create(&self.namespace, &object).await
    }
}

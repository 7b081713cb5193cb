//! Single flight of a job within one cluster: a Lease object that one run at a time holds, and that
//! carries what runs leave to each other.
//!
//! The object is made once, with the installation: the job may `get` and `update` this one Lease and
//! `get` pods of the same namespace, to see whether a holder is still there. Every write carries the
//! version that was read, so of two runs one loses. Nothing is fenced by it: it keeps two runs from
//! working at the same time, and safety must not hang on that.

mod decide;
mod error;
mod guard;
mod holder;
mod record;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease as Object;
use k8s_openapi::api::core::v1::Pod;

use crate::clock::Clock;
use crate::cluster::{Cluster, ClusterError, Kind};
use guard::Moment;

pub use decide::{Decision, Grounds, HolderPod, LeaseFacts, Sight, decide};
pub use error::{LeaseError, LeaseLost};
pub use guard::Guard;
pub use holder::Holder;

/// Effects stop so long before another run may take the Lease.
const SAFETY: Duration = Duration::from_secs(10);

/// How often a write starts again because somebody else was faster.
const MAX_CONFLICTS: u32 = 3;

/// How long a Lease lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// Until another run may take it, after the last renewal.
    pub duration: Duration,
    /// How often it is renewed; a fraction of `duration`.
    pub renew_every: Duration,
}

impl Terms {
    /// As the API server takes it: whole seconds, at least one.
    fn duration_seconds(self) -> i32 {
        i32::try_from(self.duration.as_secs())
            .unwrap_or(i32::MAX)
            .max(1)
    }
}

/// A Lease and who we are to it. Holds nothing yet.
#[derive(Debug, Clone)]
pub struct Lease {
    cluster: Cluster,
    namespace: String,
    name: String,
    me: Holder,
    terms: Terms,
    clock: Clock,
}

/// How an attempt ended.
#[derive(Debug)]
pub enum Acquired {
    /// It is ours.
    Held(Box<Guard>),
    /// Another run is at work.
    Busy {
        /// Its name.
        holder: String,
        /// Since when, by its own clock.
        since: Option<Timestamp>,
    },
}

impl Lease {
    /// The Lease `name` in `namespace`, where the pods of all its holders are too.
    pub fn new(
        cluster: Cluster,
        namespace: impl Into<String>,
        name: impl Into<String>,
        me: Holder,
        terms: Terms,
        clock: Clock,
    ) -> Self {
        Self {
            cluster,
            namespace: namespace.into(),
            name: name.into(),
            me,
            terms,
            clock,
        }
    }

    /// Takes the Lease if it is free or its holder is dead. Waits only for a holder without a pod,
    /// and at most as long as that one has promised to be heard of; may be dropped meanwhile.
    ///
    /// # Errors
    /// When a call fails, or others are faster again and again.
    pub async fn acquire(&self) -> Result<Acquired, ClusterError> {
        let mut watch = Watch::default();
        let mut conflicts = 0;
        loop {
            let object = self.read().await?;
            let facts = self.facts(&object, &watch).await?;
            match decide(&facts, self.me.as_str()) {
                Decision::Take(grounds) => match self.take(object).await {
                    Ok(guard) => {
                        tracing::debug!(lease = self.name, ?grounds, "Lease taken");
                        return Ok(Acquired::Held(Box::new(guard)));
                    }
                    Err(error) if error.kind == Kind::Conflict && conflicts < MAX_CONFLICTS => {
                        conflicts += 1;
                        watch = Watch::default();
                    }
                    Err(error) => return Err(error),
                },
                Decision::Watch(left) => {
                    tracing::info!(
                        lease = self.name,
                        holder = facts.holder,
                        left_seconds = left.as_secs(),
                        "Lease held, watching whether its holder lives"
                    );
                    let nap = left.min(self.terms.renew_every.max(Duration::from_secs(1)));
                    self.clock.sleep(nap).await;
                    watch.slept(&object, nap);
                }
                Decision::Busy => {
                    return Ok(Acquired::Busy {
                        holder: facts.holder.unwrap_or_default(),
                        since: record::since(&object),
                    });
                }
            }
        }
    }

    async fn facts(&self, object: &Object, watch: &Watch) -> Result<LeaseFacts, ClusterError> {
        let holder = record::holder(object);
        let pod = match holder {
            Some(holder) if holder != self.me.as_str() => self.look_up(holder).await?,
            Some(_) | None => HolderPod::None,
        };
        Ok(LeaseFacts {
            holder: holder.map(str::to_owned),
            pod,
            duration: record::promised(object).unwrap_or(self.terms.duration),
            sight: watch.sight(object),
        })
    }

    async fn look_up(&self, holder: &str) -> Result<HolderPod, ClusterError> {
        let Some(identity) = holder::pod(holder) else {
            return Ok(HolderPod::None);
        };
        let pod: Pod = match self.cluster.get(&self.namespace, identity.name).await {
            Ok(pod) => pod,
            Err(error) if error.kind == Kind::NotFound => return Ok(HolderPod::Gone),
            Err(error) => return Err(error),
        };
        if pod.metadata.uid.as_deref() != Some(identity.uid) {
            return Ok(HolderPod::Gone);
        }
        let phase = pod.status.and_then(|status| status.phase);
        Ok(match phase.as_deref() {
            Some("Succeeded" | "Failed") => HolderPod::Finished,
            _ => HolderPod::Alive,
        })
    }

    async fn take(&self, mut object: Object) -> Result<Guard, ClusterError> {
        let taken = Moment::now(&self.clock);
        record::take(&mut object, self.me.as_str(), self.terms, taken.wall);
        let written = self.write(&object).await?;
        Ok(Guard::new(self.clone(), written, taken))
    }

    async fn read(&self) -> Result<Object, ClusterError> {
        self.cluster.get(&self.namespace, &self.name).await
    }

    async fn write(&self, object: &Object) -> Result<Object, ClusterError> {
        self.cluster
            .replace(&self.namespace, &self.name, object)
            .await
    }
}

/// How long the Lease has not changed, in time that we have slept: no clock that is set can make it
/// longer.
#[derive(Debug, Default)]
struct Watch {
    version: Option<String>,
    slept: Duration,
}

impl Watch {
    fn sight(&self, object: &Object) -> Sight {
        match &self.version {
            None => Sight::First,
            version if *version == object.metadata.resource_version => Sight::Unchanged(self.slept),
            Some(_) => Sight::Changed,
        }
    }

    fn slept(&mut self, object: &Object, nap: Duration) {
        self.version.clone_from(&object.metadata.resource_version);
        self.slept += nap;
    }
}

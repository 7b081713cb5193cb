//! What a job is handed besides its flags, and what all jobs do with it in one way.

use std::time::Duration;

use tokio::time::Instant;

use crate::aws::CallMeter;
use crate::cancel::Cancellation;
use crate::clock::Clock;
use crate::cluster::{Access, Cluster, ClusterName, NotConnected, Timeouts};
use crate::env::Env;
use crate::exposition::Family;
use crate::pushgateway::deliver;
use crate::report::Identity;
use crate::secret::SecretString;

/// For a push.
const BUDGET: Duration = Duration::from_secs(15);

/// The same for a run that was told to stop: the process ends soon.
const BUDGET_WHEN_STOPPED: Duration = Duration::from_secs(3);

/// Why metrics may not be where they should, in one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Undelivered(String);

/// What a job is handed besides its flags.
#[derive(Debug, Clone)]
pub struct Context {
    /// Who runs: for whatever tells others about this run.
    pub identity: Identity,
    /// The wall clock.
    pub clock: Clock,
    /// The environment.
    pub env: Env,
    /// To be asked before every effect.
    pub cancel: Cancellation,
    /// When the process started, for durations.
    pub started: Instant,
    /// When the inner deadline strikes, if there is one.
    pub deadline: Option<Instant>,
    /// Counts of remote calls, shared with the AWS clients.
    pub meter: CallMeter,
}

impl Context {
    /// Prepares access to a cluster's API server, with this run's clock, environment and counts. Makes no call
    /// yet.
    ///
    /// # Errors
    /// When the configuration, or what it refers to, is unusable.
    pub async fn connect(
        &self,
        name: &ClusterName,
        access: &Access,
    ) -> Result<Cluster, NotConnected> {
        let connecting = Cluster::connect(
            name.clone(),
            access,
            Timeouts::default(),
            self.clock.clone(),
            self.meter.clone(),
            &self.env,
        );
        // On the heap: setting up a client for EKS makes a large future.
        Box::pin(connecting).await
    }

    /// Pushes the state of the job's domain and reads it back, in little time when the run was told to stop.
    /// What goes wrong changes nothing else; it is logged, with what was to be delivered.
    ///
    /// # Errors
    /// When it is not there, or nobody can say.
    pub async fn deliver(
        &self,
        what: &str,
        url: &SecretString,
        families: &[Family],
    ) -> Result<(), Undelivered> {
        let delivering = deliver(url, &self.identity, families);
        let why = match tokio::time::timeout(budget(&self.cancel), delivering).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(failure)) => failure.chain(),
            Err(_) => "no answer in time".to_owned(),
        };
        tracing::warn!("{what} not delivered to the Pushgateway: {why}");
        Err(Undelivered(why))
    }
}

fn budget(cancel: &Cancellation) -> Duration {
    if cancel.is_cancelled() {
        BUDGET_WHEN_STOPPED
    } else {
        BUDGET
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cancel::Cause;
    use crate::process::GRACE;

    #[test]
    fn a_run_that_was_told_to_stop_pushes_within_its_grace() {
        let cancel = Cancellation::default();
        assert_eq!(budget(&cancel), BUDGET);
        cancel.cancel(Cause::Signal);
        assert!(budget(&cancel) < GRACE);
    }
}

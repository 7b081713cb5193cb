//! How one cluster is asked: what is asked again, how often, and until when.

use std::cell::Cell;
use std::time::Duration;

use common::cancel::Cancellation;
use common::clock::Clock;
use common::cluster::{Cluster, ClusterError, Kind, Patience};
use common::process::Context;
use tokio::time::Instant;

use super::gap;
use crate::survey::Gap;

/// So often is a call made that fails in a way that may pass.
const TRIES: u32 = 3;

/// The pause before the second try; the one before the third is twice as long.
const PAUSE: Duration = Duration::from_millis(200);

/// For a cluster whose server is busy: pauses of all calls together.
const PATIENCE: Duration = Duration::from_mins(1);

/// One cluster, for as long as it may take to read it.
#[derive(Debug)]
pub(super) struct Caller<'a> {
    pub(super) cluster: &'a Cluster,
    clock: &'a Clock,
    cancel: &'a Cancellation,
    /// What is left of it, for all calls.
    patience: Cell<Duration>,
    limit: Duration,
    deadline: Instant,
}

impl<'a> Caller<'a> {
    /// The time of the cluster begins now.
    pub(super) fn new(cluster: &'a Cluster, limit: Duration, context: &'a Context) -> Self {
        Self {
            cluster,
            clock: &context.clock,
            cancel: &context.cancel,
            patience: Cell::new(PATIENCE),
            limit,
            deadline: Instant::now() + limit,
        }
    }

    pub(super) fn name(&self) -> &'a str {
        self.cluster.name().as_str()
    }

    /// Time that was spent waiting for others is not this cluster's.
    pub(super) fn give_back(&mut self, waited: Duration) {
        self.deadline += waited;
    }

    /// Reads until it is done, the cluster's time is over, or the run is told to stop.
    pub(super) async fn within<T>(
        &self,
        work: impl Future<Output = Result<T, Gap>>,
    ) -> Result<T, Gap> {
        let work = tokio::time::timeout_at(self.deadline, work);
        match self.cancel.bound(work).await {
            None => Err(gap::stopped(self.name(), self.cancel.cause())),
            Some(Err(_)) => Err(gap::out_of_time(self.name(), self.limit)),
            Some(Ok(result)) => result,
        }
    }

    /// Makes a call that only reads, and again where its failure may pass.
    pub(super) async fn ask<T, F>(&self, mut call: impl FnMut() -> F) -> Result<T, ClusterError>
    where
        F: Future<Output = Result<T, ClusterError>>,
    {
        let mut tried = 0_u32;
        loop {
            let error = match self.patiently(&mut call).await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            tried = tried.saturating_add(1);
            if tried >= TRIES || !may_pass(&error) {
                return Err(error);
            }
            tracing::debug!(
                cluster.name = self.name(),
                operation = error.what.operation(),
                status = error.status,
                "a call failed and is made again"
            );
            let rested = self.cancel.bound(self.clock.sleep(PAUSE * tried)).await;
            if rested.is_none() {
                return Err(error);
            }
        }
    }

    /// Waits for a busy server as long as it says, within what all calls may wait together.
    async fn patiently<T, F>(&self, call: &mut impl FnMut() -> F) -> Result<T, ClusterError>
    where
        F: Future<Output = Result<T, ClusterError>>,
    {
        let begun = Instant::now();
        let called = Cell::new(Duration::ZERO);
        let patience = Patience {
            budget: self.patience.get(),
            ..Patience::default()
        };
        let repeated = patience.repeat(self.clock, self.cancel, || {
            let (call, called) = (call(), &called);
            async move {
                let begun = Instant::now();
                let result = call.await;
                called.set(called.get() + begun.elapsed());
                result
            }
        });
        let result = repeated.await;
        let waited = begun.elapsed().saturating_sub(called.get());
        let left = self.patience.get().saturating_sub(waited);
        self.patience.set(left);
        result
    }
}

/// Whether the same call can succeed a moment later. A busy server was waited for already.
fn may_pass(error: &ClusterError) -> bool {
    match error.kind {
        Kind::Unreachable | Kind::Undecodable => true,
        Kind::Server => error.retry_after.is_none(),
        Kind::Untrusted
        | Kind::Timeout
        | Kind::Unauthorized
        | Kind::Denied
        | Kind::NotFound
        | Kind::Conflict
        | Kind::Expired
        | Kind::Invalid
        | Kind::Throttled
        | Kind::TooLarge => false,
    }
}

#[cfg(test)]
mod tests;

//! When a call is made again: only after a server has said that it had too much to do.
//!
//! That is an answer of 429, or of 503 with the time to wait: the server has not begun with the
//! request. Whatever else goes wrong is the caller's to judge, because the call may have done its
//! work.

use std::time::Duration;

use tokio::time::Instant;

use super::error::{ClusterError, Kind};
use crate::cancel::Cancellation;
use crate::clock::Clock;

/// The first pause where the server names none; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// How often and for how long a busy server is asked. `Default`: five times within a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// So many calls at most, the first one included.
    pub tries: u32,
    /// Calls and pauses together. No pause is begun that would not end within it; a call that has
    /// begun has its own time limit.
    pub budget: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries: 5,
            budget: Duration::from_mins(1),
        }
    }
}

impl Patience {
    /// Makes a call, and again for as long as the server is busy. A cancelled run ends its pause at
    /// once; a call under way is never cut off.
    ///
    /// # Errors
    /// The last call's.
    pub async fn repeat<T, F>(
        self,
        clock: &Clock,
        cancel: &Cancellation,
        mut call: impl FnMut() -> F,
    ) -> Result<T, ClusterError>
    where
        F: Future<Output = Result<T, ClusterError>>,
    {
        let mut tried = 0_u32;
        let mut spent = Duration::ZERO;
        loop {
            let begun = Instant::now();
            let error = match call().await {
                Ok(value) => return Ok(value),
                Err(error) => error,
            };
            tried = tried.saturating_add(1);
            spent = spent.saturating_add(begun.elapsed());
            let Some(pause) = self.pause(&error, tried, spent) else {
                return Err(error);
            };
            tracing::debug!(
                cluster.name = error.cluster.as_str(),
                operation = error.what.operation(),
                status = error.status,
                pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX),
                "the API server is busy and will be asked again"
            );
            let rested = cancel.bound(clock.sleep(pause)).await;
            // A pause and the run can end at the same moment.
            if rested.is_none() || cancel.is_cancelled() {
                return Err(error);
            }
            spent = spent.saturating_add(pause);
        }
    }

    /// The time to wait after `tried` calls, of which the last failed with `error`; `None` when it is
    /// final.
    fn pause(self, error: &ClusterError, tried: u32, spent: Duration) -> Option<Duration> {
        let pause = match (error.kind, error.status) {
            (Kind::Throttled, _) => error.retry_after.unwrap_or_else(|| doubled(tried)),
            (Kind::Server, Some(503)) => error.retry_after?,
            _ => return None,
        };
        (tried < self.tries && spent.saturating_add(pause) <= self.budget).then_some(pause)
    }
}

fn doubled(tried: u32) -> Duration {
    let times = 2_u32.saturating_pow(tried.saturating_sub(1));
    FIRST_PAUSE.saturating_mul(times)
}

#[cfg(test)]
mod tests;

//! One cancellation for both reasons to stop early: a signal and the run's own deadline.

use std::sync::{Arc, OnceLock};

use tokio_util::sync::CancellationToken;

/// Why a run was told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// SIGTERM or SIGINT.
    Signal,
    /// The inner deadline passed, so that the run ends before Kubernetes kills it.
    Deadline,
}

/// Tells work to start nothing new. Clones share the state.
#[derive(Debug, Clone, Default)]
pub struct Cancellation {
    token: CancellationToken,
    cause: Arc<OnceLock<Cause>>,
}

impl Cancellation {
    /// Asks everyone to stop. The first cause stays.
    pub fn cancel(&self, cause: Cause) {
        if self.cause.set(cause).is_ok() {
            self.token.cancel();
        }
    }

    /// Why, once cancelled.
    pub fn cause(&self) -> Option<Cause> {
        self.cause.get().copied()
    }

    /// To be asked before every effect.
    pub fn is_cancelled(&self) -> bool {
        self.token.is_cancelled()
    }

    /// Resolves on cancellation, at once if it already happened.
    pub async fn cancelled(&self) {
        self.token.cancelled().await;
    }

    /// Runs `work` until it is done or the run is cancelled, whichever is first.
    pub async fn bound<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.token.run_until_cancelled(work).await
    }
}

#[cfg(test)]
mod tests {
    use super::{Cancellation, Cause};

    #[tokio::test]
    async fn the_first_cause_stays() {
        let cancel = Cancellation::default();
        assert_eq!(cancel.bound(async { 1 }).await, Some(1));
        cancel.cancel(Cause::Deadline);
        cancel.cancel(Cause::Signal);
        cancel.cancelled().await;
        assert_eq!(cancel.cause(), Some(Cause::Deadline));
        assert_eq!(cancel.bound(std::future::pending::<()>()).await, None);
    }
}

//! The wall clock, injected: the one place that reads it.
//!
//! Durations of calls are not measured here but with `tokio::time::Instant`, which tests can pause.
//! What waits for a time of day (soak, lease, a second look) waits with [`Clock::sleep`], so that it
//! passes with the clock that decides it.
//!
//! With the cargo feature `sandbox` a process takes its time from a file that the sandbox writes
//! (module `driven`): days pass in seconds while the binaries are the real ones. Without it, as in every
//! release, the file is never looked at.

#[cfg(feature = "sandbox")]
pub mod driven;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_smithy_async::time::TimeSource;
use jiff::Timestamp;

use crate::env::Env;

/// Where a run takes "now" from. Clones share the source.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Fixed(Arc<Timestamp>),
    #[cfg(feature = "sandbox")]
    Driven(driven::Dial),
}

impl Clock {
    /// The operating system's clock.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still: `--at`, and tests.
    pub fn fixed(now: Timestamp) -> Self {
        Self(Source::Fixed(Arc::new(now)))
    }

    /// The clock of a process: the system's, or with the feature `sandbox` the one that `env` names.
    #[cfg(not(feature = "sandbox"))]
    pub fn of_process(_env: &Env) -> Self {
        Self::system()
    }

    /// The clock of a process: the system's, or with the feature `sandbox` the one that `env` names.
    #[cfg(feature = "sandbox")]
    pub fn of_process(env: &Env) -> Self {
        match env.get(driven::VARIABLE) {
            Some(path) => Self(Source::Driven(driven::Dial::open(path))),
            None => Self::system(),
        }
    }

    /// The current instant.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            #[expect(clippy::disallowed_methods, reason = "this is the one allowed place")]
            Source::System => Timestamp::now(),
            Source::Fixed(now) => **now,
            #[cfg(feature = "sandbox")]
            Source::Driven(dial) => dial.now(),
        }
    }

    /// Waits until `duration` has passed on this clock. One that stands still is not waited for.
    pub async fn sleep(&self, duration: Duration) {
        match &self.0 {
            Source::System => tokio::time::sleep(duration).await,
            Source::Fixed(_) => {}
            #[cfg(feature = "sandbox")]
            Source::Driven(dial) => dial.sleep(duration).await,
        }
    }
}

/// Signatures of AWS requests use the same clock.
impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        SystemTime::from(Self::now(self))
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use aws_smithy_async::time::TimeSource;
    use jiff::Timestamp;

    use super::Clock;

    #[test]
    fn a_fixed_clock_stands_still_in_every_clone() {
        let noon: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
        let clock = Clock::fixed(noon);
        assert_eq!(clock.clone().now(), noon);
        assert_eq!(TimeSource::now(&clock), SystemTime::from(noon));
    }
}

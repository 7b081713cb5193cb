//! The wall clock, injected: the one place that reads it.
//!
//! Durations are not measured here but with `tokio::time::Instant`, which tests can pause.

use std::sync::Arc;
use std::time::SystemTime;

use aws_smithy_async::time::TimeSource;
use jiff::Timestamp;

/// Where a run takes "now" from. Clones share the source.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Fixed(Arc<Timestamp>),
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

    /// The current instant.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            #[expect(clippy::disallowed_methods, reason = "this is the one allowed place")]
            Source::System => Timestamp::now(),
            Source::Fixed(now) => **now,
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

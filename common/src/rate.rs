//! A token bucket: keeps us below a service's quota, so that throttling stays the exception.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// Allows a burst, then a steady rate. Waiting callers are served in order.
#[derive(Debug)]
pub struct TokenBucket(Mutex<Level>);

impl TokenBucket {
    /// A full bucket of `burst` tokens that regains `per_second` tokens a second; both at least 1.
    pub fn new(burst: u32, per_second: u32) -> Self {
        Self(Mutex::new(Level {
            burst: burst.max(1),
            interval: Duration::from_secs(1) / per_second.max(1),
            full_at: None,
        }))
    }

    /// Waits for a token and takes it. Dropping the future gives the place in the queue back.
    pub async fn take(&self) {
        // The lock is held while waiting: it is what keeps the queue in order.
        let mut level = self.0.lock().await;
        let now = Instant::now();
        let wait = level.wait(now);
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        level.take(now + wait);
    }
}

/// The arithmetic, without a clock.
#[derive(Debug)]
struct Level {
    burst: u32,
    interval: Duration,
    /// When the bucket will be full again; in the past or absent when it is full.
    full_at: Option<Instant>,
}

impl Level {
    /// How long after `now` the next token is there.
    fn wait(&self, now: Instant) -> Duration {
        let missing = self
            .full_at
            .map_or(Duration::ZERO, |at| at.saturating_duration_since(now));
        // All but one of the burst may be missing.
        missing.saturating_sub(self.interval * (self.burst - 1))
    }

    fn take(&mut self, now: Instant) {
        self.full_at = Some(self.full_at.map_or(now, |at| at.max(now)) + self.interval);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{Level, TokenBucket};

    /// Seconds after `start` at which each of `count` callers, all waiting since `start`, is served.
    fn served(level: &mut Level, start: Instant, count: u32) -> Vec<f64> {
        let mut now = start;
        let mut serve = |_| {
            now += level.wait(now);
            level.take(now);
            (now - start).as_secs_f64()
        };
        (0..count).map(&mut serve).collect()
    }

    fn level(burst: u32, interval_ms: u64) -> Level {
        Level {
            burst,
            interval: Duration::from_millis(interval_ms),
            full_at: None,
        }
    }

    #[test]
    fn a_burst_is_free_and_then_the_rate_holds() {
        let start = Instant::now();
        assert_eq!(
            served(&mut level(2, 100), start, 5),
            [0.0, 0.0, 0.1, 0.2, 0.3]
        );
    }

    #[test]
    fn an_idle_bucket_fills_up_to_the_burst_and_no_further() {
        let mut level = level(2, 100);
        let start = Instant::now();
        served(&mut level, start, 2);
        let later = start + Duration::from_mins(1);
        assert_eq!(served(&mut level, later, 3), [0.0, 0.0, 0.1]);
    }

    #[tokio::test]
    async fn a_full_bucket_does_not_wait() {
        let bucket = TokenBucket::new(3, 1);
        let start = Instant::now();
        for _ in 0..3 {
            bucket.take().await;
        }
        assert!(start.elapsed() < Duration::from_millis(500));
    }
}

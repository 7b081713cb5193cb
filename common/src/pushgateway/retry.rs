//! How often, and after which pauses, a request is tried again.

use std::time::Duration;

use backon::ExponentialBuilder;

/// Attempts of one request and the pauses between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// The first try included.
    pub attempts: usize,
    /// The shortest pause before the second attempt. Each later one is four times as long, and up
    /// to as much again is added at random, so that jobs which failed together do not return
    /// together.
    pub first_pause: Duration,
}

impl Retry {
    /// Three attempts: pauses of 0.5 to 1 s and 2 to 4 s.
    pub const STANDARD: Self = Self {
        attempts: 3,
        first_pause: Duration::from_millis(500),
    };

    pub(super) fn backoff(self) -> ExponentialBuilder {
        ExponentialBuilder::new()
            .with_min_delay(self.first_pause)
            .with_factor(4.0)
            .with_max_times(self.attempts.saturating_sub(1))
            .with_jitter()
    }
}

#[cfg(test)]
mod tests {
    use backon::BackoffBuilder;

    use super::Retry;

    #[test]
    fn the_standard_pauses_lie_between_half_a_second_and_four() {
        for _ in 0..100 {
            let pauses: Vec<f64> = Retry::STANDARD
                .backoff()
                .build()
                .map(|pause| pause.as_secs_f64())
                .collect();
            let [first, second] = pauses[..] else {
                panic!("{pauses:?}")
            };
            assert!(
                (0.5..=1.0).contains(&first) && (2.0..=4.0).contains(&second),
                "{pauses:?}"
            );
        }
    }
}

//! When to ask again: after a pause that chance or the server chooses, within a budget for all origins.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use common::cancel::Cancellation;
use common::trouble::Trouble;
use jiff::Timestamp;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use tokio::time::Instant;

use super::Limits;
use super::failure::{Again, Failure, stopped};

/// Runs `attempt` until it succeeds, fails for good, or time or tries are used up. The outer error is that
/// of a run that was told to stop.
pub(super) async fn persist<T>(
    limits: Limits,
    begun: Instant,
    cancel: &Cancellation,
    attempt: impl AsyncFn() -> Result<T, Failure>,
) -> Result<Result<T, Failure>, Trouble> {
    let mut tries: u32 = 0;
    loop {
        let outcome = cancel.bound(Box::pin(attempt())).await;
        let failure = match outcome.ok_or_else(|| stopped(cancel))? {
            Ok(value) => return Ok(Ok(value)),
            Err(failure) => failure,
        };
        tries = tries.saturating_add(1);
        let chance = RandomState::new().hash_one(tries);
        match pause(limits, failure.again, tries, begun.elapsed(), chance) {
            Some(pause) => {
                tracing::info!(
                    error = failure.text,
                    pause_ms = pause.as_millis(),
                    "upstream will be asked again"
                );
                let sleep = tokio::time::sleep(pause);
                cancel.bound(sleep).await.ok_or_else(|| stopped(cancel))?;
            }
            None if tries > 1 => {
                let text = format!("{} ({tries} tries)", failure.text);
                return Ok(Err(Failure { text, ..failure }));
            }
            None => return Ok(Err(failure)),
        }
    }
}

/// How long to wait before the next try; `None` if there is none. `tries` were made, `elapsed` is since the
/// first of them at the first origin. Full jitter: `chance` picks between the shortest pause and a bound
/// that grows fourfold.
fn pause(
    limits: Limits,
    again: Again,
    tries: u32,
    elapsed: Duration,
    chance: u64,
) -> Option<Duration> {
    if tries >= limits.tries {
        return None;
    }
    let shortest = limits.shortest_pause;
    let pause = match again {
        Again::Never => return None,
        Again::After(wait) => wait.max(shortest),
        Again::Soon => {
            let bound = shortest.saturating_mul(4_u32.saturating_pow(tries));
            let span = bound.min(limits.longest_pause).saturating_sub(shortest);
            let part = u32::try_from(chance % 1001).unwrap_or_default();
            shortest.saturating_add(span.saturating_mul(part) / 1000)
        }
    };
    (elapsed.saturating_add(pause) <= limits.retry_budget).then_some(pause)
}

/// How long the server asks to wait: `Retry-After` in seconds or as a date, or until a limit that is used
/// up is renewed. Dates are compared with the server's own, and with `now` only if it sends none.
pub(super) fn asked_for(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name: &str| {
        headers
            .get(name)
            .and_then(|it| it.to_str().ok())
            .map(str::trim)
    };
    let date = |text: &str| {
        jiff::fmt::rfc2822::parse(text)
            .ok()
            .map(|it| it.timestamp())
    };
    let now = text(DATE.as_str()).and_then(date).unwrap_or(now);
    let until = |then: Timestamp| Duration::try_from(then.duration_since(now)).unwrap_or_default();
    if let Some(wait) = text(RETRY_AFTER.as_str()) {
        let seconds = wait.parse().ok().map(Duration::from_secs);
        if let Some(wait) = seconds.or_else(|| date(wait).map(until)) {
            return Some(wait);
        }
    }
    if text("x-ratelimit-remaining") != Some("0") {
        return None;
    }
    let reset = text("x-ratelimit-reset")?.parse().ok()?;
    Timestamp::from_second(reset).ok().map(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pauses_lie_between_half_a_second_and_thirty_and_chance_decides() {
        let limits = Limits::default();
        let pause = |tries, chance| pause(limits, Again::Soon, tries, Duration::ZERO, chance);
        let bounds =
            [1, 2, 3].map(|tries| [0, 1000].map(|it| pause(tries, it).unwrap().as_millis()));
        assert_eq!(bounds, [[500, 2_000], [500, 8_000], [500, 30_000]]);
        assert_eq!(pause(4, 0), None);
    }

    #[test]
    fn a_server_is_obeyed_within_the_budget_only() {
        let limits = Limits::default();
        let pause = |seconds, elapsed| {
            pause(
                limits,
                Again::After(SECOND * seconds),
                1,
                SECOND * elapsed,
                7,
            )
        };
        assert_eq!(pause(60, 30), Some(SECOND * 60));
        assert_eq!(pause(60, 31), None);
        assert_eq!(pause(0, 0), Some(limits.shortest_pause));
    }

    #[test]
    fn waits_are_seconds_or_dates_and_follow_the_servers_clock() {
        let ask = |headers: &[(&'static str, &str)]| {
            let pairs = headers
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            let headers: HeaderMap = pairs.collect();
            asked_for(&headers, Timestamp::UNIX_EPOCH).map(|wait| wait.as_secs())
        };
        let date = ("date", "Sun, 29 Nov 2026 01:00:00 GMT");
        assert_eq!(ask(&[("retry-after", "7")]), Some(7));
        let later = ("retry-after", "Sun, 29 Nov 2026 01:00:09 GMT");
        assert_eq!(ask(&[later, date]), Some(9));
        assert_eq!(ask(&[("retry-after", "soon")]), None);
        let reset = ("x-ratelimit-reset", "1795914020");
        assert_eq!(
            ask(&[reset, ("x-ratelimit-remaining", "0"), date]),
            Some(20)
        );
        assert_eq!(ask(&[reset, ("x-ratelimit-remaining", "1"), date]), None);
        // Already over.
        let early = ("retry-after", "Sun, 29 Nov 2026 00:00:00 GMT");
        assert_eq!(ask(&[early, date]), Some(0));
    }
}

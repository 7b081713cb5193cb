//! Which bins a request asks for: start floored by age, retention by period, end exclusive.
//!
//! Rules: CloudWatch API reference, `GetMetricData`, parameters `StartTime` and `Period`.

use std::ops::Range;

use jiff::Timestamp;

use super::error::ServiceError;

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// The bins of one query, all in whole epoch seconds. The last bin may be cut short by the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bins {
    start: i64,
    end: i64,
    period: i64,
    /// Nothing older is kept.
    horizon: i64,
}

impl Bins {
    /// Lays bins over `[start, end)`. `None` when CloudWatch answers with nothing and no error
    /// because the period is finer than what it keeps for that age.
    pub(crate) fn new(start: Timestamp, end: Timestamp, period: i64, now: i64) -> Option<Self> {
        let start = start.as_millisecond().div_euclid(1000);
        let end = end.as_millisecond().div_euclid(1000)
            + i64::from(end.as_millisecond().rem_euclid(1000) > 0);
        let age = now - start;
        let kept = if period < MINUTE {
            age <= 3 * HOUR
        } else if age > 63 * DAY {
            period % HOUR == 0
        } else {
            age <= 15 * DAY || period % (5 * MINUTE) == 0
        };
        let division = if period < MINUTE {
            period
        } else if age < 15 * DAY {
            MINUTE
        } else if age < 63 * DAY {
            5 * MINUTE
        } else {
            HOUR
        };
        kept.then(|| Self {
            start: start - start.rem_euclid(division),
            end,
            period,
            horizon: now - 455 * DAY,
        })
    }

    /// How many bins there are.
    pub(crate) fn len(&self) -> i64 {
        let span = (self.end - self.start).max(0);
        span / self.period + i64::from(span % self.period > 0)
    }

    /// Start of bin `index` and the seconds whose data belong to it.
    pub(crate) fn bin(&self, index: i64) -> (i64, Range<i64>) {
        let start = self.start + index * self.period;
        (
            start,
            start.max(self.horizon)..(start + self.period).min(self.end),
        )
    }
}

/// Refuses a period that no metric can have. `parameter` is its path in the request.
pub(crate) fn check_period(period: i64, parameter: &str) -> Result<(), ServiceError> {
    let allowed = matches!(period, 1 | 5 | 10 | 20 | 30) || (period > 0 && period % MINUTE == 0);
    if allowed {
        return Ok(());
    }
    Err(ServiceError::validation(format!(
        "The value {period} for parameter {parameter} must be 1, 5, 10, 20, 30 or a multiple of 60."
    )))
}

/// Refuses a window without length.
pub(crate) fn check_order(start: Timestamp, end: Timestamp) -> Result<(), ServiceError> {
    if start < end {
        return Ok(());
    }
    Err(ServiceError::validation(
        "The parameter StartTime must be less than the parameter EndTime.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-24T12:00:00Z";

    fn bins(start: &str, end: &str, period: i64) -> Option<Vec<i64>> {
        let now = NOW.parse::<Timestamp>().unwrap().as_second();
        let bins = Bins::new(start.parse().unwrap(), end.parse().unwrap(), period, now)?;
        Some(
            (0..bins.len())
                .map(|index| now - bins.bin(index).0)
                .collect(),
        )
    }

    #[test]
    fn bins_start_at_the_floored_start_and_not_at_multiples_of_the_period() {
        let starts = bins("2026-11-24T11:41:30.5Z", "2026-11-24T11:52:00Z", 300);
        assert_eq!(starts, Some(vec![1140, 840, 540]));
    }

    #[test]
    fn the_end_is_exclusive_and_cuts_the_last_bin_short() {
        let now = NOW.parse::<Timestamp>().unwrap().as_second();
        let start = "2026-11-24T11:40:00Z".parse().unwrap();
        let bins = Bins::new(start, "2026-11-24T11:52:00Z".parse().unwrap(), 300, now).unwrap();
        assert_eq!(bins.len(), 3);
        assert_eq!(bins.bin(2), (now - 600, now - 600..now - 480));
        assert_eq!(bins.bin(1), (now - 900, now - 900..now - 600));
    }

    #[test]
    fn an_old_start_is_floored_to_five_minutes_and_then_to_the_hour() {
        let day = |days: i64, seconds: i64| {
            let at = NOW.parse::<Timestamp>().unwrap().as_second() - days * DAY + seconds;
            Timestamp::from_second(at).unwrap().to_string()
        };
        let first = |days| {
            let found = bins(&day(days, 100), &day(days, 4000), 3600).unwrap();
            found[0] - days * DAY
        };
        assert_eq!(first(14), -60);
        assert_eq!(first(16), 0);
        assert_eq!(
            bins(&day(64, 1900), &day(64, 8000), 3600).unwrap()[0],
            64 * DAY
        );
    }

    #[test]
    fn a_period_finer_than_retention_gives_nothing_without_an_error() {
        assert_eq!(
            bins("2026-11-24T08:00:00Z", "2026-11-24T09:00:00Z", 30),
            None
        );
        assert!(bins("2026-11-24T09:30:00Z", "2026-11-24T09:31:00Z", 30).is_some());
        assert_eq!(
            bins("2026-11-01T00:00:00Z", "2026-11-01T01:00:00Z", 60),
            None
        );
        assert!(bins("2026-11-01T00:00:00Z", "2026-11-01T01:00:00Z", 300).is_some());
        assert_eq!(
            bins("2026-09-01T00:00:00Z", "2026-09-01T01:00:00Z", 300),
            None
        );
        assert!(bins("2026-09-01T00:00:00Z", "2026-09-01T01:00:00Z", 3600).is_some());
    }

    #[test]
    fn only_the_documented_periods_are_accepted() {
        let accepted: Vec<i64> = (-60..=180)
            .filter(|period| check_period(*period, "Period").is_ok())
            .collect();
        assert_eq!(accepted, [1, 5, 10, 20, 30, 60, 120, 180]);
    }
}

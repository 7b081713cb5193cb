//! Which stretch of time a rule looks at, and which datapoints in it may be taken.
//!
//! CloudWatch floors the start of a request and puts its bins behind the floored start, so a start
//! that is no multiple of the period shifts every bin. We floor it ourselves. A bin is named by its
//! begin; for periods above a minute only bins that are over by the window's end are taken, because
//! a bin that still fills would be read as a drop.

use jiff::Timestamp;

use crate::config::Rule;

const MINUTE: i64 = 60;

/// How long CloudWatch keeps datapoints: for `period % divisor == 0`, up to `age` seconds.
const RETENTION: [(i64, i64); 4] = [
    (1, 3 * 3600),
    (60, 15 * 86_400),
    (300, 63 * 86_400),
    (3600, 455 * 86_400),
];

/// A rule's window: `[start, end)`, in seconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// Inclusive; a multiple of the period.
    pub start: i64,
    /// Exclusive.
    pub end: i64,
    /// Length of a bin in seconds.
    pub period: i64,
}

impl Window {
    /// The window of `rule` for a run that began at `now`.
    pub fn of(rule: &Rule, now: Timestamp) -> Self {
        let period = i64::from(rule.period_seconds).max(1);
        // A fraction of a second belongs to the window: its end is exclusive.
        let now = ceil_to(now.as_millisecond(), 1000) / 1000;
        let end = now - i64::from(rule.delay_seconds);
        let start = floor_to(end - i64::from(rule.range_seconds), period);
        Self { start, end, period }
    }

    /// Whether the bin that begins at `at` may be taken.
    pub fn admits(&self, at: i64) -> bool {
        let complete = self.period <= MINUTE || at + self.period <= ceil_to(self.end, MINUTE);
        self.start <= at && at < self.end && complete
    }

    /// Datapoints that one query of this window can return.
    pub fn points(&self) -> u64 {
        points(self.start, self.end, self.period)
    }

    /// Whether CloudWatch still has datapoints of this period that begin at `start`.
    pub fn is_kept(period: i64, start: i64, now: Timestamp) -> bool {
        let age = now.as_second() - start;
        RETENTION
            .iter()
            .any(|&(divisor, kept)| period % divisor == 0 && age <= kept)
    }
}

/// Bins between two instants.
pub(super) fn points(start: i64, end: i64, period: i64) -> u64 {
    u64::try_from(ceil_to(end - start, period) / period).unwrap_or(0)
}

/// The greatest multiple of `step` that is not above `value`.
pub(super) fn floor_to(value: i64, step: i64) -> i64 {
    value - value.rem_euclid(step)
}

/// The smallest multiple of `step` that is not below `value`.
fn ceil_to(value: i64, step: i64) -> i64 {
    floor_to(value + step - 1, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: i64 = 1_795_003_200; // 2026-11-18T12:00:00Z

    fn window(start: i64, end: i64, period: i64) -> Window {
        Window { start, end, period }
    }

    #[test]
    fn a_minute_bin_counts_while_it_begins_before_the_end() {
        let window = window(NOON - 600, NOON + 30, 60);
        assert!(window.admits(NOON - 600));
        assert!(window.admits(NOON));
        assert!(!window.admits(NOON + 60));
        assert!(!window.admits(NOON - 660));
    }

    #[test]
    fn a_longer_bin_counts_only_when_it_is_over() {
        let window = window(NOON - 900, NOON + 270, 300);
        assert!(window.admits(NOON - 300));
        assert!(
            window.admits(NOON),
            "its end falls into the minute that is being filled"
        );
        assert!(
            !Window {
                end: NOON + 200,
                ..window
            }
            .admits(NOON)
        );
    }

    #[test]
    fn old_datapoints_are_kept_for_long_periods_only() {
        let now = Timestamp::from_second(NOON).unwrap();
        let day = 86_400;
        let kept = |period, age| Window::is_kept(period, NOON - age, now);
        assert!(kept(1, 3 * 3600) && !kept(1, 3 * 3600 + 1));
        assert!(kept(60, 15 * day) && !kept(60, 15 * day + 1));
        assert!(kept(300, 63 * day) && !kept(300, 63 * day + 1));
        assert!(kept(3600, 455 * day) && !kept(3600, 455 * day + 1));
    }

    #[test]
    fn flooring_works_on_both_sides_of_the_epoch() {
        assert_eq!(
            (floor_to(7, 5), floor_to(-1, 5), floor_to(10, 5)),
            (5, -5, 10)
        );
        assert_eq!((ceil_to(7, 5), ceil_to(-1, 5), ceil_to(10, 5)), (10, 0, 10));
    }
}

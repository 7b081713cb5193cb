//! When a key was last used, as IAM reports it: late and in coarse steps.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// One use of an access key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// When. What IAM reports is rounded down.
    pub at: Timestamp,
    /// The service, such as `ses`.
    pub service: String,
    /// The region, such as `us-east-1`.
    pub region: String,
}

/// The uses of one key that a report may still need.
#[derive(Debug, Clone, Default)]
pub(crate) struct Uses(Vec<KeyUse>);

impl Uses {
    /// Records a use. Uses may come in any order.
    pub(crate) fn record(&mut self, used: KeyUse) {
        let index = self.0.partition_point(|it| it.at <= used.at);
        self.0.insert(index, used);
    }

    /// Forgets what no report after `now` needs.
    pub(crate) fn forget(&mut self, now: Timestamp, delay: Duration) {
        let visible = self.visible(now, delay);
        self.0.drain(..visible.saturating_sub(1));
    }

    /// The last use that is known `delay` after it happened, on a mark of `granularity`.
    pub(crate) fn reported(
        &self,
        now: Timestamp,
        delay: Duration,
        granularity: Duration,
    ) -> Option<KeyUse> {
        let last = self.0.get(self.visible(now, delay).checked_sub(1)?)?;
        Some(KeyUse {
            at: floor(last.at, granularity),
            ..last.clone()
        })
    }

    /// How many of the uses have become known.
    fn visible(&self, now: Timestamp, delay: Duration) -> usize {
        let known = before(now, delay);
        self.0.partition_point(|it| it.at <= known)
    }
}

/// The instant `span` before `at`; the first one there is when it would be before that.
pub(crate) fn before(at: Timestamp, span: Duration) -> Timestamp {
    SignedDuration::try_from(span)
        .ok()
        .and_then(|span| at.checked_sub(span).ok())
        .unwrap_or(Timestamp::MIN)
}

fn floor(at: Timestamp, granularity: Duration) -> Timestamp {
    let step = i64::try_from(granularity.as_secs())
        .unwrap_or(i64::MAX)
        .max(1);
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(step)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;

    use super::{KeyUse, Uses};

    const QUARTER: Duration = Duration::from_mins(15);

    fn at(text: &str) -> Timestamp {
        format!("2026-11-24T{text}Z").parse().unwrap()
    }

    fn used(text: &str) -> KeyUse {
        KeyUse {
            at: at(text),
            service: "ses".into(),
            region: "us-east-1".into(),
        }
    }

    #[test]
    fn a_use_is_reported_after_the_delay_and_on_a_quarter_of_an_hour() {
        let mut uses = Uses::default();
        uses.record(used("12:29:59"));
        uses.record(used("12:10:00"));
        let reported = |now: &str| uses.reported(at(now), QUARTER, QUARTER).map(|it| it.at);
        assert_eq!(reported("12:24:59"), None);
        assert_eq!(reported("12:25:00"), Some(at("12:00:00")));
        assert_eq!(reported("12:44:58"), Some(at("12:00:00")));
        assert_eq!(reported("12:44:59"), Some(at("12:15:00")));
    }

    #[test]
    fn what_is_forgotten_changes_no_report() {
        let mut uses = Uses::default();
        for minute in 0..60 {
            uses.record(used(&format!("12:{minute:02}:00")));
        }
        let before = uses.reported(at("12:40:00"), QUARTER, QUARTER);
        uses.forget(at("12:40:00"), QUARTER);
        assert_eq!(uses.0.len(), 35);
        assert_eq!(uses.reported(at("12:40:00"), QUARTER, QUARTER), before);
    }
}

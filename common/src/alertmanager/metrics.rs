//! What a replica's own metrics prove.

use std::str;

use jiff::Timestamp;

use super::hash::ConfigHash;
use crate::exit::Exit;
use crate::exposition::{self, Family, ParseError, Sample, Timestamps};
use crate::fault::Fault;
use crate::number;

/// A few numbers of one replica. What its answer lacks is `None`, never 0: a counter that is not
/// there proves nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Which bytes it runs.
    pub config_hash: Option<ConfigHash>,
    /// Whether it took the last file that it was told to load. If not, it runs the one before.
    pub last_reload_successful: Option<bool>,
    /// E-mail notifications that it tried to send, since its start.
    pub emails: Option<u64>,
    /// Attempts to hand an e-mail to the mail server, since its start.
    pub email_requests: Option<u64>,
    /// Attempts that failed, since its start. Rises at once, where the count of failed
    /// notifications waits for the last retry.
    pub failed_email_requests: Option<u64>,
    /// When it started: its counters began at 0 then.
    pub started: Option<Timestamp>,
}

impl Metrics {
    /// Reads the answer to `GET /metrics`.
    ///
    /// # Errors
    /// When it is not an exposition.
    pub fn parse(exposition: &[u8]) -> Result<Self, MetricsError> {
        let families = exposition::parse_with(exposition, Timestamps::Dropped)?;
        let samples = |name: &str| {
            let family = families.iter().find(|family| family.name == name);
            family.map_or(&[][..], |Family { samples, .. }| samples)
        };
        let value = |name: &str| match samples(name) {
            [Sample { value, .. }] => Some(*value),
            _ => None,
        };
        let emails = |name: &str| count_emails(samples(name));
        Ok(Self {
            config_hash: value("alertmanager_config_hash").and_then(ConfigHash::from_metric),
            last_reload_successful: value("alertmanager_config_last_reload_successful")
                .and_then(flag),
            emails: emails("alertmanager_notifications_total"),
            email_requests: emails("alertmanager_notification_requests_total"),
            failed_email_requests: emails("alertmanager_notification_requests_failed_total"),
            started: value("process_start_time_seconds").and_then(time),
        })
    }
}

/// The sum over all series of the e-mail integration; newer releases have one for each receiver.
fn count_emails(samples: &[Sample]) -> Option<u64> {
    let emails = samples
        .iter()
        .filter(|sample| sample.labels.get("integration") == Some("email"));
    emails
        .map(|sample| number::to_u64(sample.value))
        .reduce(u64::saturating_add)
}

fn flag(value: f64) -> Option<bool> {
    let whole = value.is_sign_positive() && value.fract() == 0.0;
    match number::to_u64(value) {
        0 if whole => Some(false),
        1 if whole => Some(true),
        _ => None,
    }
}

/// To the millisecond, which is more than the metric's source knows.
fn time(seconds: f64) -> Option<Timestamp> {
    let milliseconds = i64::try_from(number::to_u64((seconds * 1000.0).round())).ok()?;
    (seconds > 0.0).then(|| Timestamp::from_millisecond(milliseconds).ok())?
}

/// The answer of `/metrics` is not an exposition.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the metrics of Alertmanager are not understood")]
pub struct MetricsError(#[from] ParseError);

impl Fault for MetricsError {
    fn exit(&self) -> Exit {
        Exit::Transient
    }

    fn code(&self) -> &'static str {
        "alertmanager-metrics"
    }
}

#[cfg(test)]
mod tests {
    use super::{ConfigHash, Metrics};

    const ANSWER: &str = "\
# HELP alertmanager_config_hash Hash of the currently loaded alertmanager configuration.
# TYPE alertmanager_config_hash gauge
alertmanager_config_hash 6.3657913343414e+13
# TYPE alertmanager_config_last_reload_successful gauge
alertmanager_config_last_reload_successful 1
# TYPE alertmanager_notification_latency_seconds histogram
alertmanager_notification_latency_seconds_bucket{integration=\"email\",le=\"1\"} 3
alertmanager_notification_latency_seconds_bucket{integration=\"email\",le=\"+Inf\"} 3
alertmanager_notification_latency_seconds_sum{integration=\"email\"} 0.5
alertmanager_notification_latency_seconds_count{integration=\"email\"} 3
# TYPE alertmanager_notification_requests_failed_total counter
alertmanager_notification_requests_failed_total{integration=\"email\",receiver_name=\"a\"} 4
alertmanager_notification_requests_failed_total{integration=\"email\",receiver_name=\"b\"} 2
alertmanager_notification_requests_failed_total{integration=\"slack\",receiver_name=\"a\"} 100
# TYPE alertmanager_notifications_total counter
alertmanager_notifications_total{integration=\"email\"} 0
alertmanager_notifications_total{integration=\"slack\"} 7
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1.79607240025e+09
";

    #[test]
    fn every_number_is_read_and_series_of_one_integration_are_added() {
        let metrics = Metrics::parse(ANSWER.as_bytes()).unwrap();
        let expected = Metrics {
            config_hash: Some(ConfigHash::of(b"global:\n  resolve_timeout: 10m\n")),
            last_reload_successful: Some(true),
            emails: Some(0),
            email_requests: None,
            failed_email_requests: Some(6),
            started: Some("2026-11-30T21:00:00.25Z".parse().unwrap()),
        };
        assert_eq!(metrics, expected);
    }

    #[test]
    fn what_is_missing_or_senseless_is_none_and_never_zero() {
        assert_eq!(Metrics::parse(b"").unwrap(), Metrics::default());
        let odd = "\
alertmanager_config_hash 0.5
alertmanager_config_last_reload_successful NaN
alertmanager_notifications_total{integration=\"slack\"} 7
process_start_time_seconds -1
";
        assert_eq!(Metrics::parse(odd.as_bytes()).unwrap(), Metrics::default());
        let failed = Metrics::parse(b"alertmanager_config_last_reload_successful 0\n").unwrap();
        assert_eq!(failed.last_reload_successful, Some(false));
    }

    #[test]
    fn a_page_of_something_else_is_refused() {
        let error = Metrics::parse(b"<html>hunter2</html>").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the metrics of Alertmanager are not understood"
        );
    }
}

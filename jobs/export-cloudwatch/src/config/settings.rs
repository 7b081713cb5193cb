//! Numbers and switches that the file sets for all rules and a rule may override.

use common::yaml::{Cursor, Fields, Position};

/// CloudWatch keeps nothing for longer.
const RETENTION_SECONDS: u32 = 455 * 86_400;

/// A value and where it was set; nowhere if it is the default.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<T> {
    pub(super) value: T,
    pub(super) at: Option<Position>,
}

/// What a rule inherits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    pub(super) period_seconds: Setting<u32>,
    pub(super) range_seconds: Setting<u32>,
    pub(super) delay_seconds: Setting<u32>,
    pub(super) set_timestamp: bool,
    pub(super) list_metrics_cache_ttl_seconds: u32,
    pub(super) warn_on_empty_list_dimensions: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let setting = |value| Setting { value, at: None };
        Self {
            period_seconds: setting(60),
            range_seconds: setting(600),
            delay_seconds: setting(600),
            set_timestamp: true,
            list_metrics_cache_ttl_seconds: 0,
            warn_on_empty_list_dimensions: false,
        }
    }
}

impl Settings {
    /// These settings with what `fields` override. A value that is refused leaves the old one.
    pub(super) fn read(self, fields: &mut Fields<'_>) -> Self {
        // Checked and otherwise without effect: values always come through GetMetricData.
        boolean(fields, "use_get_metric_data");
        Self {
            period_seconds: seconds(fields, "period_seconds", 1)
                .filter(|(cursor, period)| is_period(cursor, *period))
                .map_or(self.period_seconds, located),
            range_seconds: seconds(fields, "range_seconds", 1).map_or(self.range_seconds, located),
            delay_seconds: seconds(fields, "delay_seconds", 0).map_or(self.delay_seconds, located),
            set_timestamp: boolean(fields, "set_timestamp").unwrap_or(self.set_timestamp),
            list_metrics_cache_ttl_seconds: seconds(fields, "list_metrics_cache_ttl", 0)
                .map_or(self.list_metrics_cache_ttl_seconds, |(_, seconds)| seconds),
            warn_on_empty_list_dimensions: boolean(fields, "warn_on_empty_list_dimensions")
                .unwrap_or(self.warn_on_empty_list_dimensions),
        }
    }
}

fn seconds<'d>(
    fields: &mut Fields<'d>,
    name: &'static str,
    least: u32,
) -> Option<(Cursor<'d>, u32)> {
    let cursor = fields.get_or_null(name)?;
    let value = cursor.quantity(least..=RETENTION_SECONDS, "seconds (455 days)")?;
    Some((cursor, value))
}

fn located((cursor, value): (Cursor<'_>, u32)) -> Setting<u32> {
    Setting {
        value,
        at: Some(cursor.position()),
    }
}

fn boolean(fields: &mut Fields<'_>, name: &'static str) -> Option<bool> {
    fields.get_or_null(name)?.boolean()
}

/// CloudWatch refuses a whole call because of one period that it does not know.
fn is_period(cursor: &Cursor<'_>, seconds: u32) -> bool {
    let known = matches!(seconds, 1 | 5 | 10 | 20 | 30) || seconds.is_multiple_of(60);
    if !known {
        let problem = cursor.problem(format!(
            "must be 1, 5, 10, 20, 30 or a multiple of 60, not {seconds}"
        ));
        cursor.report(problem.hint(format!("the next longer one is {}", next_period(seconds))));
    }
    known
}

fn next_period(seconds: u32) -> u32 {
    let short = [1, 5, 10, 20, 30]
        .into_iter()
        .find(|&period| period > seconds);
    short.unwrap_or_else(|| seconds.next_multiple_of(60))
}

//! The wall-clock times that five fields name, enumerated by the `cron` crate.
//!
//! The crate has another grammar (seconds first, Sunday is 1, both day fields must match), so it is
//! given explicit lists that mean the same in both. It computes in `chrono`'s types, which stay in
//! this file: wall-clock times pass through it dressed as UTC, and know nothing of time zones.

use std::cmp::Reverse;
use std::str::FromStr as _;

use chrono::Utc;
use cron::Schedule;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::fields::{DAY_OF_MONTH, DAY_OF_WEEK, Field, Fields, HOUR, MINUTE, MONTH, Set};

/// The crate's number for what is 0 to Kubernetes.
const SUNDAY: u8 = 1;

/// The schedules whose union is meant: none, one, or two.
#[derive(Debug, Clone)]
pub(super) struct Calendar(Vec<Schedule>);

impl Calendar {
    /// Translates `fields`.
    ///
    /// A star in either day field demands that both match. Otherwise one is enough, which takes two
    /// schedules: one for each day field, with the other left open.
    pub(super) fn new(fields: &Fields) -> Self {
        let days = list(&DAY_OF_MONTH, fields.days, 0);
        let weekdays = list(&DAY_OF_WEEK, fields.weekdays, SUNDAY);
        let any = || Some("*".to_owned());
        let pairs = if fields.days.star || fields.weekdays.star {
            vec![(days, weekdays)]
        } else {
            vec![(days, any()), (any(), weekdays)]
        };
        let schedules = pairs.into_iter().filter_map(|(days, weekdays)| {
            let (days, weekdays) = (days?, weekdays?);
            translate(fields, &days, &weekdays)
        });
        Self(schedules.collect())
    }

    /// The times later than `start`, in rising order; up to the year 2100.
    pub(super) fn after(&self, start: DateTime) -> impl Iterator<Item = DateTime> {
        let start = to_chrono(start);
        let parts = self.0.iter().map(move |schedule| schedule.after(&start));
        merge(parts).filter_map(from_chrono)
    }

    /// The times earlier than `end`, in falling order; down to the year 1970.
    pub(super) fn before(&self, end: DateTime) -> impl Iterator<Item = DateTime> {
        let end = to_chrono(end);
        let parts = self
            .0
            .iter()
            .map(move |schedule| schedule.after(&end).rev().map(Reverse));
        merge(parts).filter_map(|Reverse(time)| from_chrono(time))
    }
}

/// `None` when a field names nothing, so that no time can match.
fn translate(fields: &Fields, days: &str, weekdays: &str) -> Option<Schedule> {
    let minutes = list(&MINUTE, fields.minutes, 0)?;
    let hours = list(&HOUR, fields.hours, 0)?;
    let months = list(&MONTH, fields.months, 0)?;
    let text = format!("0 {minutes} {hours} {days} {months} {weekdays} *");
    #[expect(
        clippy::expect_used,
        reason = "lists of numbers in range are in the crate's grammar"
    )]
    Some(Schedule::from_str(&text).expect("an explicit schedule"))
}

/// A field in the crate's grammar: its values, each moved by `shift`. `None` when it has none.
fn list(field: &Field, set: Set, shift: u8) -> Option<String> {
    if set.is_empty() {
        return None;
    }
    if field.is_full(set) {
        return Some("*".to_owned());
    }
    let values: Vec<_> = set
        .values()
        .map(|value| value.saturating_add(shift).to_string())
        .collect();
    Some(values.join(","))
}

/// Merges rising sequences into one without repetitions.
fn merge<I>(parts: impl Iterator<Item = I>) -> impl Iterator<Item = I::Item>
where
    I: Iterator<Item: Ord + Copy>,
{
    let mut parts: Vec<_> = parts.map(Iterator::peekable).collect();
    std::iter::from_fn(move || {
        let next = parts
            .iter_mut()
            .filter_map(|part| part.peek().copied())
            .min()?;
        for part in &mut parts {
            part.next_if_eq(&next);
        }
        Some(next)
    })
}

/// Whole seconds of a wall-clock time, as if it were UTC.
fn to_chrono(time: DateTime) -> chrono::DateTime<Utc> {
    let seconds = TimeZone::UTC
        .to_timestamp(time)
        .map_or(0, Timestamp::as_second);
    chrono::DateTime::from_timestamp(seconds, 0).unwrap_or_default()
}

fn from_chrono(time: chrono::DateTime<Utc>) -> Option<DateTime> {
    let time = Timestamp::from_second(time.timestamp()).ok()?;
    Some(TimeZone::UTC.to_datetime(time))
}

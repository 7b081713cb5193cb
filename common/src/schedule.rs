//! Kubernetes' schedule grammar: when a `CronJob` is due.
//!
//! An expression means here what it means to the `CronJob` controller (robfig/cron v3.0.1,
//! `ParseStandard`), with one exception: in zones whose clocks change at midnight or by half an
//! hour the controller drops or adds a run now and then, and this module follows the calendar.
//! Nothing here sleeps or runs anything.

mod calendar;
pub mod duration;
mod error;
mod fields;
pub mod prometheus_duration;
#[cfg(test)]
mod tests;
mod zone;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use self::calendar::Calendar;
pub use self::error::{FieldName, ItemProblem, ScheduleError, ScheduleProblem};
use self::fields::Fields;

/// When something is due.
#[derive(Debug, Clone)]
pub struct Schedule {
    zone: TimeZone,
    rhythm: Rhythm,
}

#[derive(Debug, Clone)]
enum Rhythm {
    /// At times of the wall clock.
    Calendar(Calendar),
    /// This long after the last time: whole seconds, at least one.
    Every(SignedDuration),
}

impl Schedule {
    /// Reads five fields or a descriptor such as `@daily` or `@every 90m`; `time_zone` is a name of
    /// the IANA database, such as `UTC`.
    ///
    /// A date that does not exist (`0 0 30 2 *`) is no error: it never comes.
    ///
    /// # Errors
    /// When Kubernetes would refuse it.
    pub fn parse(expression: &str, time_zone: &str) -> Result<Self, ScheduleError> {
        read(expression, time_zone).map_err(|problem| ScheduleError {
            expression: expression.to_owned(),
            problem,
        })
    }

    /// The first due time later than `after`; `None` when the next five years have none.
    ///
    /// A local time that a change of the clock skips is not made up for; one that occurs twice is
    /// due twice. `@every` counts from `after`.
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        match &self.rhythm {
            Rhythm::Calendar(calendar) => zone::next(&self.zone, calendar, after),
            Rhythm::Every(period) => {
                let fraction = SignedDuration::from_nanos(after.subsec_nanosecond().into());
                after.checked_add(*period - fraction).ok()
            }
        }
    }

    /// The last due time earlier than `before`; `None` when the last five years had none, and
    /// always for `@every`, which has no times of its own.
    pub fn previous_before(&self, before: Timestamp) -> Option<Timestamp> {
        match &self.rhythm {
            Rhythm::Calendar(calendar) => zone::previous(&self.zone, calendar, before),
            Rhythm::Every(_) => None,
        }
    }

    /// How many due times are later than `from` and at most `span` after it.
    ///
    /// `@every` counts from `from`. Time grows with the number: a month of minutes takes some
    /// hundredths of a second.
    pub fn due_within(&self, from: Timestamp, span: SignedDuration) -> u64 {
        match &self.rhythm {
            Rhythm::Calendar(calendar) => {
                let until = from.checked_add(span).unwrap_or(Timestamp::MAX);
                zone::count(&self.zone, calendar, from, until)
            }
            Rhythm::Every(period) => {
                // The first one is due on a whole second, as in `next_after`.
                let fraction = SignedDuration::from_nanos(from.subsec_nanosecond().into());
                let times = span.saturating_add(fraction).as_nanos() / period.as_nanos().max(1);
                u64::try_from(times).unwrap_or(0)
            }
        }
    }

    /// The distance of the next two due times after `now`; `None` when there are no two.
    pub fn period_after(&self, now: Timestamp) -> Option<SignedDuration> {
        let first = self.next_after(now)?;
        let second = self.next_after(first)?;
        Some(second.duration_since(first))
    }
}

fn read(expression: &str, time_zone: &str) -> Result<Schedule, ScheduleProblem> {
    if expression.starts_with("TZ=") || expression.starts_with("CRON_TZ=") {
        return Err(ScheduleProblem::ZonePrefix);
    }
    let rhythm = match expression.strip_prefix('@') {
        None => Rhythm::Calendar(Calendar::new(&Fields::parse(expression)?)),
        Some(descriptor) => describe(descriptor)?,
    };
    let zone = TimeZone::get(time_zone);
    let zone = zone.map_err(|_| ScheduleProblem::Zone(time_zone.to_owned()))?;
    Ok(Schedule { zone, rhythm })
}

/// The words behind `@`; they are case-sensitive.
fn describe(descriptor: &str) -> Result<Rhythm, ScheduleProblem> {
    let fields = match descriptor {
        "yearly" | "annually" => "0 0 1 1 *",
        "monthly" => "0 0 1 * *",
        "weekly" => "0 0 * * 0",
        "daily" | "midnight" => "0 0 * * *",
        "hourly" => "0 * * * *",
        _ => {
            let every = descriptor
                .strip_prefix("every ")
                .ok_or(ScheduleProblem::Descriptor)?;
            let period = duration::parse(every).ok_or(ScheduleProblem::Duration)?;
            let whole = SignedDuration::from_secs(period.as_secs());
            return Ok(Rhythm::Every(whole.max(SignedDuration::from_secs(1))));
        }
    };
    Ok(Rhythm::Calendar(Calendar::new(&Fields::parse(fields)?)))
}

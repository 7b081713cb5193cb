//! Schedules of `CronJob`s, spelt out.
//!
//! The grammar is that of robfig/cron v3.0.1, `ParseStandard`, oddities and all: text behind `*-` is
//! ignored, empty items of a list are skipped, `+5` is 5, and a star in a field of days changes what the
//! other field of days means.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use common::schedule::duration as go_duration;

/// The values that a field names, and whether it has a star.
struct Field {
    values: BTreeSet<u32>,
    star: bool,
}

/// What a field allows: its least and its greatest value, and names of values from the least on.
type Allowed = (u32, u32, &'static [&'static str]);

const MINUTES: Allowed = (0, 59, &[]);
const HOURS: Allowed = (0, 23, &[]);
const DAYS: Allowed = (1, 31, &[]);
const MONTHS: Allowed = (
    1,
    12,
    &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ],
);
const WEEKDAYS: Allowed = (0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]);

/// Reads a schedule. Gives every minute, hour, day and month, and the zone if one is named; what is due at
/// the same times has the same text.
pub(super) fn parse(text: &str, zone: Option<&str>) -> Option<String> {
    let mut meaning = match text.strip_prefix('@') {
        None => fields(text)?,
        Some("yearly" | "annually") => fields("0 0 1 1 *")?,
        Some("monthly") => fields("0 0 1 * *")?,
        Some("weekly") => fields("0 0 * * 0")?,
        Some("daily" | "midnight") => fields("0 0 * * *")?,
        Some("hourly") => fields("0 * * * *")?,
        Some(descriptor) => {
            let every = go_duration::parse(descriptor.strip_prefix("every ")?)?;
            // Whole seconds, and at least one.
            format!("every {} seconds", every.as_secs().max(1))
        }
    };
    if let Some(zone) = zone {
        meaning.push_str(" in ");
        meaning.push_str(zone);
    }
    Some(meaning)
}

fn fields(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split_whitespace().collect();
    let [minutes, hours, days, months, weekdays] = parts[..] else {
        return None;
    };
    let (minutes, hours) = (field(minutes, MINUTES)?, field(hours, HOURS)?);
    let (days, months) = (field(days, DAYS)?, field(months, MONTHS)?);
    let weekdays = field(weekdays, WEEKDAYS)?;
    let mut text = String::new();
    list(&mut text, "minutes", &minutes.values);
    list(&mut text, "; hours", &hours.values);
    list(&mut text, "; months", &months.values);
    // With a star in one of them both must fit; otherwise one of them is enough.
    let both = days.star || weekdays.star;
    let every_day = days.values.len() == 31;
    let every_weekday = weekdays.values.len() == 7;
    match (both, every_day, every_weekday) {
        (true, true, true) | (false, true, _) | (false, _, true) => text.push_str("; every day"),
        (true, true, false) => list(&mut text, "; weekdays", &weekdays.values),
        (true, false, true) => list(&mut text, "; days", &days.values),
        (true, false, false) => {
            list(&mut text, "; days", &days.values);
            list(&mut text, " that are weekdays", &weekdays.values);
        }
        // A lone comma names nothing, and the other field decides.
        (false, false, false) if days.values.is_empty() => {
            list(&mut text, "; weekdays", &weekdays.values);
        }
        (false, false, false) if weekdays.values.is_empty() => {
            list(&mut text, "; days", &days.values);
        }
        (false, false, false) => {
            list(&mut text, "; days", &days.values);
            list(&mut text, " or weekdays", &weekdays.values);
        }
    }
    Some(text)
}

fn list(text: &mut String, name: &str, values: &BTreeSet<u32>) {
    text.push_str(name);
    for (index, value) in values.iter().enumerate() {
        let before = if index == 0 { ' ' } else { ',' };
        // Writing to a String cannot fail.
        let _written = write!(text, "{before}{value}");
    }
}

fn field(text: &str, allowed: Allowed) -> Option<Field> {
    let mut field = Field {
        values: BTreeSet::new(),
        star: false,
    };
    for item in text.split(',').filter(|item| !item.is_empty()) {
        add(item, allowed, &mut field)?;
    }
    Some(field)
}

fn add(item: &str, allowed: Allowed, field: &mut Field) -> Option<()> {
    let (least, greatest, _) = allowed;
    let (range, step) = match item.split_once('/') {
        None => (item, None),
        Some((range, step)) => (range, Some(number(step)?)),
    };
    let (low, high) = match range.split_once('-') {
        None => (range, None),
        Some((low, high)) => (low, Some(high)),
    };
    let star = matches!(low, "*" | "?");
    let (start, end) = match (star, high) {
        (true, _) => (u64::from(least), u64::from(greatest)),
        (false, Some(high)) => (value(low, allowed)?, value(high, allowed)?),
        (false, None) => {
            let start = value(low, allowed)?;
            (
                start,
                if step.is_some() {
                    u64::from(greatest)
                } else {
                    start
                },
            )
        }
    };
    let step = step.unwrap_or(1);
    if start < u64::from(least) || end > u64::from(greatest) || start > end || step == 0 {
        return None;
    }
    field.star |= star && step == 1;
    let step = usize::try_from(step).unwrap_or(usize::MAX);
    let values = (start..=end).step_by(step);
    field
        .values
        .extend(values.filter_map(|value| u32::try_from(value).ok()));
    Some(())
}

fn value(text: &str, (least, _, names): Allowed) -> Option<u64> {
    let named = (least..)
        .zip(names)
        .find(|(_, name)| name.eq_ignore_ascii_case(text));
    named.map_or_else(|| number(text), |(value, _)| Some(value.into()))
}

/// As Go's `Atoi` reads it, but not a negative one.
fn number(text: &str) -> Option<u64> {
    text.parse::<i64>()
        .ok()
        .and_then(|number| u64::try_from(number).ok())
}

//! From wall-clock times to instants and back across changes of the clock.
//!
//! A time that a change skips has no instant; one that it repeats has two, and fires twice.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneTransition};
use jiff::{SignedDuration, Timestamp};

use super::calendar::Calendar;

/// Years of the calendar after which the search for a time gives up, as in Kubernetes.
const YEARS_SEARCHED: i16 = 5;

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// The first instant later than `after` at which a clock in `zone` shows a time of `calendar`.
pub(super) fn next(zone: &TimeZone, calendar: &Calendar, after: Timestamp) -> Option<Timestamp> {
    let last_year = zone.to_datetime(after.checked_add(SECOND).ok()?).year() + YEARS_SEARCHED;
    let mut repeated: Option<Timestamp> = None;
    for time in calendar
        .after(first_local(zone, after))
        .take_while(|time| time.year() <= last_year)
    {
        let Some((first, second)) = instants(zone, time) else {
            continue;
        };
        if first > after {
            // The first instants of later times are later still.
            return Some(repeated.map_or(first, |repeated| repeated.min(first)));
        }
        if second > after {
            repeated.get_or_insert(second);
        }
    }
    repeated
}

/// How many instants later than `after` and not later than `until` a clock in `zone` shows a time of
/// `calendar`.
pub(super) fn count(
    zone: &TimeZone,
    calendar: &Calendar,
    after: Timestamp,
    until: Timestamp,
) -> u64 {
    let within = |instant: Timestamp| u64::from(after < instant && instant <= until);
    calendar
        .after(first_local(zone, after))
        .filter_map(|time| instants(zone, time))
        // The first instants of later times are later still.
        .take_while(|(first, _)| *first <= until)
        .map(|(first, second)| {
            let again = if second == first { 0 } else { within(second) };
            within(first) + again
        })
        .sum()
}

/// A wall-clock time before which no clock in `zone` will stand after `after`.
fn first_local(zone: &TimeZone, after: Timestamp) -> DateTime {
    let local = zone.to_datetime(after);
    // Shortly before the clock is put back, times that it has shown, or shows, lie ahead once more.
    zone.following(after)
        .next()
        .map(|change| Change::of(zone, &change))
        .filter(|change| change.to <= local)
        .map_or(local, |change| change.to.saturating_sub(SECOND))
}

/// The last instant earlier than `before` at which a clock in `zone` shows a time of `calendar`.
pub(super) fn previous(
    zone: &TimeZone,
    calendar: &Calendar,
    before: Timestamp,
) -> Option<Timestamp> {
    let local = ceiling(zone.to_datetime(before));
    let first_year = local.year() - YEARS_SEARCHED;
    // Shortly after the clock was put back, times that it shows again have been shown already.
    let end = zone
        .preceding(before.checked_add(SECOND).ok()?)
        .find(|change| change.timestamp() <= before)
        .map(|change| Change::of(zone, &change))
        .map_or(local, |change| change.from.max(local));

    let mut repeated: Option<Timestamp> = None;
    for time in calendar
        .before(end)
        .take_while(|time| time.year() >= first_year)
    {
        let Some((first, second)) = instants(zone, time) else {
            continue;
        };
        if second < before {
            // The second instants of earlier times are earlier still.
            return Some(repeated.map_or(second, |repeated| repeated.max(second)));
        }
        if first < before {
            repeated.get_or_insert(first);
        }
    }
    repeated
}

/// What a clock shows at the moment of a change: under the old rule and under the new.
struct Change {
    from: DateTime,
    to: DateTime,
}

impl Change {
    fn of(zone: &TimeZone, change: &TimeZoneTransition<'_>) -> Self {
        let at = change.timestamp();
        let before = zone.to_offset(at.saturating_sub(SECOND).unwrap_or(at));
        Self {
            from: before.to_datetime(at),
            to: change.offset().to_datetime(at),
        }
    }
}

/// When a clock in `zone` shows `time`: the first and the last instant, which differ only when the
/// clock is put back over it. `None` when the clock never shows it.
fn instants(zone: &TimeZone, time: DateTime) -> Option<(Timestamp, Timestamp)> {
    let (first, second) = match zone.to_ambiguous_timestamp(time).offset() {
        AmbiguousOffset::Unambiguous { offset } => (offset, offset),
        AmbiguousOffset::Fold { before, after } => (before, after),
        AmbiguousOffset::Gap { .. } => return None,
    };
    Some((
        first.to_timestamp(time).ok()?,
        second.to_timestamp(time).ok()?,
    ))
}

/// The next whole second, unless `time` is one: every time before `time` is before it too.
fn ceiling(time: DateTime) -> DateTime {
    if time.subsec_nanosecond() == 0 {
        time
    } else {
        time.saturating_add(SECOND)
    }
}

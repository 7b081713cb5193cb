//! Due times against small tables, a minute-by-minute walk, and another crate's opinion.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::Schedule;
use super::fields::{Fields, Set};
use crate::fault::Fault;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn schedule(expression: &str, zone: &str) -> Schedule {
    Schedule::parse(expression, zone).unwrap()
}

fn next(expression: &str, zone: &str, from: &str, count: usize) -> Vec<String> {
    let schedule = schedule(expression, zone);
    let times = std::iter::successors(schedule.next_after(at(from)), |&t| schedule.next_after(t));
    times.take(count).map(|time| time.to_string()).collect()
}

#[test]
fn the_next_time_is_strictly_later() {
    assert_eq!(
        next("7,37 * * * *", "UTC", "2026-11-24T23:37:00Z", 2),
        ["2026-11-25T00:07:00Z", "2026-11-25T00:37:00Z"]
    );
    assert_eq!(
        next("7 * * * *", "UTC", "2026-11-24T10:06:59.999Z", 1),
        ["2026-11-24T10:07:00Z"]
    );
    assert_eq!(
        next("7 * * * *", "UTC", "2026-11-24T10:07:00.001Z", 1),
        ["2026-11-24T11:07:00Z"]
    );
}

#[test]
fn sunday_is_zero() {
    // 2026-11-22 is a Sunday.
    for (weekday, day) in [("0", 22), ("sun", 22), ("1", 23), ("6", 28), ("SAT", 28)] {
        let expression = format!("0 0 * * {weekday}");
        let expected = format!("2026-11-{day}T00:00:00Z");
        assert_eq!(
            next(&expression, "UTC", "2026-11-21T12:00:00Z", 1),
            [expected],
            "{weekday}"
        );
    }
}

#[test]
fn two_restricted_day_fields_are_alternatives_and_a_star_makes_both_count() {
    let days = |expression: &str| {
        let times = next(expression, "UTC", "2026-11-01T12:00:00Z", 4);
        times
            .iter()
            .map(|time| TimeZone::UTC.to_datetime(at(time)).day())
            .collect::<Vec<i8>>()
    };
    // Mondays: 2, 9, 16, 23, 30.
    assert_eq!(days("0 0 4 * 1"), [2, 4, 9, 16]);
    assert_eq!(days("0 0 9 * 1"), [2, 9, 16, 23]);
    assert_eq!(days("0 0 */7 * 1"), [2, 8, 9, 15]);
    assert_eq!(days("0 0 */1 * 1"), [2, 9, 16, 23]);
    assert_eq!(days("0 0 1-31 * 1"), [2, 3, 4, 5]);
    assert_eq!(days("0 0 4,* * 1"), [2, 9, 16, 23]);
    assert_eq!(days("0 0 4 * ?"), [4, 4, 4, 4]);
    assert_eq!(days("0 0 , * 1"), [2, 9, 16, 23]);
    assert_eq!(days("0 0 4 * ,"), [4, 4, 4, 4]);
}

#[test]
fn what_never_comes_is_given_up_after_five_years() {
    for expression in [
        "0 0 30 2 *",
        ", * * * *",
        "* , * * *",
        "0 0 , * *",
        "0 0 , * ,",
        "0 0 * , *",
    ] {
        assert_eq!(
            next(expression, "UTC", "2026-01-01T00:00:00Z", 1),
            [""; 0],
            "{expression}"
        );
        assert_eq!(
            schedule(expression, "UTC").previous_before(at("2026-01-01T00:00:00Z")),
            None
        );
    }
    assert_eq!(
        next("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", 1),
        [""; 0]
    );
    assert_eq!(
        next("0 0 29 2 *", "UTC", "2028-03-01T00:00:00Z", 1),
        ["2032-02-29T00:00:00Z"]
    );
}

#[test]
fn a_skipped_time_does_not_come_and_a_repeated_one_comes_twice() {
    let berlin = "Europe/Berlin";
    assert_eq!(
        next("30 2 * * *", berlin, "2026-03-28T00:00:00Z", 2),
        ["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"]
    );
    assert_eq!(
        next("30 2 * * *", berlin, "2026-10-24T12:00:00Z", 3),
        [
            "2026-10-25T00:30:00Z",
            "2026-10-25T01:30:00Z",
            "2026-10-26T01:30:00Z"
        ]
    );
    assert_eq!(
        next("*/20 2 * * *", berlin, "2026-10-25T00:10:00Z", 6),
        [
            "2026-10-25T00:20:00Z",
            "2026-10-25T00:40:00Z",
            "2026-10-25T01:00:00Z",
            "2026-10-25T01:20:00Z",
            "2026-10-25T01:40:00Z",
            "2026-10-26T01:00:00Z",
        ]
    );
}

#[test]
fn a_time_that_the_clock_is_put_back_to_is_followed_by_itself() {
    assert_eq!(
        next("0 1 * * *", "America/New_York", "2026-11-01T05:00:00Z", 2),
        ["2026-11-01T06:00:00Z", "2026-11-02T06:00:00Z"]
    );
}

#[test]
fn every_counts_from_the_last_time_in_whole_seconds() {
    assert_eq!(
        next("@every 90m", "UTC", "2026-01-01T00:00:30.9Z", 2),
        ["2026-01-01T01:30:30Z", "2026-01-01T03:00:30Z"]
    );
    for expression in ["@every 500ms", "@every 0", "@every -5h", "@every 1.9s"] {
        let times = next(expression, "UTC", "2026-01-01T00:00:00Z", 1);
        assert_eq!(times, ["2026-01-01T00:00:01Z"], "{expression}");
    }
    assert_eq!(
        schedule("@every 1h", "UTC").previous_before(at("2026-01-01T00:00:00Z")),
        None
    );
    assert_eq!(
        schedule("@every 2000000h", "UTC").next_after(Timestamp::MAX),
        None
    );
}

#[test]
fn the_period_is_the_distance_of_the_next_two_times() {
    let period = |expression, now| schedule(expression, "UTC").period_after(at(now));
    let minutes = |minutes| Some(SignedDuration::from_mins(minutes));
    assert_eq!(period("2-59/5 * * * *", "2026-11-24T10:03:00Z"), minutes(5));
    assert_eq!(
        period("0 6-16/4 * * 1-5", "2026-11-27T11:00:00Z"),
        minutes(64 * 60)
    );
    assert_eq!(
        period("@every 90s", "2026-11-24T10:03:00Z"),
        Some(SignedDuration::from_secs(90))
    );
    assert_eq!(period("0 0 30 2 *", "2026-11-24T10:03:00Z"), None);
}

#[test]
fn due_times_are_counted_whatever_the_time_of_day() {
    let due = |expression, from| {
        schedule(expression, "UTC").due_within(at(from), SignedDuration::from_hours(30 * 24))
    };
    for from in ["2026-11-24T15:38:00Z", "2026-11-24T16:30:00Z"] {
        assert_eq!(due("* 16 * * *", from), 30 * 60, "{from}");
        assert_eq!(due("* * * * *", from), 43_200, "{from}");
        assert_eq!(due("2-59/5 * * * *", from), 8_640, "{from}");
        assert_eq!(due("0 0 30 2 *", from), 0, "{from}");
        assert_eq!(due("@daily", from), 30, "{from}");
        assert_eq!(due("@every 7m", from), 6_171, "{from}");
    }
    assert_eq!(due("@every 24h", "2026-11-24T15:38:00.5Z"), 30);
}

#[test]
fn the_end_of_a_span_belongs_to_it_and_its_beginning_does_not() {
    let day = SignedDuration::from_hours(24);
    let noon = schedule("0 12 * * *", "UTC");
    assert_eq!(noon.due_within(at("2026-11-24T12:00:00Z"), day), 1);
    assert_eq!(
        noon.due_within(
            at("2026-11-24T12:00:00.1Z"),
            day - SignedDuration::from_secs(1)
        ),
        0
    );
    assert_eq!(noon.due_within(at("2026-11-24T12:00:00Z"), -day), 0);
    assert_eq!(noon.due_within(Timestamp::MAX, day), 0);
    assert_eq!(
        schedule("@every 1s", "UTC").due_within(Timestamp::MIN, SignedDuration::MIN),
        0
    );
}

#[test]
fn a_refusal_says_what_is_wrong_and_what_to_write() {
    let refusal = |expression: &str, zone: &str| {
        let error = Schedule::parse(expression, zone).unwrap_err();
        (error.to_string(), error.hint().unwrap_or_default())
    };
    let table = [
        (
            "",
            "schedule ``: has 0 fields instead of five (minute, hour, day of month, month, day of week)",
            "",
        ),
        (
            "0 * * * * *",
            "schedule `0 * * * * *`: has 6 fields instead of five (minute, hour, day of month, month, day of week)",
            "drop the seconds (and the year): five fields",
        ),
        (
            "0 0 * * 7",
            "schedule `0 0 * * 7`: `7` in the field day of week: 7 is not in 0-6",
            "write 0 for Sunday",
        ),
        (
            "0 22-2 * * *",
            "schedule `0 22-2 * * *`: `22-2` in the field hour: the range runs backwards",
            "write two ranges with a comma between them",
        ),
        (
            "@Hourly",
            "schedule `@Hourly`: unknown descriptor; those with a meaning are @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly and @every <duration>",
            "",
        ),
        (
            "@every 1d",
            "schedule `@every 1d`: expected a duration such as 90m or 1h30m after @every",
            "",
        ),
        (
            "TZ=UTC 0 0 * * *",
            "schedule `TZ=UTC 0 0 * * *`: a time zone does not belong here but in the CronJob's timeZone",
            "",
        ),
    ];
    for (expression, problem, hint) in table {
        assert_eq!(
            refusal(expression, "UTC"),
            (problem.to_owned(), hint.to_owned())
        );
    }
    assert_eq!(
        refusal("0 0 * * *", "Europe/Atlantis"),
        (
            "schedule `0 0 * * *`: there is no time zone `Europe/Atlantis`".to_owned(),
            "use a name of the IANA time zone database, or UTC".to_owned()
        )
    );
    for expression in [" @daily", "@daily ", "@every", "@every  1h", "@reboot", "@"] {
        assert!(
            Schedule::parse(expression, "UTC").is_err(),
            "{expression:?}"
        );
    }
}

/// Zones with every kind of change: by an hour, by half an hour, at midnight, and none.
const ZONES: [&str; 7] = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "America/Havana",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
];

/// A field in which every form of an item can occur.
fn field(min: u8, max: u8) -> impl Strategy<Value = String> {
    let value = min..=max;
    let item = prop_oneof![
        4 => value.clone().prop_map(|n| n.to_string()),
        2 => (value.clone(), value.clone()).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        1 => (value.clone(), 1..20_u8).prop_map(|(a, step)| format!("{a}/{step}")),
        2 => (1..20_u8).prop_map(|step| format!("*/{step}")),
        2 => Just("*".to_owned()),
    ];
    prop::collection::vec(item, 1..3).prop_map(|items| items.join(","))
}

/// Instants around changes of the clock in those zones, and anywhere.
fn instant() -> impl Strategy<Value = Timestamp> {
    const CHANGES: [&str; 6] = [
        "2026-03-29T01:00:00Z",
        "2026-11-01T06:00:00Z",
        "2026-09-06T04:00:00Z",
        "2028-11-05T05:00:00Z",
        "2026-10-03T15:30:00Z",
        "2027-04-03T14:00:00Z",
    ];
    let near = (
        prop::sample::select(CHANGES.to_vec()),
        -100_000..100_000_i64,
    )
        .prop_map(|(change, seconds)| at(change) + SignedDuration::from_secs(seconds));
    let any = (1_760_000_000..1_830_000_000_i64).prop_map(|s| Timestamp::from_second(s).unwrap());
    prop_oneof![near, any]
}

/// Whether the minute that begins at `time` is due, told from the fields alone.
fn is_due(fields: &Fields, zone: &TimeZone, time: Timestamp) -> bool {
    let local = zone.to_datetime(time);
    let has = |set: Set, value: i8| set.values().any(|v| i64::from(v) == i64::from(value));
    let day = has(fields.days, local.day());
    let weekday = has(fields.weekdays, local.weekday().to_sunday_zero_offset());
    let either_starred = fields.days.star || fields.weekdays.star;
    local.second() == 0
        && has(fields.minutes, local.minute())
        && has(fields.hours, local.hour())
        && has(fields.months, local.month())
        && if either_starred {
            day && weekday
        } else {
            day || weekday
        }
}

proptest! {
    #[test]
    fn both_directions_agree_with_a_walk_through_every_minute(
        minutes in field(0, 59), hours in field(0, 23), days in field(1, 31), weekdays in field(0, 6),
        zone in prop::sample::select(ZONES.to_vec()), start in instant(),
    ) {
        const MINUTES: i64 = 3 * 24 * 60;
        let expression = format!("{minutes} {hours} {days} * {weekdays}");
        let schedule = schedule(&expression, zone);
        let fields = Fields::parse(&expression).unwrap();
        let tz = TimeZone::get(zone).unwrap();
        let minute = Timestamp::from_second(start.as_second().div_euclid(60) * 60).unwrap();
        let walk = |direction: i64| (0..=MINUTES)
            .map(move |n| minute + SignedDuration::from_mins(n * direction))
            .filter(|&time| is_due(&fields, &tz, time));
        let horizon = SignedDuration::from_mins(MINUTES);
        let next = |from| schedule.next_after(from).filter(|&time| time <= minute + horizon);
        let previous = |from| schedule.previous_before(from).filter(|&time| time >= minute - horizon);

        let expected: Vec<_> = walk(1).filter(|&time| time > start).take(5).collect();
        let found: Vec<_> = std::iter::successors(next(start), |&time| next(time)).take(5).collect();
        prop_assert_eq!(found, expected, "{} after {}", expression, start);
        let expected = walk(1).filter(|&time| start < time && time <= start + horizon).count();
        prop_assert_eq!(schedule.due_within(start, horizon), u64::try_from(expected).unwrap());
        let expected: Vec<_> = walk(-1).filter(|&time| time < start).take(5).collect();
        let found: Vec<_> = std::iter::successors(previous(start), |&time| previous(time)).take(5).collect();
        prop_assert_eq!(found, expected, "{} before {}", expression, start);
    }

    #[test]
    fn far_times_agree_with_another_crate_where_the_grammars_agree(
        minute in 0..60_u8, hour in 0..24_u8, days in "(\\*|[1-9]|1[0-9],2[0-9])", month in "(\\*|[1-9]|1[0-2])",
        weekdays in "(\\*|[0-6]|[0-2]-[3-6]|mon,fri)", start in instant(),
    ) {
        let expression = format!("{minute} {hour} {days} {month} {weekdays}");
        let theirs: croner::Cron = expression.parse().unwrap();
        let from = chrono::DateTime::from_timestamp(start.as_second(), 0).unwrap();
        let theirs = theirs.find_next_occurrence(&from, false).unwrap().timestamp();
        let ours = schedule(&expression, "UTC").next_after(start).map(Timestamp::as_second);
        prop_assert_eq!(ours, Some(theirs), "{} after {}", expression, start);
    }
}

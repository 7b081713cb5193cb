//! Time intervals.

use super::assert_told;

#[test]
fn a_mistake_in_time_intervals_is_told_with_its_place_and_what_to_write() {
    for (old, new, at, message, hint) in [
        (
            "[nights]",
            "[nigths]",
            "nigths",
            "`route.routes[1].mute_time_intervals[1]` names the time interval `nigths`, which there is not",
            "did you mean `nights`?",
        ),
        (
            "\"06:00\"",
            "\"6:00\"",
            "\"6:00\"",
            "`time_intervals[1].time_intervals[1].times[1].end_time` is no time",
            "write two digits each, such as 09:00",
        ),
        (
            "\"06:00\"",
            "\"00:00\"",
            "{start_time",
            "`time_intervals[1].time_intervals[1].times[1]` ends before it starts",
            "write two: one up to 24:00, one from 00:00",
        ),
        (
            "monday:friday",
            "friday:monday",
            "friday:monday",
            "`time_intervals[1].time_intervals[1].weekdays[1]` ends before it begins",
            "write it from first to last, or as two",
        ),
        (
            "monday:friday",
            "mon:fri",
            "mon:fri",
            "`time_intervals[1].time_intervals[1].weekdays[1]` is no day of the week",
            "write a day such as saturday, or two such as monday:friday",
        ),
        (
            "\"1:5\"",
            "\"0:5\"",
            "\"0:5\"",
            "`time_intervals[1].time_intervals[1].days_of_month[1]` is no day of the month",
            "write 1 to 31, or -1 to -31 from the end, or two such as 1:5 and -3:-1",
        ),
        (
            "may:august",
            "mai",
            "mai]",
            "`time_intervals[1].time_intervals[1].months[1]` is no month",
            "write a month such as may or 5, or two such as may:august",
        ),
        (
            "[\"2026\"]",
            "[MMXXVI]",
            "MMXXVI",
            "`time_intervals[1].time_intervals[1].years[1]` is no year",
            "write a year, or two such as 2026:2028",
        ),
    ] {
        assert_told(old, new, at, message, hint);
    }
}

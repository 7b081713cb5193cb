//! Time intervals: when a route is silent, or speaks.

use super::values::Fault;
use super::{Checker, item, items, named, present, scalar};
use crate::alertmanager::tree;
use crate::yaml::Node;

const WEEKDAYS: [&str; 7] = [
    "sunday",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// What is wrong with an item, in small letters.
type Rule = fn(&str) -> Option<Fault>;

impl Checker {
    /// Looks at all time intervals and returns their names.
    pub(super) fn intervals<'n>(&mut self, root: &'n Node) -> Vec<&'n Node> {
        let mut names = Vec::new();
        for key in ["mute_time_intervals", "time_intervals"] {
            for (index, interval) in items(root, key).iter().enumerate() {
                if tree::entries(interval).is_none() {
                    continue;
                }
                let path = item(key, index);
                self.name(interval, &path, &mut names, "time interval");
                for (index, parts) in items(interval, "time_intervals").iter().enumerate() {
                    self.interval(parts, &item(&format!("{path}.time_intervals"), index));
                }
            }
        }
        names
    }

    fn interval(&mut self, interval: &Node, path: &str) {
        for (index, times) in items(interval, "times").iter().enumerate() {
            self.times(times, &item(&format!("{path}.times"), index));
        }
        let rules: [(&str, Rule); 4] = [
            ("weekdays", fault_of_weekdays),
            ("days_of_month", fault_of_days),
            ("months", fault_of_months),
            ("years", fault_of_years),
        ];
        for (key, fault) in rules {
            for (index, range) in items(interval, key).iter().enumerate() {
                let wrong = scalar(range).and_then(|text| fault(&text.to_lowercase()));
                if let Some((what, hint)) = wrong {
                    let path = item(&format!("{path}.{key}"), index);
                    self.error(range.position, format!("{} {what}", named(&path)), hint);
                }
            }
        }
    }

    fn times(&mut self, times: &Node, path: &str) {
        if tree::entries(times).is_none() {
            return;
        }
        let mut minutes = Vec::new();
        for key in ["start_time", "end_time"] {
            self.required(times, path, key);
            let Some(time) = present(times, key) else {
                continue;
            };
            let Some(text) = scalar(time).filter(|text| !text.is_empty()) else {
                continue;
            };
            if let Some(minute) = minute(text) {
                minutes.push(minute);
            } else {
                let message = format!("`{path}.{key}` is no time");
                let hint = "write two digits each, such as 09:00";
                self.error(time.position, message, hint);
            }
        }
        if let [start, end] = minutes.as_slice()
            && start >= end
        {
            let message = format!("{} ends before it starts", named(path));
            let hint = "write two: one up to 24:00, one from 00:00";
            self.error(times.position, message, hint);
        }
    }
}

/// The minute of the day.
fn minute(text: &str) -> Option<u32> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str| {
        let is_pair = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| is_pair)
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let fits = (hours < 24 && minutes < 60) || (hours, minutes) == (24, 0);
    fits.then_some(hours * 60 + minutes)
}

/// Both ends of a range, or one for both.
fn range(text: &str, member: impl Fn(&str) -> Option<i64>) -> Option<(i64, i64)> {
    let (first, last) = text.split_once(':').unwrap_or((text, text));
    Some((member(first)?, member(last)?))
}

fn number(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// The number of a name, counted from `first`.
fn numbered(names: &[&str], first: i64, text: &str) -> Option<i64> {
    let mut numbers = (first..).zip(names);
    numbers
        .find(|(_, name)| **name == text)
        .map(|(number, _)| number)
}

fn in_order(range: Option<(i64, i64)>, malformed: Fault) -> Option<Fault> {
    match range {
        None => Some(malformed),
        Some((first, last)) if first > last => Some((
            "ends before it begins",
            "write it from first to last, or as two",
        )),
        Some(_) => None,
    }
}

fn fault_of_weekdays(text: &str) -> Option<Fault> {
    let range = range(text, |day| numbered(&WEEKDAYS, 0, day));
    let hint = "write a day such as saturday, or two such as monday:friday";
    in_order(range, ("is no day of the week", hint))
}

fn fault_of_months(text: &str) -> Option<Fault> {
    let range = range(text, |month| {
        numbered(&MONTHS, 1, month).or_else(|| number(month))
    });
    let hint = "write a month such as may or 5, or two such as may:august";
    in_order(range, ("is no month", hint))
}

fn fault_of_years(text: &str) -> Option<Fault> {
    let hint = "write a year, or two such as 2026:2028";
    in_order(range(text, number), ("is no year", hint))
}

fn fault_of_days(text: &str) -> Option<Fault> {
    const HINT: &str = "write 1 to 31, or -1 to -31 from the end, or two such as 1:5 and -3:-1";
    let is_day = |day: i64| day != 0 && (-31..=31).contains(&day);
    // The shortest month decides what is certainly the wrong way round.
    let counted = |day: i64| if day < 0 { 28 + day } else { day };
    match range(text, number) {
        Some((first, last)) if is_day(first) && is_day(last) => {
            let is_backwards = (first < 0 && last > 0) || counted(first) > counted(last);
            is_backwards.then_some(("ends before it begins", HINT))
        }
        Some(_) | None => Some(("is no day of the month", HINT)),
    }
}

//! The five fields, read exactly as Kubernetes reads them (robfig/cron v3.0.1, `ParseStandard`).
//!
//! Its oddities are kept, because a schedule means what the controller does: text after `*-` is
//! ignored, empty list items are skipped, `+5` is 5, a step may exceed the field's range.

use super::error::{FieldName, ItemProblem, ScheduleProblem};

/// The values that a field names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Set {
    bits: u64,
    /// Whether `*` or `?` stood in it without a step above 1. A full range written out is no star.
    pub(super) star: bool,
}

impl Set {
    /// The values in rising order.
    pub(super) fn values(self) -> impl Iterator<Item = u8> {
        (0..64).filter(move |&value| self.contains(value))
    }

    fn contains(self, value: u8) -> bool {
        1_u64
            .checked_shl(value.into())
            .is_some_and(|bit| self.bits & bit != 0)
    }

    /// Whether it names nothing: a lone comma.
    pub(super) fn is_empty(self) -> bool {
        self.bits == 0
    }
}

/// A schedule of five fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) minutes: Set,
    pub(super) hours: Set,
    pub(super) days: Set,
    pub(super) months: Set,
    /// 0 is Sunday.
    pub(super) weekdays: Set,
}

impl Fields {
    /// Reads `minute hour day-of-month month day-of-week`.
    pub(super) fn parse(expression: &str) -> Result<Self, ScheduleProblem> {
        let fields: Vec<&str> = expression.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields[..] else {
            return Err(ScheduleProblem::FieldCount(fields.len()));
        };
        Ok(Self {
            minutes: MINUTE.parse(minutes)?,
            hours: HOUR.parse(hours)?,
            days: DAY_OF_MONTH.parse(days)?,
            months: MONTH.parse(months)?,
            weekdays: DAY_OF_WEEK.parse(weekdays)?,
        })
    }
}

/// What a field allows.
#[derive(Debug)]
pub(super) struct Field {
    name: FieldName,
    min: u8,
    max: u8,
    /// Names of the values from `min` on.
    names: &'static [&'static str],
}

pub(super) const MINUTE: Field = Field {
    name: FieldName::Minute,
    min: 0,
    max: 59,
    names: &[],
};
pub(super) const HOUR: Field = Field {
    name: FieldName::Hour,
    min: 0,
    max: 23,
    names: &[],
};
pub(super) const DAY_OF_MONTH: Field = Field {
    name: FieldName::DayOfMonth,
    min: 1,
    max: 31,
    names: &[],
};
pub(super) const MONTH: Field = Field {
    name: FieldName::Month,
    min: 1,
    max: 12,
    names: &[
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ],
};
pub(super) const DAY_OF_WEEK: Field = Field {
    name: FieldName::DayOfWeek,
    min: 0,
    max: 6,
    names: &["sun", "mon", "tue", "wed", "thu", "fri", "sat"],
};

impl Field {
    /// Whether `set` holds every value that the field allows.
    pub(super) fn is_full(&self, set: Set) -> bool {
        (self.min..=self.max).all(|value| set.contains(value))
    }

    fn parse(&self, text: &str) -> Result<Set, ScheduleProblem> {
        let mut set = Set {
            bits: 0,
            star: false,
        };
        for item in text.split(',').filter(|item| !item.is_empty()) {
            let add = self.add(item, &mut set);
            add.map_err(|problem| ScheduleProblem::Item {
                field: self.name,
                item: item.to_owned(),
                problem,
            })?;
        }
        Ok(set)
    }

    fn add(&self, item: &str, set: &mut Set) -> Result<(), ItemProblem> {
        let (range, step_text) = item
            .split_once('/')
            .map_or((item, None), |(range, step)| (range, Some(step)));
        let (low, high) = range
            .split_once('-')
            .map_or((range, None), |(l, h)| (l, Some(h)));
        let star = matches!(low, "*" | "?");
        let (min, max) = (i64::from(self.min), i64::from(self.max));
        let (start, end) = match (star, high) {
            (true, _) => (min, max),
            (false, Some(high)) if high.contains('-') => return Err(ItemProblem::Hyphens),
            (false, Some(high)) => (self.value(low)?, self.value(high)?),
            (false, None) => {
                let start = self.value(low)?;
                (start, if step_text.is_some() { max } else { start })
            }
        };
        let step = match step_text {
            None => 1,
            Some(step) if step.contains('/') => return Err(ItemProblem::Slashes),
            Some(step) => number(step)?,
        };
        for value in [start, end] {
            if !(min..=max).contains(&value) {
                let range = self.min..=self.max;
                return Err(ItemProblem::OutOfRange { value, range });
            }
        }
        if start > end {
            return Err(ItemProblem::Backwards);
        }
        let step = usize::try_from(step).unwrap_or(usize::MAX);
        if step == 0 {
            return Err(ItemProblem::ZeroStep);
        }
        set.star |= star && step == 1;
        for value in (start..=end).step_by(step) {
            set.bits |= 1 << value;
        }
        Ok(())
    }

    fn value(&self, text: &str) -> Result<i64, ItemProblem> {
        let named = (self.min..)
            .zip(self.names)
            .find(|(_, name)| name.eq_ignore_ascii_case(text));
        named.map_or_else(|| number(text), |(value, _)| Ok(value.into()))
    }
}

/// A number as Go's `Atoi` reads it, but not a negative one.
fn number(text: &str) -> Result<i64, ItemProblem> {
    let number = text.parse().ok().filter(|number| *number >= 0);
    number.ok_or_else(|| ItemProblem::Value(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{DAY_OF_MONTH, DAY_OF_WEEK, Field, HOUR, MINUTE, MONTH};

    fn values(field: &Field, text: &str) -> (Vec<u8>, bool) {
        let set = field.parse(text).unwrap();
        (set.values().collect(), set.star)
    }

    fn refusal(field: &Field, text: &str) -> String {
        field.parse(text).unwrap_err().to_string()
    }

    #[test]
    fn every_form_of_an_item_is_read_as_the_controller_reads_it() {
        let all: Vec<u8> = (0..=6).collect();
        let table: [(&str, &[u8], bool); 22] = [
            ("3", &[3], false),
            ("03", &[3], false),
            ("+3", &[3], false),
            ("1-3", &[1, 2, 3], false),
            ("3-3", &[3], false),
            ("1-5/2", &[1, 3, 5], false),
            ("4/2", &[4, 6], false),
            ("*/2", &[0, 2, 4, 6], false),
            ("?/3", &[0, 3, 6], false),
            ("*/99", &[0], false),
            ("*/9223372036854775807", &[0], false),
            ("0-6", &all, false),
            ("*", &all, true),
            ("?", &all, true),
            ("*/1", &all, true),
            ("*-5", &all, true),
            ("*-x-y", &all, true),
            ("1,*", &all, true),
            ("1,*/2", &[0, 1, 2, 4, 6], false),
            ("1,,3,", &[1, 3], false),
            (",", &[], false),
            ("sUn,Tue-thu,SAT", &[0, 2, 3, 4, 6], false),
        ];
        for (text, expected, star) in table {
            assert_eq!(
                values(&DAY_OF_WEEK, text),
                (expected.to_vec(), star),
                "{text}"
            );
        }
        assert_eq!(values(&MONTH, "jan,Dec"), (vec![1, 12], false));
        assert_eq!(values(&MINUTE, "58/1"), (vec![58, 59], false));
    }

    #[test]
    fn a_refusal_names_the_field_the_item_and_the_reason() {
        let table = [
            (
                &DAY_OF_WEEK,
                "7",
                "`7` in the field day of week: 7 is not in 0-6",
            ),
            (
                &DAY_OF_WEEK,
                "1,5-7",
                "`5-7` in the field day of week: 7 is not in 0-6",
            ),
            (
                &DAY_OF_WEEK,
                "fri-mon",
                "`fri-mon` in the field day of week: the range runs backwards",
            ),
            (
                &DAY_OF_WEEK,
                "monday",
                "`monday` in the field day of week: `monday` is not a value",
            ),
            (
                &DAY_OF_WEEK,
                "5#2",
                "`5#2` in the field day of week: `5#2` is not a value",
            ),
            (
                &DAY_OF_MONTH,
                "L",
                "`L` in the field day of month: `L` is not a value",
            ),
            (
                &DAY_OF_MONTH,
                "0",
                "`0` in the field day of month: 0 is not in 1-31",
            ),
            (
                &DAY_OF_MONTH,
                "jan",
                "`jan` in the field day of month: `jan` is not a value",
            ),
            (&MONTH, "13", "`13` in the field month: 13 is not in 1-12"),
            (
                &HOUR,
                "22-2",
                "`22-2` in the field hour: the range runs backwards",
            ),
            (&MINUTE, "60", "`60` in the field minute: 60 is not in 0-59"),
            (&MINUTE, "-5", "`-5` in the field minute: `` is not a value"),
            (
                &MINUTE,
                "1-2-3",
                "`1-2-3` in the field minute: more than one hyphen",
            ),
            (
                &MINUTE,
                "*/2/2",
                "`*/2/2` in the field minute: more than one slash",
            ),
            (
                &MINUTE,
                "*/0",
                "`*/0` in the field minute: the step is zero",
            ),
            (
                &MINUTE,
                "*/-2",
                "`*/-2` in the field minute: `-2` is not a value",
            ),
            (
                &MINUTE,
                "1.5",
                "`1.5` in the field minute: `1.5` is not a value",
            ),
            (&MINUTE, "/5", "`/5` in the field minute: `` is not a value"),
            (&MINUTE, "5/", "`5/` in the field minute: `` is not a value"),
            (
                &MINUTE,
                "9999999999999999999",
                "`9999999999999999999` in the field minute: `9999999999999999999` is not a value",
            ),
        ];
        for (field, text, problem) in table {
            assert_eq!(refusal(field, text), problem);
        }
    }
}

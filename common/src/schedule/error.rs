//! Why a schedule is refused.

use std::fmt;
use std::ops::RangeInclusive;

use crate::exit::Exit;
use crate::fault::Fault;

/// A schedule that Kubernetes would refuse.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("schedule `{expression}`: {problem}")]
pub struct ScheduleError {
    /// What was given.
    pub expression: String,
    /// What is wrong with it.
    pub problem: ScheduleProblem,
}

/// What is wrong with a schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleProblem {
    /// Not the five fields.
    #[error("has {0} fields instead of five (minute, hour, day of month, month, day of week)")]
    FieldCount(usize),
    /// A part of a field.
    #[error("`{item}` in the field {field}: {problem}")]
    Item {
        /// Which field.
        field: FieldName,
        /// The part between commas.
        item: String,
        /// What is wrong with it.
        problem: ItemProblem,
    },
    /// A word behind `@` that means nothing.
    #[error("unknown descriptor; those with a meaning are {DESCRIPTORS}")]
    Descriptor,
    /// What stands behind `@every` is no duration as Go writes it.
    #[error("expected a duration such as 90m or 1h30m after @every")]
    Duration,
    /// The old way to name a time zone, which Kubernetes refuses.
    #[error("a time zone does not belong here but in the CronJob's timeZone")]
    ZonePrefix,
    /// No such time zone.
    #[error("there is no time zone `{0}`")]
    Zone(String),
}

const DESCRIPTORS: &str =
    "@yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly and @every <duration>";

/// What is wrong with one part of a field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ItemProblem {
    /// Neither a number nor one of the field's names.
    #[error("`{0}` is not a value")]
    Value(String),
    /// Outside the field's range.
    #[error("{value} is not in {}-{}", range.start(), range.end())]
    OutOfRange {
        /// The number.
        value: i64,
        /// What the field allows.
        range: RangeInclusive<u8>,
    },
    /// A range from high to low.
    #[error("the range runs backwards")]
    Backwards,
    /// `*/0`.
    #[error("the step is zero")]
    ZeroStep,
    /// `1-2-3`.
    #[error("more than one hyphen")]
    Hyphens,
    /// `*/2/2`.
    #[error("more than one slash")]
    Slashes,
}

/// One of the five fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldName {
    /// 0 to 59.
    Minute,
    /// 0 to 23.
    Hour,
    /// 1 to 31.
    DayOfMonth,
    /// 1 to 12, or three letters.
    Month,
    /// 0 (Sunday) to 6, or three letters.
    DayOfWeek,
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of month",
            Self::Month => "month",
            Self::DayOfWeek => "day of week",
        })
    }
}

impl Fault for ScheduleError {
    fn exit(&self) -> Exit {
        Exit::Config
    }

    fn code(&self) -> &'static str {
        "schedule"
    }

    fn hint(&self) -> Option<String> {
        let hint = match &self.problem {
            ScheduleProblem::FieldCount(6 | 7) => "drop the seconds (and the year): five fields",
            ScheduleProblem::Item {
                field: FieldName::DayOfWeek,
                problem: ItemProblem::OutOfRange { value: 7, .. },
                ..
            } => "write 0 for Sunday",
            ScheduleProblem::Item {
                problem: ItemProblem::Backwards,
                ..
            } => "write two ranges with a comma between them",
            ScheduleProblem::Zone(_) => "use a name of the IANA time zone database, or UTC",
            ScheduleProblem::FieldCount(_)
            | ScheduleProblem::Item { .. }
            | ScheduleProblem::Descriptor
            | ScheduleProblem::Duration
            | ScheduleProblem::ZonePrefix => return None,
        };
        Some(hint.to_owned())
    }
}

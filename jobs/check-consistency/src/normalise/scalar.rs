//! Scalars that can be spelt in more than one way.
//!
//! Each reader takes the text and gives its meaning, or nothing when the text is not of its type. Such a
//! text is compared as a text, and a note says so.

mod bytes;
mod image;
mod quantity;
mod schedule;
#[cfg(test)]
mod tests;

use common::schedule::{duration as go_duration, prometheus_duration};

use super::expression;
use super::types::Type;
use crate::node::Meaning;

/// What a text means as a type, and what a reader should know about it. `zone` is the time zone of a
/// schedule.
pub(super) fn read(what: Type, text: &str, zone: Option<&str>) -> (Meaning, Option<&'static str>) {
    let (meaning, note) = match what {
        Type::Quantity => (
            quantity::parse(text).map(Meaning::Quantity),
            "not a quantity, compared as text",
        ),
        Type::PrometheusDuration => (
            prometheus_duration::parse(text).map(Meaning::Milliseconds),
            "not a duration of Prometheus, compared as text",
        ),
        Type::GoDuration => (
            go_duration::parse(text).map(|it| duration(it.as_nanos())),
            "not a duration, compared as text",
        ),
        Type::Bytes => (
            bytes::parse(text).map(Meaning::Bytes),
            "not a size, compared as text",
        ),
        Type::Schedule => (
            schedule::parse(text, zone).map(Meaning::Schedule),
            "not a schedule, compared as text",
        ),
        Type::Image => (
            image::parse(text).map(Meaning::Image),
            "not an image, compared as text",
        ),
        Type::Expression => (
            expression::parse(text).map(Meaning::Expression),
            "not understood, compared as text",
        ),
    };
    match meaning {
        Some(meaning) => (meaning, None),
        None if what == Type::Expression => (Meaning::Text(expression::folded(text)), Some(note)),
        None => (Meaning::Text(text.to_owned()), Some(note)),
    }
}

/// Nobody configures less than a millisecond; who does is compared by nanoseconds.
fn duration(nanoseconds: i128) -> Meaning {
    if nanoseconds % 1_000_000 == 0 {
        Meaning::Milliseconds(nanoseconds / 1_000_000)
    } else {
        Meaning::Text(format!("{nanoseconds}ns"))
    }
}

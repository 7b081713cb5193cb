//! What a scalar stands for: the rules of both dialects.

use super::Dialect;
use super::node::{Scalar, Style, Tag};

mod number;

/// The meaning of a scalar.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `~`, `null`, or nothing at all.
    Null,
    /// `true`, and `yes` and the like in [`Dialect::Yaml11`].
    Bool(bool),
    /// A whole number written as one; anything longer than 128 bits becomes a float.
    Int(i128),
    /// Any other number, infinities and NaN included.
    Float(f64),
    /// A date or time of YAML 1.1, uninterpreted.
    Date,
    /// Text.
    Text,
}

/// Interprets a scalar.
///
/// Quoted and block scalars are text. A tag decides where it can: `!!str` makes everything text,
/// `!!float 60` a float; a scalar that its tag does not fit is text, which no reader of numbers
/// or booleans accepts.
pub fn resolve(scalar: &Scalar, dialect: Dialect) -> Value {
    let text = scalar.text.as_str();
    let plain = || match dialect {
        Dialect::Yaml11 => yaml_1_1(text),
        Dialect::Strict => core_1_2(text),
    };
    match (scalar.tag, scalar.style) {
        (None, Style::Plain) => plain(),
        (None, Style::Quoted) | (Some(Tag::Str), _) => Value::Text,
        (Some(Tag::Null), _) => Value::Null,
        (Some(Tag::Int), _) => only(plain(), |value| matches!(value, Value::Int(_))),
        (Some(Tag::Bool), _) => only(plain(), |value| matches!(value, Value::Bool(_))),
        (Some(Tag::Float), _) => match plain() {
            Value::Int(value) => Value::Float(number::float(value)),
            Value::Float(value) => Value::Float(value),
            Value::Null | Value::Bool(_) | Value::Date | Value::Text => Value::Text,
        },
    }
}

fn only(value: Value, fits: impl Fn(&Value) -> bool) -> Value {
    if fits(&value) { value } else { Value::Text }
}

/// As SnakeYAML 2 resolves plain scalars.
fn yaml_1_1(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Value::Bool(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Value::Bool(false)
        }
        _ if is_date(text) => Value::Date,
        _ => number::yaml_1_1(text).unwrap_or(Value::Text),
    }
}

/// The core schema of YAML 1.2.2, §10.3.2.
fn core_1_2(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number::core_1_2(text).unwrap_or(Value::Text),
    }
}

/// `2020-01-01`, or `2020-1-1` and more with a time behind it: <https://yaml.org/type/timestamp.html>.
fn is_date(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ', '\t']) {
        Some(end) => (text.get(..end).unwrap_or(text), text.get(end + 1..)),
        None => (text, None),
    };
    let mut parts = date.split('-').map(|part| {
        (
            part.len(),
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()),
        )
    });
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    let digits = |part: Option<(usize, bool)>, lengths: &[usize]| {
        part.is_some_and(|(length, digits)| digits && lengths.contains(&length))
    };
    if parts.next().is_some() || !digits(year, &[4]) {
        return false;
    }
    match time {
        None => digits(month, &[2]) && digits(day, &[2]),
        Some(time) => {
            digits(month, &[1, 2])
                && digits(day, &[1, 2])
                && time.trim_start().starts_with(|c: char| c.is_ascii_digit())
                && time.split(':').count() >= 3
        }
    }
}

#[cfg(test)]
mod tests;

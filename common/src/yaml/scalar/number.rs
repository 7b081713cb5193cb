//! Numbers of both dialects.

use super::Value;

/// A number as SnakeYAML reads it: underscores between digits, octal after `0`, `0x`, `0b`, base 60
/// with colons, and floats.
pub(super) fn yaml_1_1(text: &str) -> Option<Value> {
    let (negative, digits) = sign(text);
    if let Some(special) = special_float(negative, digits) {
        return Some(special);
    }
    let compact: String = digits.chars().filter(|&c| c != '_').collect();
    let starts_as_number = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if !starts_as_number || compact.is_empty() {
        return None;
    }
    if let Some(binary) = compact.strip_prefix("0b") {
        return integer(negative, binary, 2);
    }
    if let Some(hexadecimal) = compact.strip_prefix("0x") {
        return integer(negative, hexadecimal, 16);
    }
    if compact.contains(':') {
        return base_60(negative, &compact);
    }
    match compact.strip_prefix('0') {
        // `08` is no octal number, and SnakeYAML tries nothing else.
        Some(octal) if !octal.is_empty() && octal.bytes().all(|byte| byte.is_ascii_digit()) => {
            integer(negative, octal, 8)
        }
        _ => integer(negative, &compact, 10).or_else(|| float_literal(negative, &compact)),
    }
}

/// A number of YAML 1.2's core schema.
pub(super) fn core_1_2(text: &str) -> Option<Value> {
    let (negative, digits) = sign(text);
    if let Some(special) = special_float(negative, digits) {
        return Some(special);
    }
    match (text.strip_prefix("0o"), text.strip_prefix("0x")) {
        (Some(octal), _) => integer(false, octal, 8),
        (_, Some(hexadecimal)) => integer(false, hexadecimal, 16),
        (None, None) => integer(negative, digits, 10).or_else(|| float_literal(negative, digits)),
    }
}

/// The nearest double.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "rounding is what is asked for"
)]
pub(super) fn float(value: i128) -> f64 {
    value as f64
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn special_float(negative: bool, digits: &str) -> Option<Value> {
    let value = match digits {
        ".inf" | ".Inf" | ".INF" => f64::INFINITY,
        ".nan" | ".NaN" | ".NAN" => f64::NAN,
        _ => return None,
    };
    Some(Value::Float(if negative { -value } else { value }))
}

fn integer(negative: bool, digits: &str, radix: u32) -> Option<Value> {
    let digits = digits
        .chars()
        .map(|c| c.to_digit(radix))
        .collect::<Option<Vec<_>>>()?;
    if digits.is_empty() {
        return None;
    }
    let exact = digits.iter().try_fold(0_i128, |value, &digit| {
        value.checked_mul(radix.into())?.checked_add(digit.into())
    });
    let Some(exact) = exact else {
        let add = |value, &digit: &u32| value * f64::from(radix) + f64::from(digit);
        let nearest = digits.iter().fold(0.0, add);
        return Some(Value::Float(if negative { -nearest } else { nearest }));
    };
    Some(Value::Int(if negative { -exact } else { exact }))
}

/// `1:30` is 90, `190:20:30.5` is 685230.5: the first part is free, the others are below 60.
fn base_60(negative: bool, text: &str) -> Option<Value> {
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let mut parts = whole.split(':');
    let first = parts
        .next()
        .filter(|part| fraction.is_some() || !part.starts_with('0'))?;
    let mut value = small(first)?;
    for part in parts {
        let part = small(part).filter(|&part| part < 60)?;
        value = value.checked_mul(60)?.checked_add(part)?;
    }
    match fraction {
        None => Some(Value::Int(if negative { -value } else { value })),
        Some(fraction) => {
            let value: f64 = format!("{value}.{fraction}0").parse().ok()?;
            Some(Value::Float(if negative { -value } else { value }))
        }
    }
}

fn small(digits: &str) -> Option<i128> {
    let only_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    only_digits.then(|| digits.parse().ok()).flatten()
}

/// Digits with a point, an exponent or both.
fn float_literal(negative: bool, text: &str) -> Option<Value> {
    let has_digit = text.starts_with(|c: char| c.is_ascii_digit())
        || text
            .strip_prefix('.')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let only_float_characters = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    if !(has_digit && only_float_characters) {
        return None;
    }
    let value: f64 = text.parse().ok()?;
    Some(Value::Float(if negative { -value } else { value }))
}

//! Durations as Go writes them: `1h0m0s`, `1.5h`, `1000ms`.

const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60 * 1_000_000_000),
    ("h", 3_600 * 1_000_000_000),
];

/// Digits behind a point that can matter: a nanosecond is some 10⁻¹³ of an hour.
const FRACTION_DIGITS: usize = 18;

/// Reads a duration, in nanoseconds: signed decimal numbers, each with a unit up to hours, or a bare `0`.
pub(super) fn parse(text: &str) -> Option<i128> {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if unsigned == "0" {
        return Some(0);
    }
    if unsigned.is_empty() {
        return None;
    }
    let (mut rest, mut total) = (unsigned, 0_i128);
    while !rest.is_empty() {
        let (term, behind) = term(rest)?;
        total = total.checked_add(term)?;
        rest = behind;
    }
    // Go's longest is 2⁶³ nanoseconds.
    i64::try_from(total).ok()?;
    Some(if negative { -total } else { total })
}

/// One number with its unit, and what follows it.
fn term(text: &str) -> Option<(i128, &str)> {
    let (whole, rest) = digits(text)?;
    let (fraction, rest) = match rest.strip_prefix('.') {
        None => ("", rest),
        Some(rest) => digits(rest)?,
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let end = rest
        .find(|c: char| c == '.' || c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (unit, rest) = rest.split_at_checked(end)?;
    let (_, unit) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    let mut nanoseconds = number(whole)?.checked_mul(unit)?;
    let fraction = fraction
        .get(..fraction.len().min(FRACTION_DIGITS))
        .unwrap_or_default();
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    nanoseconds = nanoseconds.checked_add(number(fraction)?.checked_mul(unit)? / scale)?;
    Some((nanoseconds, rest))
}

fn number(digits: &str) -> Option<i128> {
    if digits.is_empty() {
        Some(0)
    } else {
        digits.parse().ok()
    }
}

fn digits(text: &str) -> Option<(&str, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at_checked(end)
}

//! Durations as Go writes them: `1h0m0s`, `1.5h`, `1000ms`.

use jiff::SignedDuration;

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
const FRACTION_DIGITS_MAX: usize = 18;

/// Reads a duration such as `1h30m`, `1.5h` or `-90s`: signed decimal numbers, each with a unit up
/// to hours, or a bare `0`. `None` when it is none, or longer than Go's 292 years.
pub fn parse(text: &str) -> Option<SignedDuration> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits == "0" {
        return Some(SignedDuration::ZERO);
    }
    if digits.is_empty() {
        return None;
    }
    let (mut rest, mut nanoseconds) = (digits, 0_i128);
    while !rest.is_empty() {
        let (term, behind) = term(rest)?;
        nanoseconds = nanoseconds.checked_add(term)?;
        rest = behind;
    }
    let nanoseconds = i64::try_from(if negative { -nanoseconds } else { nanoseconds }).ok()?;
    Some(SignedDuration::from_nanos(nanoseconds))
}

/// Reads one number with its unit; gives its nanoseconds and what follows it.
fn term(text: &str) -> Option<(i128, &str)> {
    let (whole, rest) = digits(text);
    let (fraction, rest) = rest.strip_prefix('.').map_or(("", rest), digits);
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    // The unit goes as far as the next number.
    let end = rest
        .find(|c: char| c == '.' || c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (unit, rest) = rest.split_at_checked(end)?;
    let (_, unit) = UNITS.into_iter().find(|(name, _)| *name == unit)?;

    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let fraction = fraction.get(..FRACTION_DIGITS_MAX).unwrap_or(fraction);
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let fraction: i128 = if fraction.is_empty() {
        0
    } else {
        fraction.parse().ok()?
    };
    let nanoseconds = whole
        .checked_mul(unit)?
        .checked_add(fraction.checked_mul(unit)? / scale)?;
    Some((nanoseconds, rest))
}

fn digits(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::parse;

    #[test]
    fn durations_are_read_as_go_reads_them() {
        let table = [
            ("0", 0),
            ("-0", 0),
            ("90m", 5_400_000),
            ("1h30m10s", 5_410_000),
            ("+1.5h", 5_400_000),
            ("-2s", -2_000),
            (".5s", 500),
            ("5.s", 5_000),
            ("500ms", 500),
            ("1s1s", 2_000),
            ("2000us3000µs4000μs1000000ns", 10),
            ("0.0000000000000000000000001h", 0),
            ("0100m", 6_000_000),
        ];
        for (text, milliseconds) in table {
            assert_eq!(
                parse(text),
                Some(SignedDuration::from_millis(milliseconds)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_go_refuses_is_refused() {
        let table = [
            "",
            "-",
            "+",
            "1",
            "h",
            ".s",
            "1d",
            "1 h",
            " 1h",
            "1h ",
            "1H",
            "--1s",
            "1h-1m",
            "1.1.1s",
            "2562048h",
            "99999999999999999999h",
        ];
        for text in table {
            assert_eq!(parse(text), None, "{text:?}");
        }
        assert!(parse("2562047h").is_some());
        // 2⁶³ nanoseconds are a duration in one direction only.
        let longest = "9223372036854775808ns";
        assert_eq!(parse(longest), None);
        let back = parse(&format!("-{longest}")).map(|it| it.as_nanos());
        assert_eq!(back, Some(i128::from(i64::MIN)));
    }
}

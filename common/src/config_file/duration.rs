//! Durations with days.

use jiff::SignedDuration;

use crate::process;
use crate::yaml::Cursor;

const DAY_SECONDS: i64 = 86_400;

/// Reads a duration such as `40d`, `24h`, `15m` or `1d12h`, in whole seconds or none at all (`0d`, `0s`).
/// A day is 24 hours, whatever a calendar says.
///
/// # Errors
/// Says what the text should look like.
pub fn parse_duration(text: &str) -> Result<SignedDuration, String> {
    let wrong = || format!("`{text}` is not a duration: write it like 40d, 24h, 15m or 1d12h");
    let (days, rest) = match text.split_once('d') {
        Some((days, rest)) => (whole(days).ok_or_else(wrong)?, rest),
        None => (0, text),
    };
    let days = days
        .checked_mul(DAY_SECONDS)
        .map(SignedDuration::from_secs)
        .ok_or_else(wrong)?;
    let rest = rest.trim_start();
    let has_days = text.contains('d');
    if (has_days && rest.is_empty()) || is_nothing(rest) {
        return Ok(days);
    }
    let rest = process::parse_duration(rest).map_err(|_| wrong())?;
    SignedDuration::try_from(rest)
        .ok()
        .and_then(|rest| days.checked_add(rest))
        .ok_or_else(wrong)
}

/// The duration of a field, as [`parse_duration`] reads it.
pub fn read(cursor: &Cursor<'_>) -> Option<SignedDuration> {
    match parse_duration(&cursor.source_text()?) {
        Ok(duration) => Some(duration),
        Err(why) => {
            let problem = cursor.problem("is not a duration");
            cursor.report(problem.hint(why));
            None
        }
    }
}

/// A plain zero with its unit, which the parser of what follows refuses as too short.
fn is_nothing(text: &str) -> bool {
    matches!(text, "0s" | "0m" | "0h")
}

/// Digits and nothing else.
fn whole(digits: &str) -> Option<i64> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok())?
}

/// A duration as [`parse_duration`] reads it, in its largest whole units.
pub fn shown(duration: SignedDuration) -> String {
    let seconds = duration.as_secs();
    [(DAY_SECONDS, "d"), (3600, "h"), (60, "m")]
        .into_iter()
        .find(|(unit, _)| seconds >= *unit && seconds % unit == 0)
        .map_or_else(
            || format!("{seconds}s"),
            |(unit, letter)| format!("{}{letter}", seconds / unit),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_twenty_four_hours() {
        for (text, seconds) in [
            ("40d", 40 * 86_400),
            ("24h", 86_400),
            ("15m", 900),
            ("60s", 60),
            ("1d12h", 129_600),
            ("1d 12h", 129_600),
            ("1h30m", 5_400),
            ("0d", 0),
            ("0s", 0),
            ("1d0h", 86_400),
        ] {
            let duration = parse_duration(text);
            assert_eq!(duration, Ok(SignedDuration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for text in [
            "",
            "d",
            "0",
            "-1d",
            "+1d",
            "1.5d",
            "40",
            "40 days",
            "1dd",
            "1d-1h",
            "1w",
            "1h1d",
            "99999999999999999d",
            "soon",
            "200ms",
        ] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_duration_is_shown_as_it_is_written() {
        for text in ["40d", "36h", "24m", "90s", "60m"] {
            let shown = shown(parse_duration(text).unwrap());
            assert_eq!(parse_duration(&shown), parse_duration(text), "{text}");
        }
        assert_eq!(shown(SignedDuration::from_hours(24)), "1d");
    }
}

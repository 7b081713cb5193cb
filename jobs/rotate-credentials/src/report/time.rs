//! Times as people read them.

use jiff::{SignedDuration, Timestamp};

/// A clock's error that nobody needs to hear of.
const NEGLIGIBLE: SignedDuration = SignedDuration::from_millis(100);

/// Down to the second.
pub(super) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// Down to the minute: for what lies ahead, where seconds mean nothing.
pub(super) fn minute(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%MZ").to_string()
}

/// A length in its two largest units: `41 d 3 h`, `5 h`, `12 min`, `30 s`.
pub(super) fn span(length: SignedDuration) -> String {
    let seconds = length.as_secs().max(0);
    let units = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")];
    let mut parts = Vec::new();
    let mut rest = seconds;
    for (unit, name) in units {
        if rest >= unit {
            parts.push(format!("{} {name}", rest / unit));
            rest %= unit;
        } else if !parts.is_empty() {
            // The second unit is nothing: the first says enough.
            break;
        }
        if parts.len() == 2 {
            break;
        }
    }
    if parts.is_empty() {
        "0 s".to_owned()
    } else {
        parts.join(" ")
    }
}

/// How our clock compares with AWS's.
pub(super) fn skew(skew: SignedDuration) -> String {
    let tenths = skew.abs().as_millis() / 100;
    let length = format!("{}.{} s", tenths / 10, tenths % 10);
    if skew.abs() < NEGLIGIBLE {
        "clock as AWS's".to_owned()
    } else if skew.is_positive() {
        format!("clock {length} fast")
    } else {
        format!("clock {length} slow")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_has_at_most_two_units() {
        for (seconds, shown) in [
            (-5, "0 s"),
            (0, "0 s"),
            (30, "30 s"),
            (90, "1 min 30 s"),
            (3600, "1 h"),
            (3605, "1 h"),
            (93_600, "1 d 2 h"),
            (41 * 86_400 + 3 * 3600 + 59, "41 d 3 h"),
        ] {
            assert_eq!(span(SignedDuration::from_secs(seconds)), shown);
        }
    }

    #[test]
    fn a_clock_is_fast_or_slow_or_right() {
        let shown = |millis| skew(SignedDuration::from_millis(millis));
        assert_eq!(shown(20), "clock as AWS's");
        assert_eq!(shown(200), "clock 0.2 s fast");
        assert_eq!(shown(-61_500), "clock 61.5 s slow");
    }
}

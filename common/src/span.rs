//! Lengths of time as people read them.

use jiff::SignedDuration;

/// A length in its two largest units: `41 d 3 h`, `5 h`, `12 min`, `30 s`.
pub fn span(length: SignedDuration) -> String {
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
}

//! Durations as Prometheus and Alertmanager write them: `1h30m`, `16w`.
//!
//! `ParseDuration` of <https://pkg.go.dev/github.com/prometheus/common/model>: whole numbers with units
//! from years to milliseconds, each at most once and in this order, or a bare `0`.

const UNITS: [(&str, i128); 7] = [
    ("y", 365 * 24 * 3_600_000),
    ("w", 7 * 24 * 3_600_000),
    ("d", 24 * 3_600_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Go's longest duration: 2⁶³ nanoseconds, some 292 years.
const LONGEST: i128 = 9_223_372_036_854;

/// Reads a duration, in milliseconds.
pub fn parse(text: &str) -> Option<i128> {
    if text == "0" {
        return Some(0);
    }
    if text.is_empty() {
        return None;
    }
    let mut units = UNITS.iter();
    let (mut rest, mut total) = (text, 0_i128);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, behind) = rest.split_at_checked(end)?;
        let end = behind
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(behind.len());
        let (unit, behind) = behind.split_at_checked(end)?;
        // Goes on behind the unit before, so that none comes twice or too late.
        let (_, milliseconds) = units.find(|(name, _)| *name == unit)?;
        let term = number.parse::<i128>().ok()?.checked_mul(*milliseconds)?;
        total = total.checked_add(term)?;
        rest = behind;
    }
    (total <= LONGEST).then_some(total)
}

//! Durations as Prometheus writes them.

/// Units in the order in which they must come, in milliseconds.
const UNITS: [(&str, u64); 7] = [
    ("y", 365 * 86_400_000),
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Reads `1h30m`, `1d` or `0`; gives milliseconds.
pub(super) fn milliseconds(text: &str) -> Option<u64> {
    match text {
        "" => return None,
        "0" => return Some(0),
        _ => {}
    }
    let mut units = UNITS.iter();
    let (mut rest, mut total) = (text, 0_u64);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, behind) = rest.split_at_checked(end)?;
        let end = behind.find(|c: char| c.is_ascii_digit());
        let (unit, behind) = behind.split_at_checked(end.unwrap_or(behind.len()))?;
        // Each unit once, and the larger ones first.
        let (_, scale) = units.find(|(name, _)| *name == unit)?;
        let number: u64 = number.parse().ok()?;
        total = total.checked_add(number.checked_mul(*scale)?)?;
        rest = behind;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::milliseconds;

    #[test]
    fn durations_are_read_as_prometheus_reads_them() {
        let table = [
            ("0", Some(0)),
            ("0s", Some(0)),
            ("60s", Some(60_000)),
            ("1m", Some(60_000)),
            ("1h30m", Some(5_400_000)),
            ("90m", Some(5_400_000)),
            ("1d", Some(86_400_000)),
            ("1w", Some(604_800_000)),
            ("1y", Some(31_536_000_000)),
            ("1s500ms", Some(1_500)),
            ("", None),
            ("5", None),
            ("1M", None),
            ("1.5h", None),
            ("30m1h", None),
            ("1m1m", None),
            ("-1m", None),
            ("1 m", None),
            ("99999999999999999999y", None),
        ];
        for (text, expected) in table {
            assert_eq!(milliseconds(text), expected, "{text:?}");
        }
    }
}

//! Sizes as Prometheus reads them: `150GiB`, and `150GB` for the same.

/// Longer ones are not read.
const LONGEST: usize = 30;

/// Reads a size, in bytes. All units are powers of 1024, with an `i` and without; a part of a byte is cut
/// off.
pub(super) fn parse(text: &str) -> Option<u128> {
    if text == "0" {
        return Some(0);
    }
    if text.len() > LONGEST {
        return None;
    }
    let text = text.strip_suffix('B')?;
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    let power = match unit.strip_suffix('i').unwrap_or(unit) {
        "" if unit.is_empty() => 0,
        "K" => 1,
        "M" => 2,
        "G" => 3,
        "T" => 4,
        "P" => 5,
        "E" => 6,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let digits: u128 = [whole, fraction].concat().parse().ok()?;
    let scale = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    Some(digits.checked_mul(1024_u128.checked_pow(power)?)? / scale)
}

//! Sample values of counts, times and truths, and back; in one place because `as` is banned elsewhere.

use jiff::Timestamp;

/// An integer as a sample value; exact up to 2⁵³, far above any count here.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "the standard library offers no lossy conversion"
)]
pub fn to_f64(count: u64) -> f64 {
    count as f64
}

/// How many there are, as a sample value.
pub fn from_count(count: usize) -> f64 {
    to_f64(u64::try_from(count).unwrap_or(u64::MAX))
}

/// 1 for yes, 0 for no.
pub fn from_truth(yes: bool) -> f64 {
    if yes { 1.0 } else { 0.0 }
}

/// A time in seconds since 1970, as every `…_timestamp_seconds` has it.
pub fn from_time(at: Timestamp) -> f64 {
    at.as_duration().as_secs_f64()
}

/// The whole part of a sample value; 0 for negative values and NaN, the maximum beyond the range.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the standard library offers no saturating conversion"
)]
pub fn to_u64(value: f64) -> u64 {
    value as u64
}

#[cfg(test)]
mod tests {
    use super::{from_count, from_time, from_truth, to_f64, to_u64};

    #[test]
    fn counts_survive_both_ways() {
        assert_eq!(to_u64(to_f64(14_400)), 14_400);
        assert_eq!(
            (to_u64(-1.0), to_u64(f64::NAN), to_u64(f64::INFINITY)),
            (0, 0, u64::MAX)
        );
    }

    #[test]
    fn a_count_a_truth_and_a_time_have_one_value_each() {
        assert_eq!(to_u64(from_count(7)), 7);
        assert_eq!([from_truth(true), from_truth(false)].map(to_u64), [1, 0]);
        let at = "1970-01-01T00:01:30.5Z".parse().unwrap();
        assert_eq!(to_u64(from_time(at) * 2.0), 181);
    }
}

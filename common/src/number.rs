//! Conversions between integers and sample values, in one place because `as` is banned elsewhere.

/// An integer as a sample value; exact up to 2⁵³, far above any count here.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "the standard library offers no lossy conversion"
)]
pub fn to_f64(count: u64) -> f64 {
    count as f64
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
    use super::{to_f64, to_u64};

    #[test]
    fn counts_survive_both_ways() {
        assert_eq!(to_u64(to_f64(14_400)), 14_400);
        assert_eq!(
            (to_u64(-1.0), to_u64(f64::NAN), to_u64(f64::INFINITY)),
            (0, 0, u64::MAX)
        );
    }
}

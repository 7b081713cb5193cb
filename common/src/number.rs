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

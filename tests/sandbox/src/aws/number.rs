//! Conversions between integers and floating point that the simulator needs, in one place because
//! Rust has none that cannot lose anything.

/// An integer as the nearest `f64`. Exact up to 2^53, far beyond any count or epoch second here.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "no lossless conversion exists; callers pass counts and epoch seconds"
)]
pub(crate) const fn float(integer: i64) -> f64 {
    integer as f64
}

/// A length as `f64`; see [`float`].
pub(crate) fn float_len(len: usize) -> f64 {
    float(i64::try_from(len).unwrap_or(i64::MAX))
}

/// The integral part of `value`, saturating at the ends of `i64`; NaN becomes 0.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "a float-to-integer `as` saturates, which is what is wanted"
)]
pub(crate) const fn whole(value: f64) -> i64 {
    value as i64
}

/// Mixes 64 bits so that neighbouring inputs give unrelated outputs (`SplitMix64`'s finaliser).
pub(crate) const fn mix(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number in `[0, 1)` made of the upper 53 bits of `bits`.
pub(crate) fn unit_interval(bits: u64) -> f64 {
    float(i64::try_from(bits >> 11).unwrap_or(0)) / 9_007_199_254_740_992.0
}

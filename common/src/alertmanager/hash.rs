//! The number by which an Alertmanager names the configuration that it runs.

use std::fmt;

use md5::{Digest as _, Md5};

use crate::number;

/// Bytes of the hash: as many as fit a float exactly, with room to spare.
const BYTES: usize = 6;

/// The first six bytes of a file's MD5, read as a little-endian number: the value of
/// `alertmanager_config_hash`. Displays as twelve hexadecimal digits.
///
/// It sees every byte of the file, so that another password alone changes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConfigHash(u64);

impl ConfigHash {
    /// The hash of a file's bytes.
    pub fn of(file: &[u8]) -> Self {
        let mut number = [0; 8];
        let kept = number.iter_mut().take(BYTES);
        for (to, from) in kept.zip(Md5::digest(file)) {
            *to = from;
        }
        Self(u64::from_le_bytes(number))
    }

    /// The hash in a sample of the metric. `None` for what no file has: a fraction, a negative
    /// number, more than 48 bits, NaN.
    pub fn from_metric(value: f64) -> Option<Self> {
        let hash = number::to_u64(value);
        let whole = value.is_sign_positive() && value.fract() == 0.0;
        (whole && hash >> (8 * BYTES) == 0).then_some(Self(hash))
    }
}

impl fmt::Display for ConfigHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::ConfigHash;
    use crate::number;

    #[test]
    fn the_hash_is_the_one_that_an_alertmanager_shows() {
        for (file, metric) in [
            ("", 617_830_161_876.0),
            ("global:\n  resolve_timeout: 10m\n", 63_657_913_343_414.0),
        ] {
            let hash = ConfigHash::of(file.as_bytes());
            assert_eq!(ConfigHash::from_metric(metric), Some(hash), "{file:?}");
        }
        assert_eq!(ConfigHash::of(b"").to_string(), "008fd98c1dd4");
    }

    #[test]
    fn what_is_no_hash_is_none() {
        let too_large = 281_474_976_710_656.0;
        for value in [-1.0, -0.0, 0.5, too_large, f64::NAN, f64::INFINITY, 1e300] {
            assert_eq!(ConfigHash::from_metric(value), None, "{value}");
        }
        assert!(ConfigHash::from_metric(too_large - 1.0).is_some());
    }

    proptest! {
        #[test]
        fn a_hash_survives_the_way_through_the_metric(file: Vec<u8>) {
            let hash = ConfigHash::of(&file);
            let text = format!("{:e}", number::to_f64(hash.0));
            prop_assert_eq!(ConfigHash::from_metric(text.parse().unwrap()), Some(hash));
        }
    }
}

//! Times as people read them.

pub(super) use common::span::span;
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
    fn a_clock_is_fast_or_slow_or_right() {
        let shown = |millis| skew(SignedDuration::from_millis(millis));
        assert_eq!(shown(20), "clock as AWS's");
        assert_eq!(shown(200), "clock 0.2 s fast");
        assert_eq!(shown(-61_500), "clock 61.5 s slow");
    }
}

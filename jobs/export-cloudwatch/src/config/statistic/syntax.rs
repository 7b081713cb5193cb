//! The grammar of extended statistics, as CloudWatch documents it.
//!
//! | form | meaning |
//! | --- | --- |
//! | `p99.9` | percentile |
//! | `tm90`, `tc90`, `ts90`, `wm90` | trimmed mean, count, sum, winsorised mean, up to a percentile |
//! | `TM(2%:98%)`, `TM(150:1000)`, also `TC`, `TS`, `WM` | the same within bounds |
//! | `PR(:300)` | percentile rank, absolute bounds |
//! | `IQM` | `TM(25%:75%)` |

/// Digits behind the decimal point that CloudWatch reads.
const MAX_DECIMALS: usize = 10;

/// Why something is not an extended statistic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    #[error("has none of the known forms")]
    Unknown,
    #[error("needs a percentage from 0 to 100 with at most 10 decimals")]
    Percentage,
    #[error("needs bounds such as (10:90) or (10%:90%)")]
    Bounds,
    #[error("needs at least one bound")]
    NoBound,
    #[error("mixes percentages and absolute bounds")]
    MixedBounds,
    #[error("takes absolute bounds only")]
    PercentRank,
    #[error("needs a lower bound below its upper bound")]
    EmptyRange,
}

/// Checks one extended statistic.
pub(super) fn check(text: &str) -> Result<(), Malformed> {
    if text == "IQM" {
        return Ok(());
    }
    for prefix in ["tm", "tc", "ts", "wm", "p"] {
        if let Some(bound) = text.strip_prefix(prefix) {
            return percentage(bound).map(|_| ()).ok_or(Malformed::Percentage);
        }
    }
    for prefix in ["TM", "TC", "TS", "WM", "PR"] {
        if let Some(bounds) = text.strip_prefix(prefix) {
            return range(bounds, prefix == "PR");
        }
    }
    Err(Malformed::Unknown)
}

/// `100`, or one or two digits with decimals.
fn percentage(text: &str) -> Option<f64> {
    let whole = text.split('.').next().unwrap_or_default();
    let fits = text == "100" || matches!(whole.len(), 1 | 2);
    if fits { decimal(text) } else { None }
}

fn decimal(text: &str) -> Option<f64> {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let fits = match text.split_once('.') {
        Some((whole, decimals)) => {
            digits(whole) && digits(decimals) && decimals.len() <= MAX_DECIMALS
        }
        None => digits(text),
    };
    if fits { text.parse().ok() } else { None }
}

#[derive(Clone, Copy)]
enum Bound {
    Percent(f64),
    Absolute(f64),
}

fn range(text: &str, rank: bool) -> Result<(), Malformed> {
    let inner = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'));
    let (low, high) = inner
        .and_then(|inner| inner.split_once(':'))
        .ok_or(Malformed::Bounds)?;
    let (low, high) = (bound(low)?, bound(high)?);
    if rank
        && [low, high]
            .iter()
            .any(|bound| matches!(bound, Some(Bound::Percent(_))))
    {
        return Err(Malformed::PercentRank);
    }
    match (low, high) {
        (None, None) => Err(Malformed::NoBound),
        (None, Some(_)) | (Some(_), None) => Ok(()),
        (Some(Bound::Percent(low)), Some(Bound::Percent(high)))
        | (Some(Bound::Absolute(low)), Some(Bound::Absolute(high))) => {
            if low < high {
                Ok(())
            } else {
                Err(Malformed::EmptyRange)
            }
        }
        (Some(_), Some(_)) => Err(Malformed::MixedBounds),
    }
}

fn bound(text: &str) -> Result<Option<Bound>, Malformed> {
    if text.is_empty() {
        return Ok(None);
    }
    let bound = match text.strip_suffix('%') {
        Some(percent) => percentage(percent).map(Bound::Percent),
        None => match text.strip_prefix('-') {
            Some(digits) => decimal(digits).map(|value| Bound::Absolute(-value)),
            None => decimal(text).map(Bound::Absolute),
        },
    };
    bound.map(Some).ok_or(Malformed::Bounds)
}

//! The names of statistics and what they mean over a set of raw values.
//!
//! Percentiles and trims use nearest ranks. CloudWatch estimates them from a histogram, so its
//! answers may differ in the last per cent; everything else is exact.

use super::number::{float, whole};

#[cfg(test)]
mod tests;

/// A statistic as a request names it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Statistic {
    SampleCount,
    Average,
    Sum,
    Minimum,
    Maximum,
    Extended(Extended),
}

/// A statistic that needs the raw values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Extended {
    Percentile(f64),
    Trim {
        take: Take,
        bounds: Bounds,
    },
    /// The share of values in `(lower, upper]`, in per cent.
    Rank {
        lower: f64,
        upper: f64,
    },
}

/// What is computed from the values inside the bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Take {
    Mean,
    Count,
    Sum,
    /// The mean with every value outside the bounds replaced by the nearest one inside.
    Winsorized,
}

/// Bounds of a trim; the lower one is exclusive, the upper one inclusive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bounds {
    Percent { lower: f64, upper: f64 },
    Absolute { lower: f64, upper: f64 },
}

impl Statistic {
    /// Reads the syntax of the CloudWatch user guide, "Statistics definitions".
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "SampleCount" => Self::SampleCount,
            "Average" => Self::Average,
            "Sum" => Self::Sum,
            "Minimum" => Self::Minimum,
            "Maximum" => Self::Maximum,
            _ => Self::Extended(Extended::parse(text)?),
        })
    }
}

impl Extended {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text == "IQM" {
            let bounds = Bounds::Percent {
                lower: 25.0,
                upper: 75.0,
            };
            return Some(Self::Trim {
                take: Take::Mean,
                bounds,
            });
        }
        if let Some(number) = text.strip_prefix('p') {
            return Some(Self::Percentile(percent(number)?));
        }
        let (kind, rest) = text.split_at_checked(2)?;
        let take = match kind {
            "PR" => {
                let (lower, upper) = absolute(in_brackets(rest)?)?;
                return Some(Self::Rank { lower, upper });
            }
            "tm" | "TM" => Take::Mean,
            "tc" | "TC" => Take::Count,
            "ts" | "TS" => Take::Sum,
            "wm" | "WM" => Take::Winsorized,
            _ => return None,
        };
        let bounds = if kind.starts_with(|first: char| first.is_ascii_lowercase()) {
            Bounds::Percent {
                lower: 0.0,
                upper: percent(rest)?,
            }
        } else {
            Bounds::parse(in_brackets(rest)?)?
        };
        Some(Self::Trim { take, bounds })
    }

    /// Computes over `samples`: values with how often each occurred. `None` when nothing is left
    /// to average, or for a percentile with a negative value, which CloudWatch does not compute.
    pub(crate) fn over(self, samples: &mut [(f64, u32)]) -> Option<f64> {
        samples.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let total: i64 = samples.iter().map(|(_, count)| i64::from(*count)).sum();
        let (lowest, _) = samples.first()?;
        match self {
            Self::Percentile(_) if *lowest < 0.0 => None,
            Self::Percentile(percent) => at_rank(samples, upper_rank(percent, total).max(1)),
            Self::Rank { lower, upper } => {
                let inside: i64 = samples
                    .iter()
                    .filter(|(value, _)| lower < *value && *value <= upper)
                    .map(|(_, count)| i64::from(*count))
                    .sum();
                Some(float(inside) / float(total) * 100.0)
            }
            Self::Trim { take, bounds } => trim(samples, total, take, bounds),
        }
    }
}

impl Bounds {
    /// Both ends in per cent or both absolute; at least one is there.
    fn parse(range: &str) -> Option<Self> {
        if !range.contains('%') {
            let (lower, upper) = absolute(range)?;
            return Some(Self::Absolute { lower, upper });
        }
        let (lower, upper) = range.split_once(':')?;
        let end = |text: &str, open: f64| match text.strip_suffix('%') {
            Some(number) => percent(number),
            None => text.is_empty().then_some(open),
        };
        Some(Self::Percent {
            lower: end(lower, 0.0)?,
            upper: end(upper, 100.0)?,
        })
    }
}

/// The value at a rank that counts from 1.
fn at_rank(sorted: &[(f64, u32)], rank: i64) -> Option<f64> {
    let mut seen = 0;
    for (value, count) in sorted {
        seen += i64::from(*count);
        if seen >= rank {
            return Some(*value);
        }
    }
    sorted.last().map(|(value, _)| *value)
}

impl Bounds {
    /// Of `count` equal values that come after `seen` smaller ones: how many lie below the bounds,
    /// and how many inside.
    fn cut(self, value: f64, count: i64, seen: i64, total: i64) -> (i64, i64) {
        match self {
            Self::Absolute { lower, .. } if value <= lower => (count, 0),
            Self::Absolute { upper, .. } => (0, if value <= upper { count } else { 0 }),
            Self::Percent { lower, upper } => {
                let up_to = |rank: i64| (rank - seen).clamp(0, count);
                let below = up_to(lower_rank(lower, total));
                (below, (up_to(upper_rank(upper, total)) - below).max(0))
            }
        }
    }
}

/// What a trim keeps: how many values, their sum, the smallest and greatest of them, and how many
/// values were below.
#[derive(Default)]
struct Kept {
    count: i64,
    sum: f64,
    smallest: f64,
    greatest: f64,
    below: i64,
}

fn trim(sorted: &[(f64, u32)], total: i64, take: Take, bounds: Bounds) -> Option<f64> {
    let mut kept = Kept::default();
    let mut seen = 0;
    for &(value, count) in sorted {
        let (below, inside) = bounds.cut(value, i64::from(count), seen, total);
        seen += i64::from(count);
        kept.below += below;
        if inside > 0 {
            if kept.count == 0 {
                kept.smallest = value;
            }
            kept.greatest = value;
            kept.count += inside;
            kept.sum += value * float(inside);
        }
    }
    let some = |value: f64| (kept.count > 0).then_some(value);
    match take {
        Take::Count => Some(float(kept.count)),
        Take::Sum => Some(kept.sum),
        Take::Mean => some(kept.sum / float(kept.count)),
        Take::Winsorized => {
            let (low, high) = match bounds {
                Bounds::Absolute { lower, upper } => (lower, upper),
                Bounds::Percent { .. } => (kept.smallest, kept.greatest),
            };
            let above = total - kept.below - kept.count;
            // An infinite bound replaces nothing; zero times infinity would be NaN.
            let edge = |count: i64, value: f64| if count > 0 { float(count) * value } else { 0.0 };
            some((kept.sum + edge(kept.below, low) + edge(above, high)) / float(total))
        }
    }
}

/// How many of `total` values lie below the lower bound of a trim.
fn lower_rank(percent: f64, total: i64) -> i64 {
    whole((percent * float(total) / 100.0).floor())
}

/// The nearest rank of a percentile, and the last one that an upper bound keeps.
fn upper_rank(percent: f64, total: i64) -> i64 {
    whole((percent * float(total) / 100.0).ceil())
}

fn in_brackets(text: &str) -> Option<&str> {
    text.strip_prefix('(')?.strip_suffix(')')
}

/// `lower:upper` without per cent signs; a missing end is infinite, and one must be there.
fn absolute(range: &str) -> Option<(f64, f64)> {
    let (lower, upper) = range.split_once(':')?;
    if lower.is_empty() && upper.is_empty() {
        return None;
    }
    let end = |text: &str, open: f64| {
        if text.is_empty() {
            Some(open)
        } else {
            decimal(text)
        }
    };
    Some((end(lower, f64::NEG_INFINITY)?, end(upper, f64::INFINITY)?))
}

/// 0 to 100 with at most ten decimals.
fn percent(text: &str) -> Option<f64> {
    decimal(text).filter(|percent| *percent <= 100.0)
}

/// Digits with at most ten decimals and no sign.
fn decimal(text: &str) -> Option<f64> {
    let (integral, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let plausible = digits(integral) && digits(fraction) && fraction.len() <= 10;
    plausible.then(|| text.parse().ok()).flatten()
}

//! Statistics as CloudWatch spells them.

use std::fmt;

/// One statistic of a metric.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Statistic {
    /// Sum of all values of a bin.
    Sum,
    /// Number of values of a bin.
    SampleCount,
    /// Smallest value of a bin.
    Minimum,
    /// Largest value of a bin.
    Maximum,
    /// Mean of a bin.
    Average,
    /// Percentiles, trimmed means and their kin, as written.
    Extended(Box<str>),
}

impl Statistic {
    /// The five basic ones, in the order that series are written in.
    pub const BASIC: [Self; 5] =
        [Self::Sum, Self::SampleCount, Self::Minimum, Self::Maximum, Self::Average];

    /// What CloudWatch is sent.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Sum => "Sum",
            Self::SampleCount => "SampleCount",
            Self::Minimum => "Minimum",
            Self::Maximum => "Maximum",
            Self::Average => "Average",
            Self::Extended(statistic) => statistic,
        }
    }
}

impl fmt::Display for Statistic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

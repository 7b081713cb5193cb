//! What is measured of one run, and the sum over several.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::subject::Kind;

/// One run.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    pub(crate) wall: Duration,
    /// User and system time of all threads.
    pub(crate) cpu: Duration,
    /// Largest resident set, in bytes.
    pub(crate) peak: u64,
    pub(crate) calls: Calls,
}

/// What the simulator has counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Calls {
    /// By operation, refused ones included.
    pub(crate) by_operation: BTreeMap<String, u64>,
    /// Refused for calling too often or with a bad request.
    pub(crate) refused: u64,
    /// Metrics that AWS would charge for.
    pub(crate) billed_metrics: u64,
}

impl Calls {
    /// All of them.
    pub(crate) fn total(&self) -> u64 {
        self.by_operation.values().sum()
    }
}

/// Several runs of one exporter with one number of series.
#[derive(Debug, Clone)]
pub(crate) struct Summary {
    pub(crate) kind: Kind,
    pub(crate) series: usize,
    pub(crate) wall: Spread<Duration>,
    pub(crate) cpu: Spread<Duration>,
    pub(crate) peak: Spread<u64>,
    /// Of the run with the most: retries make them differ.
    pub(crate) calls: Calls,
}

/// The middle of several values and how far they lie apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spread<T> {
    pub(crate) median: T,
    pub(crate) least: T,
    pub(crate) most: T,
}

impl<T: Ord + Copy> Spread<T> {
    /// Of an even number of values the median is the greater one in the middle. `None` of no values.
    fn of(values: impl Iterator<Item = T>) -> Option<Self> {
        let mut values: Vec<T> = values.collect();
        values.sort_unstable();
        Some(Self {
            median: *values.get(values.len() / 2)?,
            least: *values.first()?,
            most: *values.last()?,
        })
    }
}

impl Summary {
    /// Of at least one run.
    pub(crate) fn of(kind: Kind, series: usize, runs: &[Figures]) -> Result<Self> {
        let sum_up = || {
            Some(Self {
                kind,
                series,
                wall: Spread::of(runs.iter().map(|run| run.wall))?,
                cpu: Spread::of(runs.iter().map(|run| run.cpu))?,
                peak: Spread::of(runs.iter().map(|run| run.peak))?,
                calls: runs
                    .iter()
                    .max_by_key(|run| run.calls.total())?
                    .calls
                    .clone(),
            })
        };
        sum_up().context("there was no run to sum up")
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn the_median_does_not_mind_one_outlier() {
        let spread = Spread::of([5, 1, 900, 4, 6].into_iter());
        let expected = Spread {
            median: 5,
            least: 1,
            most: 900,
        };
        assert_eq!(spread, Some(expected));
        assert_eq!(Spread::of(std::iter::empty::<u64>()), None);
    }
}

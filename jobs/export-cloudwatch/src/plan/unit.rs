//! Units: what AWS bills and what is never split across calls.
//!
//! Up to five statistics of one metric count as one metric *if they are asked for in one call*. So
//! rules that want the same metric with the same period share a unit, and a unit goes into one call
//! as a whole.

#![expect(
    clippy::disallowed_types,
    reason = "metrics are looked up, and units come in their order"
)]

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use crate::config::{RuleNumber, Statistic};
use crate::metric::Metric;

use super::Demand;
use super::window::Window;

/// Statistics of a metric that AWS bills as one metric.
const STATISTICS_PER_BILLED_METRIC: usize = 5;

/// One metric with one period, and everything that any rule wants of it.
#[derive(Debug, Clone)]
pub struct Unit {
    /// What to ask for.
    pub metric: Metric,
    /// Bin length in seconds.
    pub period: i64,
    /// Statistics of all rules that want it, without repetition.
    pub statistics: Arc<[Statistic]>,
    /// From the earliest start of its rules' windows …
    pub start: i64,
    /// … to the latest end.
    pub end: i64,
    /// Who wants it, and in which window.
    pub wanted_by: Vec<Want>,
}

/// One rule's interest in a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    /// The rule.
    pub rule: RuleNumber,
    /// Datapoints that it may take.
    pub window: Window,
}

impl Unit {
    /// Queries that the unit takes: one a statistic.
    pub fn queries(&self) -> usize {
        self.statistics.len()
    }

    /// Metrics that AWS bills for it.
    pub fn billed(&self) -> usize {
        self.statistics.len().div_ceil(STATISTICS_PER_BILLED_METRIC)
    }
}

/// Merges what the rules want; units come in the order in which they are first wanted.
pub(super) fn merge(demands: &[Demand<'_>]) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut known: HashMap<(Metric, i64), usize> = HashMap::new();
    for demand in demands {
        let statistics: Arc<[Statistic]> = demand.statistics.into();
        if statistics.is_empty() {
            continue;
        }
        let want = Want {
            rule: demand.rule,
            window: demand.window,
        };
        for metric in demand.metrics {
            match known.entry((identity(metric), want.window.period)) {
                Entry::Occupied(at) => {
                    if let Some(unit) = units.get_mut(*at.get()) {
                        unit.join(want, &statistics);
                    }
                }
                Entry::Vacant(place) => {
                    place.insert(units.len());
                    units.push(Unit {
                        metric: metric.clone(),
                        period: want.window.period,
                        statistics: Arc::clone(&statistics),
                        start: want.window.start,
                        end: want.window.end,
                        wanted_by: vec![want],
                    });
                }
            }
        }
    }
    units
}

impl Unit {
    fn join(&mut self, want: Want, statistics: &Arc<[Statistic]>) {
        self.start = self.start.min(want.window.start);
        self.end = self.end.max(want.window.end);
        if !self.wanted_by.contains(&want) {
            self.wanted_by.push(want);
        }
        let missing: Vec<&Statistic> = statistics
            .iter()
            .filter(|wanted| !self.statistics.contains(wanted))
            .collect();
        if !missing.is_empty() {
            self.statistics = self.statistics.iter().chain(missing).cloned().collect();
        }
    }
}

/// CloudWatch does not care about the order of dimensions: two rules may spell one metric in two.
fn identity(metric: &Metric) -> Metric {
    let mut metric = metric.clone();
    if !metric.dimensions.is_sorted() {
        let mut dimensions = metric.dimensions.to_vec();
        dimensions.sort();
        metric.dimensions = dimensions.into();
    }
    metric
}

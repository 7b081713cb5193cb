//! From resolved rules to requests: pure, the same input gives the same plan, and `fetch` and `run`
//! execute exactly the value that `plan` prints.

mod packing;
mod price;
mod unit;
mod window;

#[cfg(test)]
mod laws;

use jiff::Timestamp;

use crate::config::{RuleNumber, Statistic};
use crate::metric::Metric;

pub use packing::{Call, Calls, POINTS_PER_CALL, Pace, QUERIES_PER_CALL};
pub use price::{Frequency, MONTH, Recurring, RunPrice};
pub use unit::{Unit, Want};
pub use window::Window;

/// What one rule wants, after its metrics are known.
#[derive(Debug, Clone, Copy)]
pub struct Demand<'a> {
    /// The rule.
    pub rule: RuleNumber,
    /// When.
    pub window: Window,
    /// Of each metric.
    pub statistics: &'a [Statistic],
    /// Which metrics.
    pub metrics: &'a [Metric],
}

/// Every request of a run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What is asked for; calls refer to it by position.
    pub units: Vec<Unit>,
    /// The requests.
    pub calls: Vec<Call>,
    /// Requests that the same units need at least.
    pub fewest_calls: usize,
    /// Expected time until the last answer with as few calls as that.
    pub seconds_with_fewest_calls: f64,
    /// How fast they may be sent.
    pub pace: Pace,
}

impl Plan {
    /// Queries in all calls.
    pub fn queries(&self) -> usize {
        self.calls.iter().map(|call| call.queries).sum()
    }

    /// What AWS bills for the run.
    pub fn price(&self) -> RunPrice {
        let billed: usize = self.units.iter().map(Unit::billed).sum();
        RunPrice::of(u64::try_from(billed).unwrap_or(u64::MAX))
    }

    /// Expected time until the last answer, in seconds.
    pub fn seconds(&self) -> f64 {
        self.pace.seconds_for(&self.calls)
    }
}

/// Plans the requests for what the rules want.
pub fn plan(demands: &[Demand<'_>], now: Timestamp, calls: Calls, pace: Pace) -> Plan {
    let units = unit::merge(demands);
    let groups = packing::group(&units, now);
    let fewest = packing::pack(&groups, &units, QUERIES_PER_CALL);
    let fewest_calls = fewest.len();
    let seconds_with_fewest_calls = pace.seconds_for(&fewest);
    let calls = match calls {
        Calls::Fewest => fewest,
        Calls::Fastest => packing::spread(&groups, &units, fewest, &pace),
    };
    Plan {
        units,
        calls,
        fewest_calls,
        seconds_with_fewest_calls,
        pace,
    }
}

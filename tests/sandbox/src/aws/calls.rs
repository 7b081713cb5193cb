//! The call log: what was asked, what it cost and how it ended.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::operation::Operation;
use super::protocol::Protocol;

/// One call of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Call {
    /// Counted from 1 in the order of arrival.
    pub sequence: u64,
    /// The simulator's time.
    pub at: Timestamp,
    /// The operation.
    pub operation: Operation,
    /// How it was asked.
    pub protocol: Protocol,
    /// The account that the credentials stand for.
    pub account: String,
    /// The region of the credential scope.
    pub region: String,
    /// What it was about, such as `AWS/ES CPUUtilization`; empty for `GetMetricData`.
    pub subject: String,
    /// Queries in the call, also when it failed.
    pub queries: u64,
    /// Metrics that AWS charges for: `ceil(statistics / 5)` per metric, 0 for a failed call.
    pub billed_metrics: u64,
    /// Datapoints in the answer.
    pub datapoints: u64,
    /// The HTTP status, also when a fault kept it from arriving.
    pub status: u16,
    /// The error code of a refusal.
    pub error: Option<String>,
    /// The faults that struck it.
    pub fault: Option<String>,
}

/// Sums over calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Totals {
    /// All calls.
    pub calls: u64,
    /// Those that were refused.
    pub refused: u64,
    /// Queries of all calls.
    pub queries: u64,
    /// Billed metrics of all calls.
    pub billed_metrics: u64,
    /// Datapoints of all answers.
    pub datapoints: u64,
}

/// All calls since the start or the last reset.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct CallLog {
    /// In the order of arrival.
    pub calls: Vec<Call>,
    /// Requests that are no operation the simulator knows: method, path and what they asked for.
    pub unrecognised: Vec<String>,
}

impl CallLog {
    /// How often `operation` was called.
    pub fn count(&self, operation: Operation) -> usize {
        self.of(operation).count()
    }

    /// The calls of `operation`.
    pub fn of(&self, operation: Operation) -> impl Iterator<Item = &Call> {
        self.calls
            .iter()
            .filter(move |call| call.operation == operation)
    }

    /// Sums over all calls.
    pub fn totals(&self) -> Totals {
        sum(&self.calls)
    }

    /// Sums per operation; operations that were not called are absent.
    pub fn totals_by_operation(&self) -> BTreeMap<Operation, Totals> {
        Operation::ALL
            .into_iter()
            .map(|operation| (operation, sum(self.of(operation))))
            .filter(|(_, totals)| totals.calls > 0)
            .collect()
    }
}

fn sum<'c>(calls: impl IntoIterator<Item = &'c Call>) -> Totals {
    calls
        .into_iter()
        .fold(Totals::default(), |sum, call| Totals {
            calls: sum.calls + 1,
            refused: sum.refused + u64::from(call.error.is_some()),
            queries: sum.queries + call.queries,
            billed_metrics: sum.billed_metrics + call.billed_metrics,
            datapoints: sum.datapoints + call.datapoints,
        })
}

//! Executes a plan's calls and keeps of each metric the newest datapoint.
//!
//! Calls run concurrently under the plan's pace. Each call's answer is boiled down as soon as it is
//! complete, so memory holds the answers of the calls in flight and one value a series.

mod ask;
mod call;
mod newest;

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::Client;
use common::cancel::Cancellation;
use common::progress::Progress;
use common::rate::TokenBucket;
use futures_util::StreamExt as _;
use jiff::Timestamp;

use crate::config::{RuleNumber, Statistic};
use crate::metric::Metric;
use crate::plan::Plan;
use crate::rule_fault::RuleFault;

/// Calls in flight at once: beyond the pace's burst only slow answers pile up.
const IN_FLIGHT: usize = 64;

/// The newest datapoint of one metric, for one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The rule that wants it.
    pub rule: RuleNumber,
    /// The metric.
    pub metric: Metric,
    /// When its bin begins.
    pub at: Timestamp,
    /// One place for each of the rule's statistics, in the rule's order; at least one is filled.
    pub values: Vec<Option<f64>>,
}

/// A remark of AWS that is no error, such as having left something out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceMessage {
    /// AWS's code.
    pub code: String,
    /// AWS's text.
    pub text: String,
}

/// What came back.
#[derive(Debug, Default)]
pub struct Fetched {
    /// In the order of the rules, then of the plan.
    pub readings: Vec<Reading>,
    /// What went wrong, the first trouble of each rule.
    pub faults: Vec<RuleFault>,
    /// AWS's remarks, without repetition.
    pub messages: Vec<ServiceMessage>,
    /// Datapoints received.
    pub datapoints: u64,
}

/// Sends all calls of `plan`. `statistics` gives each rule's statistics in the rule's order.
pub async fn fetch(
    plan: &Plan,
    statistics: &BTreeMap<RuleNumber, &[Statistic]>,
    client: &Client,
    cancel: &Cancellation,
) -> Fetched {
    let bucket = TokenBucket::new(plan.pace.burst, plan.pace.per_second);
    let run = call::Run {
        plan,
        statistics,
        client,
        bucket: &bucket,
        cancel,
    };
    let progress = Progress::start("asking CloudWatch", plan.calls.len());
    let mut outcomes: Vec<call::Outcome> = futures_util::stream::iter(&plan.calls)
        .map(async |call| {
            let outcome = run.execute(call).await;
            progress.step();
            outcome
        })
        .buffered(IN_FLIGHT)
        .collect()
        .await;
    drop(progress);
    let mut fetched = Fetched::default();
    for outcome in &mut outcomes {
        fetched.readings.append(&mut outcome.readings);
        fetched.faults.append(&mut outcome.faults);
        fetched.messages.append(&mut outcome.messages);
        fetched.datapoints += outcome.datapoints;
    }
    // Stable: within a rule the plan's order stays.
    fetched.readings.sort_by_key(|reading| reading.rule);
    fetched.faults.sort_by_key(|fault| fault.rule);
    fetched.faults.dedup_by_key(|fault| fault.rule);
    fetched.messages.sort();
    fetched.messages.dedup();
    fetched
}

//! One planned call to its end: bisecting what AWS refuses, asking again for what it left out.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::StatusCode;
use common::aws::CallErrorKind;
use common::cancel::Cancellation;
use common::rate::TokenBucket;
use jiff::Timestamp;

use super::ask::{Answer, Answers, Line, Query, is_refusal};
use super::newest::{Points, newest};
use super::{Reading, ServiceMessage};
use crate::config::{RuleNumber, Statistic};
use crate::plan::{Call, Plan, Unit};
use crate::rule_fault::{RuleError, RuleFault};

/// How often what is incomplete is asked for again.
const REPEATS: usize = 2;

/// Requests that looking for refused queries may cost a call. One bad query among 500 takes 18;
/// with many of them the rest is charged with the refusal as a whole.
const BISECTION_BUDGET: usize = 40;

/// What all calls of a run share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run<'a> {
    pub(super) plan: &'a Plan,
    pub(super) statistics: &'a BTreeMap<RuleNumber, &'a [Statistic]>,
    pub(super) client: &'a Client,
    pub(super) bucket: &'a TokenBucket,
    pub(super) cancel: &'a Cancellation,
}

/// What one call came to.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) readings: Vec<Reading>,
    pub(super) faults: Vec<RuleFault>,
    pub(super) messages: Vec<ServiceMessage>,
    pub(super) datapoints: u64,
}

/// Answers gathered so far, by unit and statistic.
type Gathered = BTreeMap<usize, Vec<Points>>;

impl Run<'_> {
    pub(super) async fn execute(self, call: &Call) -> Outcome {
        let line = Line {
            client: self.client,
            units: &self.plan.units,
            bucket: self.bucket,
            cancel: self.cancel,
            start: call.start,
            end: call.end,
        };
        let mut outcome = Outcome::default();
        let mut gathered: Gathered = call
            .units
            .iter()
            .filter_map(|at| Some((*at, vec![Points::new(); self.unit(*at)?.queries()])))
            .collect();
        let mut pending: Vec<Query> = gathered
            .iter()
            .flat_map(|(unit, slots)| {
                (0..slots.len()).map(|statistic| Query {
                    unit: *unit,
                    statistic,
                })
            })
            .collect();
        for repeat in 0..=REPEATS {
            let asked = self
                .ask_bisecting(line, std::mem::take(&mut pending), &mut outcome)
                .await;
            for (query, answer) in asked {
                let complete = self.judge(query, &answer, repeat == REPEATS, &mut outcome);
                if !complete {
                    pending.push(query);
                } else if let Some(slot) = slot(&mut gathered, query) {
                    *slot = answer.points;
                }
            }
            if pending.is_empty() {
                break;
            }
        }
        self.read(&gathered, &mut outcome);
        outcome
    }

    fn unit(&self, at: usize) -> Option<&Unit> {
        self.plan.units.get(at)
    }

    /// Asks for all of `queries`; where AWS refuses a request for what is in it, halves it until
    /// the bad query stands alone and is charged to its rules.
    async fn ask_bisecting(
        &self,
        line: Line<'_>,
        queries: Vec<Query>,
        outcome: &mut Outcome,
    ) -> Vec<(Query, Answer)> {
        let mut answered = Vec::new();
        let mut budget = BISECTION_BUDGET;
        let mut parts = vec![queries];
        while let Some(part) = parts.pop() {
            match line.ask(&part).await {
                Ok(answers) => {
                    self.note(&part, &answers, outcome);
                    outcome.datapoints += answers.datapoints;
                    outcome.messages.extend(answers.messages);
                    answered.extend(part.into_iter().zip(answers.each));
                }
                Err(error) if is_refusal(&error) && part.len() > 1 && budget >= 2 => {
                    budget -= 2;
                    let (left, right) = part.split_at(part.len() / 2);
                    parts.extend([right.to_vec(), left.to_vec()]);
                }
                Err(error) => self.charge(&part, &self.naming_the_metric(error, &part), outcome),
            }
        }
        answered
    }

    /// Which metric it is that AWS refuses: its own words count places in a request that nobody sees.
    fn naming_the_metric(&self, error: RuleError, part: &[Query]) -> RuleError {
        match (error, part) {
            (RuleError::Call(source), [query]) if source.kind == CallErrorKind::Rejected => {
                RuleError::Refused {
                    metric: self.metric(*query),
                    source: Box::new(source),
                }
            }
            (error, _) => error,
        }
    }

    fn metric(&self, query: Query) -> String {
        let unit = self.unit(query.unit);
        unit.map(|unit| unit.metric.to_string()).unwrap_or_default()
    }

    fn note(&self, part: &[Query], answers: &Answers, outcome: &mut Outcome) {
        if answers.token_repeated {
            let error = RuleError::RepeatedToken {
                operation: "cloudwatch GetMetricData",
            };
            self.charge(part, &error, outcome);
        }
    }

    /// Whether `answer` is all there is to get; if not for good, its rules are charged.
    fn judge(&self, query: Query, answer: &Answer, last: bool, outcome: &mut Outcome) -> bool {
        let metric = || self.metric(query);
        let error = match &answer.status {
            // A query that AWS does not mention at all has not been answered.
            Some(StatusCode::Complete) => return true,
            Some(StatusCode::Forbidden) => RuleError::Forbidden {
                metric: metric(),
                message: answer.message.clone(),
            },
            _ if !last => return false,
            status => RuleError::Incomplete {
                metric: metric(),
                status: status
                    .as_ref()
                    .map_or("nothing", StatusCode::as_str)
                    .to_owned(),
            },
        };
        self.charge(&[query], &error, outcome);
        true
    }

    fn charge(&self, queries: &[Query], error: &RuleError, outcome: &mut Outcome) {
        for rule in queries
            .iter()
            .filter_map(|q| self.unit(q.unit))
            .flat_map(|u| &u.wanted_by)
        {
            let known = outcome.faults.iter().any(|fault| fault.rule == rule.rule);
            if !known {
                outcome.faults.push(RuleFault {
                    rule: rule.rule,
                    error: error.clone(),
                });
            }
        }
    }

    fn read(&self, gathered: &Gathered, outcome: &mut Outcome) {
        for (at, answers) in gathered {
            let Some(unit) = self.unit(*at) else { continue };
            for want in &unit.wanted_by {
                let wanted = self.statistics.get(&want.rule).copied().unwrap_or_default();
                let Some((at, values)) = newest(want.window, wanted, &unit.statistics, answers)
                else {
                    continue;
                };
                let Ok(at) = Timestamp::from_second(at) else {
                    continue;
                };
                let metric = unit.metric.clone();
                outcome.readings.push(Reading {
                    rule: want.rule,
                    metric,
                    at,
                    values,
                });
            }
        }
    }
}

fn slot(gathered: &mut Gathered, query: Query) -> Option<&mut Points> {
    gathered.get_mut(&query.unit)?.get_mut(query.statistic)
}

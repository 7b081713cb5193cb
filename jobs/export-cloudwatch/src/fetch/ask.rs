//! One `GetMetricData` request with all its pages.

use std::collections::BTreeSet;

use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::operation::get_metric_data::GetMetricDataOutput;
use aws_sdk_cloudwatch::types::{
    self as sdk, MetricDataQuery, MetricDataResult, MetricStat, ScanBy, StatusCode,
};
use aws_smithy_types::DateTime;
use common::aws::{CallError, CallErrorKind};
use common::cancel::Cancellation;
use common::rate::TokenBucket;

use super::ServiceMessage;
use super::newest::Points;
use crate::plan::Unit;
use crate::rule_fault::RuleError;

/// One statistic of one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Query {
    /// Position of the unit in the plan.
    pub(super) unit: usize,
    /// Position of the statistic in the unit.
    pub(super) statistic: usize,
}

/// What became of one query.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) points: Points,
    pub(super) status: Option<StatusCode>,
    pub(super) message: Option<String>,
}

/// Everything that came back for a set of queries.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// Parallel to the queries.
    pub(super) each: Vec<Answer>,
    pub(super) messages: Vec<ServiceMessage>,
    pub(super) datapoints: u64,
    /// The page token came twice: what is there is incomplete.
    pub(super) token_repeated: bool,
}

/// What a request needs besides its queries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) client: &'a Client,
    pub(super) units: &'a [Unit],
    pub(super) bucket: &'a TokenBucket,
    pub(super) cancel: &'a Cancellation,
    /// Seconds since the epoch, end exclusive.
    pub(super) start: i64,
    pub(super) end: i64,
}

impl Line<'_> {
    /// Asks for `queries` and follows every page.
    pub(super) async fn ask(self, queries: &[Query]) -> Result<Answers, RuleError> {
        let mut all = Answers::default();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut token = None;
        loop {
            // Boxed: the SDK's future is 16 kB, and dozens of them are in flight.
            let page = Box::pin(self.page(queries, token.take())).await?;
            token = page.next_token.clone().filter(|token| !token.is_empty());
            // Only now: calls that wait for their turn or for their answer hold no places for it.
            all.each.resize_with(queries.len(), Answer::default);
            all.add(page);
            match &token {
                None => return Ok(all),
                Some(token) if !seen.insert(token.clone()) => {
                    all.token_repeated = true;
                    return Ok(all);
                }
                Some(_) => (),
            }
        }
    }

    async fn page(
        self,
        queries: &[Query],
        token: Option<String>,
    ) -> Result<GetMetricDataOutput, RuleError> {
        let built = queries
            .iter()
            .enumerate()
            .filter_map(|(number, at)| self.build(number, *at));
        let call = async {
            self.bucket.take().await;
            self.client
                .get_metric_data()
                .set_metric_data_queries(Some(built.collect()))
                .start_time(DateTime::from_secs(self.start))
                .end_time(DateTime::from_secs(self.end))
                .scan_by(ScanBy::TimestampDescending)
                .set_next_token(token)
                .send()
                .await
        };
        match self.cancel.bound(call).await {
            None => Err(RuleError::Stopped(self.cancel.cause())),
            Some(Ok(page)) => Ok(page),
            Some(Err(error)) => {
                Err(CallError::from_sdk("cloudwatch", "GetMetricData", &error).into())
            }
        }
    }

    fn build(self, number: usize, query: Query) -> Option<MetricDataQuery> {
        let unit = self.units.get(query.unit)?;
        let statistic = unit.statistics.get(query.statistic)?;
        let dimensions = unit.metric.dimensions.iter().map(|dimension| {
            sdk::Dimension::builder()
                .name(&*dimension.name)
                .value(&*dimension.value)
                .build()
        });
        let metric = sdk::Metric::builder()
            .namespace(&*unit.metric.namespace)
            .metric_name(&*unit.metric.name)
            .set_dimensions(Some(dimensions.collect()))
            .build();
        let statistic = MetricStat::builder()
            .metric(metric)
            .period(i32::try_from(unit.period).unwrap_or(i32::MAX))
            .stat(statistic.as_str())
            .build();
        Some(
            MetricDataQuery::builder()
                .id(format!("q{number}"))
                .metric_stat(statistic)
                .build(),
        )
    }
}

impl Answers {
    fn add(&mut self, page: GetMetricDataOutput) {
        for result in page.metric_data_results.unwrap_or_default() {
            let number = result
                .id()
                .and_then(|id| id.strip_prefix('q')?.parse().ok());
            let answer = number.and_then(|number: usize| self.each.get_mut(number));
            if let Some(answer) = answer {
                self.datapoints += answer.add(result);
            }
        }
        for message in page.messages.unwrap_or_default() {
            self.messages.push(ServiceMessage {
                code: message.code.unwrap_or_default(),
                text: message.value.unwrap_or_default(),
            });
        }
    }
}

impl Answer {
    /// The same query may come on several pages: points add up, the last status counts.
    fn add(&mut self, result: MetricDataResult) -> u64 {
        let before = self.points.len();
        let instants = result.timestamps.unwrap_or_default();
        let values = result.values.unwrap_or_default();
        self.points
            .extend(instants.iter().map(DateTime::secs).zip(values));
        self.status = result.status_code.or(self.status.take());
        if let Some(message) = result.messages.unwrap_or_default().into_iter().next() {
            self.message = message.value;
        }
        u64::try_from(self.points.len() - before).unwrap_or(0)
    }
}

/// Whether a request was refused for what is in it, so that a part of it may pass.
pub(super) fn is_refusal(error: &RuleError) -> bool {
    matches!(
        error,
        RuleError::Call(CallError {
            kind: CallErrorKind::Rejected,
            ..
        })
    )
}

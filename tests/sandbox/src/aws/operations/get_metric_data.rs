//! `GetMetricData`: up to 500 queries in one call, answered in pages of `MaxDatapoints`.
//!
//! Metric math is not simulated: an `Expression` is refused.

use std::collections::HashSet;

use jiff::Timestamp;

use super::super::error::{INVALID_NEXT_TOKEN, ServiceError};
use super::super::node::Node;
use super::super::statistic::Statistic;
use super::super::token;
use super::super::window::{self, Bins};
use super::super::world::MetricRef;
use super::{Context, read_dims, saturate};

mod response;

pub(crate) use response::{QueryResult, Response, StatusCode};

const MAX_QUERIES: usize = 500;
const MAX_DATAPOINTS: usize = 100_800;
const STATISTICS_PER_CHARGE: u64 = 5;

/// A request for one page.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) queries: Vec<Query<'a>>,
    start: Timestamp,
    end: Timestamp,
    ascending: bool,
    /// How many datapoints the page may hold; a fault may lower it.
    pub(crate) max_datapoints: usize,
    pub(crate) next_token: Option<&'a str>,
}

/// One query: a statistic of a metric.
#[derive(Debug)]
pub(crate) struct Query<'a> {
    id: &'a str,
    label: Option<&'a str>,
    pub(crate) metric: MetricRef<'a>,
    account: Option<&'a str>,
    period: i64,
    stat: &'a str,
    statistic: Statistic,
    unit: Option<&'a str>,
    return_data: bool,
}

impl<'a> Request<'a> {
    pub(crate) fn read(node: &'a Node<'_>) -> Result<Self, ServiceError> {
        let queries = node.list("MetricDataQueries")?;
        if queries.is_empty() {
            return Err(ServiceError::missing("MetricDataQueries"));
        }
        if queries.len() > MAX_QUERIES {
            return Err(ServiceError::validation(format!(
                "The collection MetricDataQueries must not have a size greater than {MAX_QUERIES}."
            )));
        }
        let (start, end) = (
            node.required_instant("StartTime")?,
            node.required_instant("EndTime")?,
        );
        window::check_order(start, end)?;
        let queries = (1..)
            .zip(queries)
            .map(|(number, query)| Query::read(query, number))
            .collect::<Result<Vec<_>, _>>()?;
        let mut ids = HashSet::with_capacity(queries.len());
        if let Some(twice) = queries.iter().find(|query| !ids.insert(query.id)) {
            return Err(ServiceError::validation(format!(
                "The values for parameter id in MetricDataQueries are not unique: {}.",
                twice.id
            )));
        }
        let ascending = match node.text("ScanBy")? {
            None | Some("TimestampDescending") => false,
            Some("TimestampAscending") => true,
            Some(other) => {
                return Err(ServiceError::validation(format!(
                    "The value {other} for parameter ScanBy is not supported."
                )));
            }
        };
        let max_datapoints = match node.integer("MaxDatapoints")? {
            None => MAX_DATAPOINTS,
            Some(wanted) => usize::try_from(wanted)
                .ok()
                .filter(|wanted| (1..=MAX_DATAPOINTS).contains(wanted))
                .ok_or_else(|| {
                    ServiceError::validation(format!(
                        "The value {wanted} for parameter MaxDatapoints must be between 1 and \
                         {MAX_DATAPOINTS}."
                    ))
                })?,
        };
        let next_token = node.text("NextToken")?;
        Ok(Self {
            queries,
            start,
            end,
            ascending,
            max_datapoints,
            next_token,
        })
    }

    /// The metrics that AWS charges for.
    pub(super) fn billed_metrics(&self) -> u64 {
        let mut identities: Vec<(Option<&str>, &MetricRef<'_>)> = self
            .queries
            .iter()
            .map(|query| (query.account, &query.metric))
            .collect();
        identities.sort_unstable();
        identities
            .chunk_by(|a, b| a == b)
            .map(|statistics| saturate(statistics.len()).div_ceil(STATISTICS_PER_CHARGE))
            .sum()
    }

    pub(crate) fn run<'r>(&'r self, context: &Context<'r>) -> Result<Response<'r>, ServiceError> {
        // Hashing 500 queries is not free, and most calls have one page.
        let fingerprint = || self.fingerprint(context);
        let (first, skip) = match self.next_token {
            None => (0, 0),
            Some(text) => token::open(text, fingerprint())
                .and_then(unpack)
                .ok_or_else(|| {
                    ServiceError::new(INVALID_NEXT_TOKEN, "The NextToken is not valid.")
                })?,
        };
        let mut budget = self.max_datapoints;
        let mut results = Vec::with_capacity(self.queries.len());
        let mut next_token = None;
        let mut buffer = String::new();
        for (index, query) in self.queries.iter().enumerate().skip(first) {
            let offset = if index == first { skip } else { 0 };
            let (mut points, status) = self.points(query, context, &mut buffer);
            points.drain(..offset.min(points.len()));
            let mut result = QueryResult {
                id: query.id,
                label: query.label.unwrap_or(query.metric.name),
                metric: &query.metric,
                points,
                status,
                messages: Vec::new(),
            };
            if result.points.len() > budget {
                result.points.truncate(budget);
                result.status = StatusCode::PartialData;
                next_token = Some(token::seal(fingerprint(), pack(index, offset + budget)));
            }
            budget -= result.points.len();
            if query.return_data {
                results.push(result);
            }
            if next_token.is_some() {
                break;
            }
        }
        Ok(Response {
            results,
            messages: Vec::new(),
            next_token,
        })
    }

    /// All points of a query in the order asked for.
    fn points(
        &self,
        query: &Query<'_>,
        context: &Context<'_>,
        buffer: &mut String,
    ) -> (Vec<(i64, f64)>, StatusCode) {
        let owner = query.account.unwrap_or(&context.account.id);
        let readable =
            owner == &*context.account.id || context.account.linked.iter().any(|it| it == owner);
        if !readable {
            return (Vec::new(), StatusCode::Forbidden);
        }
        let place = context.world.place(owner, context.region);
        let bins = Bins::new(self.start, self.end, query.period, context.now);
        let (Some(metric), Some(bins)) = (place.find(&query.metric, buffer), bins) else {
            return (Vec::new(), StatusCode::Complete);
        };
        if query.unit.is_some_and(|unit| unit != &*metric.unit) {
            return (Vec::new(), StatusCode::Complete);
        }
        let point = |index: i64| {
            let (at, window) = bins.bin(index);
            let series = &metric.series;
            let value = series.value(
                query.stat,
                query.statistic,
                window,
                context.now,
                metric.scale,
            )?;
            Some((at, value))
        };
        let points = if self.ascending {
            (0..bins.len()).filter_map(point).collect()
        } else {
            (0..bins.len()).rev().filter_map(point).collect()
        };
        (points, StatusCode::Complete)
    }

    /// Everything that must stay the same from page to page.
    fn fingerprint(&self, context: &Context<'_>) -> u64 {
        let queries: Vec<_> = self
            .queries
            .iter()
            .map(|query| {
                (
                    query.id,
                    &query.metric,
                    query.period,
                    query.stat,
                    query.unit,
                )
            })
            .collect();
        let window = (self.start, self.end, self.ascending);
        token::fingerprint(&(queries, window, &context.account.id, context.region))
    }
}

/// A query and the number of its points already sent, as one number.
fn pack(query: usize, sent: usize) -> u64 {
    (saturate(query) << 32) | saturate(sent)
}

fn unpack(position: u64) -> Option<(usize, usize)> {
    let sent = usize::try_from(position & u64::from(u32::MAX)).ok()?;
    Some((usize::try_from(position >> 32).ok()?, sent))
}

impl<'a> Query<'a> {
    fn read(node: &'a Node<'_>, number: usize) -> Result<Self, ServiceError> {
        let path = |member: &str| format!("MetricDataQueries.member.{number}.{member}");
        let id = node.required_text("Id")?;
        if !valid_id(id) {
            return Err(ServiceError::validation(format!(
                "The value {id} for parameter {} must match ^[a-z][a-zA-Z0-9_]*$ and have at most \
                 255 characters.",
                path("Id")
            )));
        }
        if node.member("Expression").is_some() {
            return Err(ServiceError::validation(format!(
                "The parameter {} is not supported by the sandbox.",
                path("Expression")
            )));
        }
        let stat_node = node.required("MetricStat")?;
        let metric = stat_node.required("Metric")?;
        let stat = stat_node.required_text("Stat")?;
        let statistic = Statistic::parse(stat).ok_or_else(|| {
            ServiceError::validation(format!(
                "The value {stat} for parameter {} is not supported.",
                path("MetricStat.Stat")
            ))
        })?;
        let period = stat_node
            .integer("Period")?
            .ok_or_else(|| ServiceError::missing("Period"))?;
        window::check_period(period, &path("MetricStat.Period"))?;
        Ok(Self {
            id,
            label: node.text("Label")?,
            metric: MetricRef::new(
                metric.required_text("Namespace")?,
                metric.required_text("MetricName")?,
                read_dims(metric)?,
            ),
            account: node.text("AccountId")?,
            period,
            stat,
            statistic,
            unit: stat_node.text("Unit")?,
            return_data: node.boolean("ReturnData")?.unwrap_or(true),
        })
    }
}

/// `^[a-z][a-zA-Z0-9_]*$`, at most 255 characters.
fn valid_id(id: &str) -> bool {
    id.len() <= 255
        && id.starts_with(|first: char| first.is_ascii_lowercase())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

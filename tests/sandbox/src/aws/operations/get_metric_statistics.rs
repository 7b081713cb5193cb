//! `GetMetricStatistics`: several statistics of one metric, at most 1,440 datapoints.
//!
//! Basic and extended statistics are accepted together: the reference calls them exclusive, and
//! existing exporters send both.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::super::error::{INVALID_COMBINATION, INVALID_VALUE, ServiceError};
use super::super::node::Node;
use super::super::number::mix;
use super::super::shape::{Shape, Writer};
use super::super::statistic::{Extended, Statistic};
use super::super::window::{self, Bins};
use super::super::world::MetricRef;
use super::{Context, read_dims};

const MAX_DATAPOINTS: i64 = 1_440;

/// The statistics wanted of one metric.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    pub(crate) metric: MetricRef<'a>,
    /// By name; basic ones first.
    pub(crate) statistics: Vec<(&'a str, Statistic)>,
    start: Timestamp,
    end: Timestamp,
    period: i64,
    unit: Option<&'a str>,
}

/// The answer. Its datapoints come in no order, as AWS sends them, so that nobody relies on one.
#[derive(Debug)]
pub(crate) struct Response<'a> {
    label: &'a str,
    unit: &'a str,
    pub(crate) datapoints: Vec<Datapoint<'a>>,
}

/// The statistics of one bin.
#[derive(Debug)]
pub(crate) struct Datapoint<'a> {
    at: i64,
    basic: Vec<(&'static str, f64)>,
    extended: Vec<(&'a str, f64)>,
}

impl<'a> Request<'a> {
    pub(crate) fn read(node: &'a Node<'_>) -> Result<Self, ServiceError> {
        let (start, end) = (
            node.required_instant("StartTime")?,
            node.required_instant("EndTime")?,
        );
        window::check_order(start, end)?;
        let period = node
            .integer("Period")?
            .ok_or_else(|| ServiceError::missing("Period"))?;
        window::check_period(period, "Period")?;
        let points = (end.as_second() - start.as_second()) / period;
        if points > MAX_DATAPOINTS {
            return Err(ServiceError::new(
                INVALID_COMBINATION,
                format!(
                    "You have requested up to {points} datapoints, which exceeds the limit of \
                     {MAX_DATAPOINTS}. You may reduce the datapoints requested by increasing \
                     Period, or decreasing the time range."
                ),
            ));
        }
        let metric = MetricRef::new(
            node.required_text("Namespace")?,
            node.required_text("MetricName")?,
            read_dims(node)?,
        );
        let statistics = read_statistics(node)?;
        Ok(Self {
            metric,
            statistics,
            start,
            end,
            period,
            unit: node.text("Unit")?,
        })
    }

    #[expect(clippy::unnecessary_wraps, reason = "every operation may refuse")]
    pub(crate) fn run<'r>(&'r self, context: &Context<'r>) -> Result<Response<'r>, ServiceError> {
        let empty = Response {
            label: self.metric.name,
            unit: "None",
            datapoints: Vec::new(),
        };
        let place = context.world.place(&context.account.id, context.region);
        let bins = Bins::new(self.start, self.end, self.period, context.now);
        let (Some(metric), Some(bins)) = (place.find(&self.metric, &mut String::new()), bins)
        else {
            return Ok(empty);
        };
        if self.unit.is_some_and(|unit| unit != &*metric.unit) {
            return Ok(empty);
        }
        let datapoint = |index| {
            let (at, window) = bins.bin(index);
            let mut point = Datapoint {
                at,
                basic: Vec::new(),
                extended: Vec::new(),
            };
            for (name, statistic) in &self.statistics {
                let (window, scale) = (window.clone(), metric.scale);
                let value = metric
                    .series
                    .value(name, *statistic, window, context.now, scale);
                match (value, basic_name(*statistic)) {
                    (Some(value), Some(basic)) => point.basic.push((basic, value)),
                    (Some(value), None) => point.extended.push((name, value)),
                    (None, _) => {}
                }
            }
            (!point.basic.is_empty() || !point.extended.is_empty()).then_some(point)
        };
        let mut datapoints: Vec<_> = (0..bins.len()).filter_map(datapoint).collect();
        datapoints.sort_by_key(|point| mix(point.at.unsigned_abs()));
        Ok(Response {
            label: &metric.name,
            unit: &metric.unit,
            datapoints,
        })
    }
}

fn read_statistics<'a>(node: &'a Node<'_>) -> Result<Vec<(&'a str, Statistic)>, ServiceError> {
    let basic = node.texts("Statistics")?;
    let extended = node.texts("ExtendedStatistics")?;
    if basic.is_empty() && extended.is_empty() {
        return Err(ServiceError::new(
            INVALID_COMBINATION,
            "At least one of the parameters Statistics and ExtendedStatistics must be specified.",
        ));
    }
    let refuse = |parameter: &str, name: &str| {
        let text = format!("The value {name} for parameter {parameter} is not supported.");
        ServiceError::new(INVALID_VALUE, text)
    };
    let mut names = BTreeSet::new();
    let mut statistics = Vec::with_capacity(basic.len() + extended.len());
    for name in basic {
        let statistic = Statistic::parse(name)
            .filter(|statistic| basic_name(*statistic).is_some())
            .ok_or_else(|| refuse("Statistics", name))?;
        if names.insert(name) {
            statistics.push((name, statistic));
        }
    }
    for name in extended {
        let parsed = Extended::parse(name).ok_or_else(|| refuse("ExtendedStatistics", name))?;
        if names.insert(name) {
            statistics.push((name, Statistic::Extended(parsed)));
        }
    }
    Ok(statistics)
}

const fn basic_name(statistic: Statistic) -> Option<&'static str> {
    match statistic {
        Statistic::SampleCount => Some("SampleCount"),
        Statistic::Average => Some("Average"),
        Statistic::Sum => Some("Sum"),
        Statistic::Minimum => Some("Minimum"),
        Statistic::Maximum => Some("Maximum"),
        Statistic::Extended(_) => None,
    }
}

impl Shape for Response<'_> {
    fn members<W: Writer>(&self, w: &mut W) {
        w.text_member("Label", self.label);
        w.member("Datapoints", |w| {
            w.list(&self.datapoints, |w, point| {
                w.structure(|w| {
                    w.member("Timestamp", |w| w.instant(point.at));
                    for (name, value) in &point.basic {
                        w.member(name, |w| w.double(*value));
                    }
                    w.text_member("Unit", self.unit);
                    if !point.extended.is_empty() {
                        w.member("ExtendedStatistics", |w| {
                            w.map(point.extended.iter().copied(), Writer::double);
                        });
                    }
                });
            });
        });
    }
}

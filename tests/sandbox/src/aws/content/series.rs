//! How a metric's behaviour is written in a content file.
//!
//! Exactly one source: `constant: 5`, `values: [1, 2, 3]` (raw values of every interval),
//! `sine: {mean, amplitude, period_seconds}`, `counter: {start, step, origin}`,
//! `points: [{at, value | values | statistics}]` or `statistics: {Sum: 5, p99: 0.9}`.
//! Optional: `unit`, `interval_seconds` (60), `samples` (1) of a generated value per interval,
//! `present: 3 of 10` intervals, `from` and `until` (exclusive), `lag_seconds`, and `spread: 0.1`,
//! by which every metric gets values of its own within ±10 %.

use std::sync::Arc;

use common::yaml::{Cursor, Fields};
use jiff::Timestamp;

use super::instant::instant;
use crate::aws::series::{Given, Present, Publication, Series, Source};
use crate::aws::statistic::Statistic;

/// Unit and values of a metric.
pub(super) struct Behaviour {
    pub(super) unit: Arc<str>,
    pub(super) series: Arc<Series>,
}

/// Reads a behaviour, or reports what is wrong with it.
pub(super) fn read(value: &Cursor<'_>) -> Option<Behaviour> {
    let mut fields = value.fields()?;
    let unit = fields.get("unit").and_then(|it| it.string());
    let source = source(&mut fields);
    let seconds = |it: Cursor<'_>| it.integer(0..=86_400_i64);
    let interval = fields
        .get("interval_seconds")
        .and_then(|it| it.integer(1..=86_400_i64));
    let lag = fields.get("lag_seconds").and_then(seconds);
    let samples = fields
        .get("samples")
        .and_then(|it| it.integer(1..=1_000_000_u32));
    let present = fields.get("present").and_then(|it| present(&it));
    let from = fields.get("from").and_then(|it| second(&it));
    let until = fields.get("until").and_then(|it| second(&it));
    let spread = fields.get("spread").and_then(|it| float(&it));
    fields.deny_unknown();
    let series = Series {
        source: source?,
        interval: interval.unwrap_or(60),
        samples: samples.unwrap_or(1),
        present,
        from,
        until,
        lag: lag.unwrap_or(0),
        spread: spread.unwrap_or(0.0),
    };
    Some(Behaviour {
        unit: unit.unwrap_or_else(|| "None".to_owned()).into(),
        series: Arc::new(series),
    })
}

fn source(fields: &mut Fields<'_>) -> Option<Source> {
    let mut found = Vec::new();
    let mut stated = 0;
    let mut take = |value: Option<Cursor<'_>>, read: fn(&Cursor<'_>) -> Option<Source>| {
        if let Some(value) = value {
            stated += 1;
            found.extend(read(&value));
        }
    };
    take(fields.get("constant"), |it| float(it).map(Source::Constant));
    take(fields.get("values"), |it| floats(it).map(Source::Values));
    take(fields.get("sine"), sine);
    take(fields.get("counter"), counter);
    take(fields.get("points"), points);
    take(fields.get("statistics"), |it| {
        statistics(it).map(Source::Statistics)
    });
    if stated != 1 {
        let kinds = "constant, values, sine, counter, points and statistics";
        fields
            .cursor()
            .error(format!("must have exactly one of {kinds}"));
        return None;
    }
    found.pop()
}

fn sine(value: &Cursor<'_>) -> Option<Source> {
    let mut fields = value.fields()?;
    let mean = fields.required("mean").and_then(|it| float(&it));
    let amplitude = fields.required("amplitude").and_then(|it| float(&it));
    let period = fields
        .required("period_seconds")
        .and_then(|it| it.integer(1..=31_536_000_i64));
    fields.deny_unknown();
    Some(Source::Sine {
        mean: mean?,
        amplitude: amplitude?,
        period: period?,
    })
}

fn counter(value: &Cursor<'_>) -> Option<Source> {
    let mut fields = value.fields()?;
    let start = fields.required("start").and_then(|it| float(&it));
    let step = fields.required("step").and_then(|it| float(&it));
    let origin = fields.required("origin").and_then(|it| second(&it));
    fields.deny_unknown();
    Some(Source::Counter {
        start: start?,
        step: step?,
        origin: origin?,
    })
}

fn points(value: &Cursor<'_>) -> Option<Source> {
    let mut points: Vec<_> = value.items()?.iter().filter_map(point).collect();
    points.sort_by_key(|(at, _)| *at);
    Some(Source::Points(points))
}

fn point(item: &Cursor<'_>) -> Option<(i64, Publication)> {
    let mut fields = item.fields()?;
    let at = fields.required("at").and_then(|it| second(&it));
    let value = fields
        .get("value")
        .map(|it| float(&it).map(|value| vec![value]));
    let values = fields.get("values").map(|it| floats(&it));
    let given = fields.get("statistics").map(|it| statistics(&it));
    let publication = match (value.or(values), given) {
        (Some(values), None) => values.map(Publication::Values),
        (None, Some(given)) => given.map(Publication::Statistics),
        (Some(_), Some(_)) | (None, None) => {
            item.error("must have either value, values or statistics");
            None
        }
    };
    fields.deny_unknown();
    Some((at?, publication?))
}

fn statistics(value: &Cursor<'_>) -> Option<Given> {
    let read = |(name, value): (&common::yaml::Key, Cursor<'_>)| {
        if Statistic::parse(&name.text).is_none() {
            value.error("is not the value of a statistic that CloudWatch knows");
            return None;
        }
        Some((name.text.clone(), float(&value)?))
    };
    Some(value.entries()?.into_iter().filter_map(read).collect())
}

/// `3 of 10`.
fn present(value: &Cursor<'_>) -> Option<Present> {
    let text = value.string()?;
    let read = |(n, m): (&str, &str)| {
        Some(Present {
            n: n.parse().ok()?,
            m: m.parse().ok()?,
        })
    };
    let present = text
        .split_once(" of ")
        .and_then(read)
        .filter(|it| 0 < it.n && it.n <= it.m);
    if present.is_none() {
        value.error("must read like `3 of 10`");
    }
    present
}

fn second(value: &Cursor<'_>) -> Option<i64> {
    instant(value).map(Timestamp::as_second)
}

fn floats(value: &Cursor<'_>) -> Option<Vec<f64>> {
    value.items()?.iter().map(float).collect()
}

fn float(value: &Cursor<'_>) -> Option<f64> {
    let parsed = value
        .source_text()?
        .parse::<f64>()
        .ok()
        .filter(|number| number.is_finite());
    if parsed.is_none() {
        value.error("must be a finite number");
    }
    parsed
}

//! What a metric publishes over time, and its statistics over a bin.
//!
//! A metric publishes once an interval; a publication becomes visible when its interval (and an
//! optional lag) is over. Statistics are derived from raw values, or given outright.

use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::ops::Range;

use super::number::float;
use super::statistic::Statistic;

#[cfg(test)]
mod tests;

/// A metric's behaviour; metrics of one group share it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    pub(crate) source: Source,
    /// Seconds between publications.
    pub(crate) interval: i64,
    /// How many samples of the generated value one publication holds.
    pub(crate) samples: u32,
    /// Publishes in the first `n` of every `m` intervals.
    pub(crate) present: Option<Present>,
    /// First and last (exclusive) second with data.
    pub(crate) from: Option<i64>,
    pub(crate) until: Option<i64>,
    /// Seconds by which publications are late.
    pub(crate) lag: i64,
    /// The relative range in which single metrics differ from the generated value.
    pub(crate) spread: f64,
}

/// `n of m` intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Present {
    pub(crate) n: i64,
    pub(crate) m: i64,
}

/// Where values come from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Source {
    Constant(f64),
    /// These raw values in every interval.
    Values(Vec<f64>),
    /// `mean + amplitude · sin(2π · t / period)`, period in seconds.
    Sine {
        mean: f64,
        amplitude: f64,
        period: i64,
    },
    /// `start` at `origin`, `step` more every interval.
    Counter {
        start: f64,
        step: f64,
        origin: i64,
    },
    /// Only these publications, ordered by time.
    Points(Vec<(i64, Publication)>),
    /// These statistics in every interval.
    Statistics(Given),
}

/// Statistics by name that need no raw values.
pub(crate) type Given = BTreeMap<String, f64>;

/// What one explicit point holds.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Publication {
    Values(Vec<f64>),
    Statistics(Given),
}

/// One publication as it is visited.
enum Seen<'a> {
    Sample { value: f64, count: u32 },
    Given(&'a Given),
}

impl Series {
    /// A constant published every minute.
    pub(crate) fn constant(value: f64) -> Self {
        Self {
            source: Source::Constant(value),
            interval: 60,
            samples: 1,
            present: None,
            from: None,
            until: None,
            lag: 0,
            spread: 0.0,
        }
    }

    /// The statistic `name` (already parsed as `statistic`) of the publications in `window` that
    /// are visible at `now`. `scale` multiplies generated values. `None`: no datapoint.
    pub(crate) fn value(
        &self,
        name: &str,
        statistic: Statistic,
        window: Range<i64>,
        now: i64,
        scale: f64,
    ) -> Option<f64> {
        if let Statistic::Extended(extended) = statistic {
            let mut samples = Vec::new();
            let mut given = Tally::default();
            self.visit(window, now, scale, |seen| match seen {
                Seen::Sample { value, count } => samples.push((value, count)),
                Seen::Given(statistics) => given.add_optional(statistics.get(name)),
            });
            return given.average().or_else(|| extended.over(&mut samples));
        }
        let mut raw = Tally::default();
        let mut given = Tally::default();
        self.visit(window, now, scale, |seen| match seen {
            Seen::Sample { value, count } => raw.add(value, count),
            Seen::Given(statistics) => given.add_optional(statistics.get(name)),
        });
        given.combine(statistic).or_else(|| raw.derive(statistic))
    }

    /// When the newest publication that is visible at `now` was made.
    pub(crate) fn last(&self, now: i64) -> Option<i64> {
        let visible = self.visible(i64::MIN..i64::MAX, now);
        let newest = match &self.source {
            Source::Points(points) => points
                .iter()
                .rev()
                .map(|(at, _)| *at)
                .find(|at| visible.contains(at))?,
            Source::Constant(_)
            | Source::Values(_)
            | Source::Sine { .. }
            | Source::Counter { .. }
            | Source::Statistics(_) => {
                let mut turn = (visible.end - 1).div_euclid(self.interval);
                if let Some(Present { n, m }) = self.present {
                    turn -= (turn.rem_euclid(m) - (n - 1)).max(0);
                }
                turn * self.interval
            }
        };
        visible.contains(&newest).then_some(newest)
    }

    /// The part of `window` in which publications exist and are visible.
    fn visible(&self, window: Range<i64>, now: i64) -> Range<i64> {
        let newest = now - self.interval - self.lag + 1;
        let end = window.end.min(self.until.unwrap_or(i64::MAX)).min(newest);
        window.start.max(self.from.unwrap_or(i64::MIN))..end
    }

    fn visit<'s>(
        &'s self,
        window: Range<i64>,
        now: i64,
        scale: f64,
        mut each: impl FnMut(Seen<'s>),
    ) {
        let window = self.visible(window, now);
        if let Source::Points(points) = &self.source {
            let first = points.partition_point(|(at, _)| *at < window.start);
            for (_, publication) in points
                .iter()
                .skip(first)
                .take_while(|(at, _)| *at < window.end)
            {
                match publication {
                    Publication::Values(values) => {
                        for value in values {
                            each(Seen::Sample {
                                value: *value,
                                count: 1,
                            });
                        }
                    }
                    Publication::Statistics(given) => each(Seen::Given(given)),
                }
            }
            return;
        }
        let interval = self.interval;
        let mut turn =
            window.start.div_euclid(interval) + i64::from(window.start.rem_euclid(interval) > 0);
        while turn * interval < window.end {
            if self
                .present
                .is_none_or(|Present { n, m }| turn.rem_euclid(m) < n)
            {
                self.publish(turn, scale, &mut each);
            }
            turn += 1;
        }
    }

    /// What interval number `turn` publishes.
    fn publish<'s>(&'s self, turn: i64, scale: f64, each: &mut impl FnMut(Seen<'s>)) {
        let at = turn * self.interval;
        let value = match &self.source {
            Source::Constant(value) => *value,
            Source::Sine {
                mean,
                amplitude,
                period,
            } => {
                let phase = float(at.rem_euclid(*period)) / float(*period);
                mean + amplitude * (TAU * phase).sin()
            }
            Source::Counter {
                start,
                step,
                origin,
            } => start + step * float((at - origin).div_euclid(self.interval)),
            Source::Values(values) => {
                for value in values {
                    each(Seen::Sample {
                        value: value * scale,
                        count: self.samples,
                    });
                }
                return;
            }
            Source::Statistics(given) => return each(Seen::Given(given)),
            Source::Points(_) => return,
        };
        each(Seen::Sample {
            value: value * scale,
            count: self.samples,
        });
    }
}

/// The running basic statistics of a bin.
#[derive(Debug, Default)]
struct Tally {
    count: i64,
    sum: f64,
    minimum: f64,
    maximum: f64,
}

impl Tally {
    fn add(&mut self, value: f64, count: u32) {
        if self.count == 0 {
            (self.minimum, self.maximum) = (value, value);
        }
        self.minimum = self.minimum.min(value);
        self.maximum = self.maximum.max(value);
        self.sum += value * f64::from(count);
        self.count += i64::from(count);
    }

    fn add_optional(&mut self, value: Option<&f64>) {
        if let Some(value) = value {
            self.add(*value, 1);
        }
    }

    fn average(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum / float(self.count))
    }

    /// The statistic of raw values.
    fn derive(&self, statistic: Statistic) -> Option<f64> {
        let average = self.average()?;
        Some(match statistic {
            Statistic::SampleCount => float(self.count),
            Statistic::Average | Statistic::Extended(_) => average,
            Statistic::Sum => self.sum,
            Statistic::Minimum => self.minimum,
            Statistic::Maximum => self.maximum,
        })
    }

    /// One statistic out of the same given for several intervals: counts and sums add up, extremes
    /// stay extremes, everything else is averaged.
    fn combine(&self, statistic: Statistic) -> Option<f64> {
        match statistic {
            Statistic::SampleCount => (self.count > 0).then_some(self.sum),
            Statistic::Average
            | Statistic::Sum
            | Statistic::Minimum
            | Statistic::Maximum
            | Statistic::Extended(_) => self.derive(statistic),
        }
    }
}

//! Series against a naive model that asks every second.

use proptest::prelude::*;

use super::*;
use crate::aws::number::float_len;

fn source() -> impl Strategy<Value = Source> {
    prop_oneof![
        (-5.0..5.0_f64).prop_map(Source::Constant),
        prop::collection::vec(-5.0..5.0_f64, 1..4).prop_map(Source::Values),
        (1..500_i64).prop_map(|period| Source::Sine {
            mean: 1.0,
            amplitude: 3.0,
            period
        }),
        (-1.0..1.0_f64).prop_map(|step| Source::Counter {
            start: 2.0,
            step,
            origin: 300
        }),
        prop::collection::vec((0..2_000_i64, -5.0..5.0_f64), 0..9).prop_map(|mut points| {
            points.sort_by_key(|(at, _)| *at);
            let point = |(at, value)| (at, Publication::Values(vec![value]));
            Source::Points(points.into_iter().map(point).collect())
        }),
    ]
}

prop_compose! {
    fn series()(
        source in source(),
        interval in prop::sample::select(vec![1_i64, 10, 60, 300]),
        samples in 1..4_u32,
        present in prop::option::of((1..4_i64, 0..4_i64)),
        from in prop::option::of(0..1_000_i64),
        until in prop::option::of(0..2_000_i64),
        lag in 0..100_i64,
    ) -> Series {
        let present = present.map(|(n, more)| Present { n, m: n + more });
        Series { source, interval, samples, present, from, until, lag, spread: 0.0 }
    }
}

/// Every raw value in `window`, found by asking every second.
fn naive(series: &Series, window: Range<i64>, now: i64, scale: f64) -> Vec<f64> {
    let exists = |at: &i64| {
        series.from.is_none_or(|from| from <= *at)
            && series.until.is_none_or(|until| *at < until)
            && at + series.interval + series.lag <= now
    };
    let mut values = Vec::new();
    for at in window.filter(exists) {
        if let Source::Points(points) = &series.source {
            for (_, publication) in points.iter().filter(|(its, _)| *its == at) {
                let Publication::Values(given) = publication else {
                    continue;
                };
                values.extend(given);
            }
            continue;
        }
        let turn = at / series.interval;
        let silent = series.present.is_some_and(|it| turn % it.m >= it.n);
        if at % series.interval != 0 || silent {
            continue;
        }
        let generated = match &series.source {
            Source::Constant(value) => vec![*value],
            Source::Values(values) => values.clone(),
            Source::Sine {
                mean,
                amplitude,
                period,
            } => {
                vec![mean + amplitude * (TAU * float(at % period) / float(*period)).sin()]
            }
            Source::Counter {
                start,
                step,
                origin,
            } => {
                vec![start + step * float((at - origin).div_euclid(series.interval))]
            }
            Source::Points(_) | Source::Statistics(_) => Vec::new(),
        };
        for value in generated {
            values.extend((0..series.samples).map(|_| value * scale));
        }
    }
    values
}

proptest! {
    #[test]
    fn statistics_agree_with_a_list_of_all_raw_values(
        series in series(),
        start in 0..2_000_i64,
        length in 1..600_i64,
        now in 0..2_500_i64,
    ) {
        let window = start..start + length;
        let values = naive(&series, window.clone(), now, 1.5);
        let value = |name: &str| {
            let statistic = Statistic::parse(name).unwrap();
            series.value(name, statistic, window.clone(), now, 1.5)
        };
        let some = |value: f64| (!values.is_empty()).then_some(value);
        let sum: f64 = values.iter().sum();
        let close = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() < 1e-9 * (1.0 + b.abs()),
            (a, b) => a == b,
        };
        prop_assert_eq!(value("SampleCount"), some(float_len(values.len())));
        prop_assert!(close(value("Sum"), some(sum)));
        prop_assert!(close(value("Average"), some(sum / float_len(values.len()))));
        prop_assert!(close(value("Minimum"), values.iter().copied().reduce(f64::min)));
        prop_assert!(close(value("Maximum"), values.iter().copied().reduce(f64::max)));
        let largest = values.iter().copied().reduce(f64::max);
        let percentile = largest.filter(|_| values.iter().all(|value| *value >= 0.0));
        prop_assert!(close(value("p100"), percentile));
    }

    #[test]
    fn the_newest_publication_is_the_last_second_that_has_values(
        series in series(),
        now in 0..2_500_i64,
    ) {
        let newest = (0..now)
            .rev()
            .find(|at| !naive(&series, *at..at + 1, now, 1.0).is_empty());
        prop_assert_eq!(series.last(now).filter(|at| *at >= 0), newest);
    }
}

#[test]
fn given_statistics_are_combined_over_a_bin_by_their_meaning() {
    let given = [
        ("Sum", 10.0),
        ("SampleCount", 2.0),
        ("Maximum", 9.0),
        ("p99", 8.5),
    ];
    let given: Given = given.map(|(name, value)| (name.to_owned(), value)).into();
    let series = Series {
        source: Source::Statistics(given),
        ..Series::constant(0.0)
    };
    let value =
        |name: &str| series.value(name, Statistic::parse(name).unwrap(), 0..300, 10_000, 1.0);
    assert_eq!(value("Sum"), Some(50.0));
    assert_eq!(value("SampleCount"), Some(10.0));
    assert_eq!(value("Maximum"), Some(9.0));
    assert_eq!(value("p99"), Some(8.5));
    // What is not given does not exist: there are no raw values to derive it from.
    assert_eq!(value("Average"), None);
    assert_eq!(value("p50"), None);
}

#[test]
fn a_minute_is_visible_when_it_is_over_and_its_lag_has_passed() {
    let series = Series {
        lag: 30,
        ..Series::constant(1.0)
    };
    let at = |now| series.value("Sum", Statistic::Sum, 600..660, now, 1.0);
    assert_eq!(at(689), None);
    assert_eq!(at(690), Some(1.0));
    assert_eq!(series.last(689), Some(540));
}

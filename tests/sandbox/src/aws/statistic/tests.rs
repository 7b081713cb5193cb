//! The syntax of statistics, known samples, and a naive model of counted samples.

use proptest::prelude::*;

use super::*;
use crate::aws::number::float_len;

#[test]
fn the_documented_syntax_is_accepted_and_nothing_else() {
    for good in [
        "SampleCount",
        "Average",
        "Sum",
        "Minimum",
        "Maximum",
        "p0",
        "p9",
        "p99",
        "p100",
        "p99.9",
        "p99.9999999999",
        "tm90",
        "tc100",
        "ts0.5",
        "wm98",
        "TM(2%:98%)",
        "TM(:95%)",
        "TC(10:)",
        "TS(1.5:200)",
        "WM(10%:)",
        "PR(:300)",
        "PR(100:2000)",
        "IQM",
    ] {
        assert!(Statistic::parse(good).is_some(), "{good}");
    }
    for bad in [
        "",
        "average",
        "Count",
        "Milliseconds",
        "p",
        "p101",
        "p-1",
        "p1e1",
        "p99.99999999999",
        "P99",
        "tm",
        "tm101",
        "TM99",
        "tm(1:2)",
        "TM(:)",
        "TM(1:2",
        "TM(1%:2)",
        "TM(1:2%)",
        "Tm(1:2)",
        "PR(:)",
        "PR(1%:2%)",
        "pr(1:2)",
        "IQM(1:2)",
        "é9",
    ] {
        assert_eq!(Statistic::parse(bad), None, "{bad}");
    }
}

#[test]
fn extended_statistics_of_a_known_sample() {
    let ten: Vec<(f64, u32)> = (1..=10_u32).map(|value| (f64::from(value), 1)).collect();
    for (name, expected) in [
        ("p0", 1.0),
        ("p50", 5.0),
        ("p90", 9.0),
        ("p91", 10.0),
        ("p100", 10.0),
        ("tm90", 5.0),
        ("TM(20%:80%)", 5.5),
        ("tc90", 9.0),
        ("ts90", 45.0),
        ("IQM", 5.5),
        ("TM(2:8)", 5.5),
        ("TC(2:8)", 6.0),
        ("TS(:3)", 6.0),
        ("wm90", 5.4),
        ("WM(3:8)", 5.5),
        // Of ten values 95 % end in the tenth.
        ("tm95", 5.5),
        ("PR(2:8)", 60.0),
        ("PR(:5)", 50.0),
    ] {
        let found = Extended::parse(name).unwrap().over(&mut ten.clone());
        assert!(
            (found.unwrap() - expected).abs() < 1e-9,
            "{name}: {found:?}"
        );
    }
}

#[test]
fn a_percentile_of_negative_values_and_a_mean_of_nothing_are_no_datapoint() {
    let negative = [(-1.0, 1), (2.0, 1)];
    let over = |name: &str| Extended::parse(name).unwrap().over(&mut negative.clone());
    assert_eq!(over("p50"), None);
    assert_eq!(over("TM(5:9)"), None);
    assert_eq!(over("TC(5:9)"), Some(0.0));
    assert_eq!(Extended::Percentile(50.0).over(&mut []), None);
}

proptest! {
    #[test]
    fn counted_samples_agree_with_a_sorted_list_of_single_values(
        samples in prop::collection::vec((0..50_i32, 1..5_u32), 1..12),
        lower in 0..50_u32,
        width in 1..50_u32,
    ) {
        let mut counted: Vec<(f64, u32)> =
            samples.iter().map(|(value, count)| (f64::from(*value), *count)).collect();
        let mut single: Vec<f64> = counted
            .iter()
            .flat_map(|(value, count)| (0..*count).map(|_| *value))
            .collect();
        single.sort_by(f64::total_cmp);
        let (lower, upper) = (f64::from(lower), f64::from(lower + width));
        let total = float_len(single.len());
        let rank = |rank: f64| usize::try_from(whole(rank)).unwrap();
        let first = rank((lower * total / 100.0).floor());
        let last = rank((upper * total / 100.0).ceil());
        let inside = &single[first..last];
        let mean = |values: &[f64]| {
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / float_len(values.len()))
        };
        let mut over = |extended: Extended| extended.over(&mut counted);
        let bounds = Bounds::Percent { lower, upper };
        let trim = |take| Extended::Trim { take, bounds };
        let close = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => (a - b).abs() < 1e-6,
            (a, b) => a == b,
        };
        prop_assert!(close(over(trim(Take::Mean)), mean(inside)));
        prop_assert!(close(over(trim(Take::Count)), Some(float_len(inside.len()))));
        prop_assert!(close(over(trim(Take::Sum)), Some(inside.iter().sum())));
        let winsorized = inside.first().zip(inside.last()).map(|(low, high)| {
            single.iter().map(|value| value.clamp(*low, *high)).sum::<f64>()
                / total
        });
        prop_assert!(close(over(trim(Take::Winsorized)), winsorized));
                prop_assert_eq!(over(Extended::Percentile(upper)), Some(single[last - 1]));
    }
}

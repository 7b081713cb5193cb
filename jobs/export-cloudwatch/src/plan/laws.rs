//! Laws of the planner, on random configurations.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use proptest::prelude::*;

use super::window::floor_to;
use super::*;
use crate::config::{RuleNumber, Statistic};
use crate::metric::{Dimension, Metric};

const NOW: i64 = 1_795_003_237;

/// A rule as the planner sees it, owning what [`Demand`] borrows.
#[derive(Debug, Clone)]
struct Rule {
    window: Window,
    statistics: Vec<Statistic>,
    metrics: Vec<Metric>,
}

fn metric(name: u8, resource: u16) -> Metric {
    let dimension = Dimension {
        name: "Id".into(),
        value: resource.to_string().into(),
    };
    Metric {
        namespace: "App".into(),
        name: format!("M{name}").into(),
        dimensions: [dimension].into(),
    }
}

fn statistics() -> impl Strategy<Value = Vec<Statistic>> {
    let basic = [
        Statistic::Sum,
        Statistic::SampleCount,
        Statistic::Minimum,
        Statistic::Maximum,
        Statistic::Average,
    ];
    let extended = (1..=10).map(|p| Statistic::Extended(format!("p{p}").into()));
    let all: Vec<_> = basic.into_iter().chain(extended).collect();
    prop_oneof![
        3 => Just(all[..5].to_vec()),
        2 => proptest::sample::subsequence(all, 1..=15),
    ]
}

fn window() -> impl Strategy<Value = Window> {
    let period =
        prop_oneof![5 => Just(60), 2 => Just(300), 1 => Just(3600), 1 => Just(10), 1 => Just(420)];
    let range =
        prop_oneof![4 => Just(600), 1 => Just(3600), 1 => Just(86_400), 1 => Just(9_000_000)];
    let delay = prop_oneof![3 => Just(600), 1 => Just(0), 1 => Just(10_800)];
    (period, range, delay).prop_map(|(period, range, delay): (i64, i64, i64)| {
        let end = NOW - delay;
        Window {
            start: floor_to(end - range, period),
            end,
            period,
        }
    })
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let rule = (window(), statistics(), 0_u8..4, 0_u16..700, 0_u16..700).prop_map(
        |(window, statistics, name, from, count)| Rule {
            window,
            statistics,
            metrics: (from..from + count)
                .map(|resource| metric(name, resource))
                .collect(),
        },
    );
    proptest::collection::vec(rule, 0..6)
}

fn planned(rules: &[Rule], calls: Calls) -> Plan {
    let demands: Vec<Demand<'_>> = rules
        .iter()
        .enumerate()
        .map(|(index, rule)| Demand {
            rule: RuleNumber::new(index + 1),
            window: rule.window,
            statistics: &rule.statistics,
            metrics: &rule.metrics,
        })
        .collect();
    plan(
        &demands,
        Timestamp::from_second(NOW).unwrap(),
        calls,
        Pace::DEFAULT,
    )
}

/// (metric, period) → statistics, computed the plain way.
fn wanted(rules: &[Rule]) -> BTreeMap<(Metric, i64), BTreeSet<Statistic>> {
    let mut wanted: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for rule in rules {
        for metric in &rule.metrics {
            let key = (metric.clone(), rule.window.period);
            wanted
                .entry(key)
                .or_default()
                .extend(rule.statistics.iter().cloned());
        }
    }
    wanted
}

fn both() -> impl Strategy<Value = Calls> {
    prop_oneof![Just(Calls::Fastest), Just(Calls::Fewest)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn everything_wanted_is_asked_for_exactly_once(rules in rules(), calls in both()) {
        let plan = planned(&rules, calls);
        let mut asked: BTreeMap<(Metric, i64), BTreeSet<Statistic>> = BTreeMap::new();
        for at in plan.calls.iter().flat_map(|call| &call.units) {
            let unit = &plan.units[*at];
            let statistics: BTreeSet<_> = unit.statistics.iter().cloned().collect();
            prop_assert_eq!(statistics.len(), unit.statistics.len(), "a statistic twice in a unit");
            let twice = asked.insert((unit.metric.clone(), unit.period), statistics);
            prop_assert!(twice.is_none(), "{} is in two calls", unit.metric);
        }
        prop_assert_eq!(asked, wanted(&rules));
    }

    #[test]
    fn every_call_keeps_the_limits(rules in rules(), calls in both()) {
        let plan = planned(&rules, calls);
        for call in &plan.calls {
            let units = call.units.iter().map(|at| &plan.units[*at]);
            prop_assert!(call.queries <= QUERIES_PER_CALL);
            prop_assert_eq!(call.queries, units.clone().map(Unit::queries).sum::<usize>());
            prop_assert!(call.points <= POINTS_PER_CALL || call.units.len() == 1);
            for unit in units {
                prop_assert!(call.start <= unit.start && unit.end <= call.end);
                prop_assert_eq!(call.start % unit.period, 0, "bins would be shifted");
                for want in &unit.wanted_by {
                    prop_assert!(unit.start <= want.window.start && want.window.end <= unit.end);
                }
                let now = Timestamp::from_second(NOW).unwrap();
                prop_assert!(
                    Window::is_kept(unit.period, call.start, now)
                        || !Window::is_kept(unit.period, unit.start, now),
                    "sharing a window lost datapoints"
                );
            }
        }
    }

    #[test]
    fn the_bill_is_the_least_possible_whatever_the_number_of_calls(rules in rules(), calls in both()) {
        let least: usize = wanted(&rules).values().map(|s| s.len().div_ceil(5)).sum();
        // As AWS counts: per call and metric, five statistics are one.
        let plan = planned(&rules, calls);
        let mut billed = 0;
        for call in &plan.calls {
            let mut statistics: BTreeMap<(&Metric, i64), usize> = BTreeMap::new();
            for unit in call.units.iter().map(|at| &plan.units[*at]) {
                *statistics.entry((&unit.metric, unit.period)).or_default() += unit.queries();
            }
            billed += statistics.values().map(|count| count.div_ceil(5)).sum::<usize>();
        }
        prop_assert_eq!(billed, least);
        prop_assert_eq!(plan.price().billed_metrics, u64::try_from(least).unwrap());
    }

    #[test]
    fn one_window_needs_hardly_more_calls_than_the_bound(
        window in window().prop_filter("short", |window| window.points() <= 20),
        statistics in statistics(),
        count in 0_u16..2000,
    ) {
        let rules =
            [Rule { window, statistics, metrics: (0..count).map(|r| metric(0, r)).collect() }];
        let plan = planned(&rules, Calls::Fewest);
        let (queries, largest) = (plan.queries(), rules[0].statistics.len());
        prop_assert!(plan.calls.len() >= queries.div_ceil(QUERIES_PER_CALL));
        prop_assert!(plan.calls.len() <= queries.div_ceil(501 - largest) + 1);
        prop_assert_eq!(plan.calls.len(), plan.fewest_calls);
    }

    #[test]
    fn more_calls_are_used_only_where_they_are_faster(rules in rules()) {
        let plan = planned(&rules, Calls::Fastest);
        prop_assert!(plan.calls.len() >= plan.fewest_calls);
        prop_assert!(plan.seconds() <= plan.seconds_with_fewest_calls);
    }
}

/// A plan for so many metrics with the five usual statistics in the usual window.
fn usual(metrics: u16) -> Plan {
    let basic = Statistic::BASIC.to_vec();
    let start = floor_to(NOW - 1200, 60);
    let window = Window {
        start,
        end: NOW - 600,
        period: 60,
    };
    let metrics = (0..metrics).map(|resource| metric(0, resource)).collect();
    planned(
        &[Rule {
            window,
            statistics: basic,
            metrics,
        }],
        Calls::Fastest,
    )
}

#[test]
fn a_thousand_series_take_twenty_calls_of_fifty() {
    let plan = usual(200);
    let sizes: Vec<_> = plan.calls.iter().map(|call| call.queries).collect();
    assert_eq!(sizes, [50; 20]);
    assert_eq!(plan.fewest_calls, 2);
    assert!((plan.seconds() - 0.075).abs() < 1e-9);
    assert!((plan.seconds_with_fewest_calls - 0.300).abs() < 1e-9);
}

#[test]
fn fifty_thousand_series_keep_the_fewest_calls_because_the_rate_limit_rules() {
    let plan = usual(10_000);
    assert_eq!((plan.calls.len(), plan.fewest_calls), (100, 100));
}

#[test]
fn windows_share_calls_where_that_saves_some() {
    let statistics = vec![Statistic::Average];
    let end = NOW - 600;
    let window = |range, period| Window {
        start: floor_to(end - range, period),
        end,
        period,
    };
    let rule = |window, name| Rule {
        window,
        statistics: statistics.clone(),
        metrics: vec![metric(name, 1)],
    };
    let rules = [rule(window(600, 60), 0), rule(window(900, 300), 1)];
    let plan = planned(&rules, Calls::Fewest);
    assert_eq!(plan.calls.len(), 1);
    assert_eq!(plan.calls[0].start % 300, 0);
}

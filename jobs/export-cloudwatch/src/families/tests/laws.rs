//! Property tests over nasty names, colliding dimensions and repeated metrics.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use common::exposition::{render, validate};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::super::{Built, RESOURCE_INFO, build};
use super::{config, reading, rule, tagged};
use crate::config::{Config, Rule, Statistic};
use crate::fetch::Reading;
use crate::naming::{RuleNames, SeriesLabels};
use crate::observe::RuleMetrics;

const NAMESPACES: [&str; 6] = ["AWS/ES", "aws-es", "7App", "Ä/ö", "a:b", ""];
const METRICS: [&str; 7] = ["Errors", "errors", "5xx", "Überlast", "IO%", "x:y", "a_sum"];
const DIMENSIONS: [&str; 12] = [
    "job",
    "Job",
    "Instance",
    "A",
    "a",
    "a b",
    "a/b",
    "a_b_2",
    "5xx",
    "Ünï",
    "arn",
    "dimension_job",
];
const VALUES: [&str; 5] = ["", "1", "2", "ü\"\\\n", "job"];
const TAGS: [&str; 6] = ["foo/bar", "foo:bar", "Foo:bar", "9", "", "foo_bar_2"];

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let mut statistics = Statistic::BASIC.to_vec();
    statistics.extend(["p99", "p99.9", "TM(2%:98%)"].map(|text| Statistic::Extended(text.into())));
    let one = (
        select(&NAMESPACES[..]),
        select(&METRICS[..]),
        subsequence(statistics, 1..=8),
    );
    vec(one, 1..6).prop_map(|rules| {
        let numbered = (1..).zip(rules);
        let rules = numbered.map(|(number, (namespace, metric, statistics))| Rule {
            statistics,
            ..rule(number, namespace, metric, None)
        });
        rules.collect()
    })
}

/// Readings of the rules; within a rule no metric twice, as `fetch` promises.
fn readings(rules: Vec<Rule>) -> impl Strategy<Value = (Vec<Rule>, Vec<Reading>)> {
    let dimensions = subsequence(DIMENSIONS.to_vec(), 0..5)
        .prop_shuffle()
        .prop_flat_map(|names| {
            vec(select(&VALUES[..]), names.len())
                .prop_map(move |values| names.iter().copied().zip(values).collect::<Vec<_>>())
        });
    let value = prop_oneof![
        3 => any::<i16>().prop_map(|value| Some(f64::from(value))),
        1 => Just(Some(f64::NAN)),
        1 => Just(None)
    ];
    let one = (
        any::<prop::sample::Index>(),
        dimensions,
        0_i64..4,
        vec(value, 8),
    );
    vec(one, 0..40).prop_map(move |drafts| {
        let mut seen = BTreeSet::new();
        let readings = drafts
            .into_iter()
            .filter_map(|(index, dimensions, minute, values)| {
                let rule = index.get(&rules);
                let values = &values[..rule.statistics.len()];
                let reading = reading(rule, &dimensions, minute, values);
                let filled = values.iter().any(Option::is_some);
                (filled && seen.insert((reading.rule, reading.metric.clone()))).then_some(reading)
            });
        let readings = readings.collect();
        (rules.clone(), readings)
    })
}

/// A run with resources for some of its rules.
fn runs() -> impl Strategy<Value = (Config, Vec<Reading>, Vec<RuleMetrics>)> {
    let arns = vec(
        vec(
            (
                select(&["arn:1", "arn:2", "arn:3"][..]),
                subsequence(TAGS.to_vec(), 0..5),
            ),
            0..3,
        ),
        6,
    );
    let dimension = select(&["Id", "arn", "tag foo bar", "job", "7"][..]);
    (rules().prop_flat_map(readings), arns, dimension).prop_map(
        |((mut rules, readings), arns, dimension)| {
            let resolved = rules
                .iter_mut()
                .zip(arns)
                .filter(|(_, arns)| !arns.is_empty());
            let resolved = resolved.map(|(rule, arns)| {
                let pairs: Vec<_> = arns.iter().map(|(arn, _)| (*arn, "x")).collect();
                let mut resolved = tagged(rule, dimension, &pairs);
                for (resource, (_, tags)) in resolved.resources.iter_mut().zip(arns) {
                    resource.tags = (0..)
                        .zip(tags)
                        .map(|(n, key)| (key.to_owned(), (n % 2).to_string()))
                        .collect();
                }
                resolved
            });
            let resolved = resolved.collect();
            (config(&rules), readings, resolved)
        },
    )
}

fn text(built: &Built) -> Vec<u8> {
    let mut text = Vec::new();
    for group in &built.groups {
        text.extend(format!("# group {}\n", group.job).into_bytes());
        render(&group.families, &mut text).unwrap();
    }
    text
}

/// Group, family and the labels that are not empty.
type Series = (String, String, BTreeMap<String, String>);

fn series(job: &str, family: &str, labels: &common::exposition::Labels) -> Series {
    let labels = labels.iter().filter(|label| !label.value.is_empty());
    let labels = labels.map(|label| (label.name.to_string(), label.value.to_string()));
    (job.to_owned(), family.to_owned(), labels.collect())
}

/// The newest value of every series, by looking at one reading after another.
fn naive(config: &Config, readings: &[Reading]) -> BTreeMap<Series, u64> {
    let mut newest = BTreeMap::new();
    for reading in readings {
        let rule = config
            .rules
            .iter()
            .find(|rule| rule.number == reading.rule)
            .unwrap();
        let names = RuleNames::new(rule);
        let labels = SeriesLabels::new(&names.job).of(&reading.metric.dimensions);
        for (family, value) in names.families.iter().zip(&reading.values) {
            let Some(value) = value else { continue };
            let rank = (
                reading.at,
                Reverse(reading.rule),
                Reverse(reading.metric.clone()),
            );
            let candidate = (rank, value.to_bits());
            let kept = newest
                .entry(series(&names.job, family, &labels))
                .or_insert(candidate.clone());
            if candidate.0 > kept.0 {
                *kept = candidate;
            }
        }
    }
    newest
        .into_iter()
        .map(|(series, (_, value))| (series, value))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_group_is_valid_and_no_reading_is_lost(
        (config, readings, resolved) in runs()
    ) {
        let read = readings.iter().flat_map(|reading| &reading.values).flatten().count();
        let arns: BTreeSet<_> =
            resolved.iter().flat_map(|it| it.resources.iter().map(|it| it.arn.clone())).collect();
        let expected = naive(&config, &readings);
        let built = build(&config, readings, &resolved);

        let mut found = BTreeMap::new();
        let mut described = 0;
        for group in &built.groups {
            prop_assert_eq!(validate(&group.families), Ok(()));
            prop_assert!(group.families.iter().all(|family| !family.samples.is_empty()));
            for family in &group.families {
                for sample in &family.samples {
                    prop_assert_eq!(sample.labels.get("job"), Some(group.job.as_str()));
                    if family.name == RESOURCE_INFO {
                        described += 1;
                    } else {
                        let series = series(&group.job, &family.name, &sample.labels);
                        found.insert(series, sample.value.to_bits());
                    }
                }
            }
        }
        prop_assert_eq!(described, arns.len());
        prop_assert_eq!(u64::try_from(read - found.len()).unwrap(), built.duplicates_dropped);
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn the_order_of_readings_does_not_matter(
        (config, mut readings, resolved) in runs()
    ) {
        let forwards = build(&config, readings.clone(), &resolved);
        readings.reverse();
        let backwards = build(&config, readings, &resolved);
        prop_assert_eq!(text(&forwards), text(&backwards));
        prop_assert_eq!(forwards.warnings, backwards.warnings);
    }
}

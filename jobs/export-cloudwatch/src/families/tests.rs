//! Tables for [`build`], and its law: whatever is read, a Pushgateway takes it and nothing is lost.

mod laws;

use common::exposition::{Family, Labels};
use jiff::Timestamp;

use super::{Built, RESOURCE_INFO, build};
use crate::config::{Config, JavaRegex, Rule, RuleNumber, Select, Statistic, TagSelect};
use crate::fetch::Reading;
use crate::metric::{Dimension, Metric};
use crate::observe::{Finding, Resource, RuleMetrics, Source, Why};

fn rule(number: usize, namespace: &str, metric: &str, dims: Option<&[&str]>) -> Rule {
    Rule {
        number: RuleNumber::new(number),
        line: number,
        namespace: namespace.into(),
        metric_name: metric.into(),
        help: None,
        dimensions: dims.map(|names| names.iter().map(|&name| name.to_owned()).collect()),
        select: Select::Any,
        tag_select: None,
        statistics: vec![Statistic::Sum, Statistic::Average],
        period_seconds: 60,
        range_seconds: 600,
        delay_seconds: 600,
        set_timestamp: true,
        list_metrics_cache_ttl_seconds: 0,
        warn_on_empty_list_dimensions: false,
    }
}

fn config(rules: &[Rule]) -> Config {
    Config {
        region: None,
        role_arn: None,
        rules: rules.to_vec(),
    }
}

fn reading(rule: &Rule, dims: &[(&str, &str)], minute: i64, values: &[Option<f64>]) -> Reading {
    let dimension = |&(name, value): &(&str, &str)| Dimension {
        name: name.into(),
        value: value.into(),
    };
    Reading {
        rule: rule.number,
        metric: Metric {
            namespace: rule.namespace.as_str().into(),
            name: rule.metric_name.as_str().into(),
            dimensions: dims.iter().map(dimension).collect(),
        },
        at: Timestamp::from_second(60 * minute).unwrap(),
        values: values.to_vec(),
    }
}

fn tagged(rule: &mut Rule, dimension: &str, resources: &[(&str, &str)]) -> RuleMetrics {
    rule.tag_select = Some(TagSelect {
        resource_type: "x:y".into(),
        resource_id_dimension: dimension.into(),
        tags: None,
        arn_pattern: JavaRegex::find("(.*)").unwrap(),
    });
    let resource = |&(arn, team): &(&str, &str)| Resource {
        arn: arn.into(),
        id: arn.into(),
        tags: vec![("Team".into(), team.into())],
    };
    RuleMetrics {
        rule: rule.number,
        metrics: Vec::new(),
        resources: resources.iter().map(resource).collect(),
        why: Why {
            source: Source::Config,
            finding: Finding::NoDimensions,
        },
    }
}

/// `name{label=value,…} value` of every sample but the labels that all of them have.
fn lines(families: &[Family]) -> Vec<String> {
    let own = |labels: &Labels| {
        let own = labels
            .iter()
            .skip(2)
            .map(|label| format!("{}={}", label.name, label.value));
        own.collect::<Vec<_>>().join(",")
    };
    let family = |family: &Family| {
        let line = |sample: &common::exposition::Sample| {
            format!(
                "{}{{{}}} {}",
                family.name,
                own(&sample.labels),
                sample.value
            )
        };
        family.samples.iter().map(line).collect::<Vec<_>>()
    };
    families.iter().flat_map(family).collect()
}

fn only_group(built: &Built) -> &[Family] {
    assert_eq!(built.groups.len(), 1);
    &built.groups[0].families
}

#[test]
fn families_stand_in_file_order_and_groups_by_job() {
    let rules = [
        rule(1, "Z", "Late", None),
        rule(2, "A/B", "Two", None),
        rule(3, "Z", "Early", None),
        rule(4, "a-b", "One", None),
    ];
    let readings = rules
        .iter()
        .rev()
        .map(|rule| reading(rule, &[], 1, &[Some(1.0), Some(2.0)]));
    let built = build(&config(&rules), readings.collect(), &[]);
    let names: Vec<_> = built
        .groups
        .iter()
        .map(|group| {
            let names: Vec<_> = group.families.iter().map(|family| &*family.name).collect();
            (&*group.job, names)
        })
        .collect();
    assert_eq!(
        names,
        [
            (
                "a_b",
                vec![
                    "a_b_two_sum",
                    "a_b_two_average",
                    "a_b_one_sum",
                    "a_b_one_average"
                ]
            ),
            (
                "z",
                vec![
                    "z_late_sum",
                    "z_late_average",
                    "z_early_sum",
                    "z_early_average"
                ]
            ),
        ]
    );
    assert_eq!((built.duplicates_dropped, built.warnings), (0, vec![]));
}

#[test]
fn what_was_not_read_leaves_no_trace() {
    let rules = [rule(1, "A", "M", None), rule(2, "B", "M", None)];
    let built = build(
        &config(&rules),
        vec![reading(&rules[1], &[], 1, &[None, Some(2.0)])],
        &[],
    );
    assert_eq!(lines(only_group(&built)), ["b_m_average{} 2"]);
    assert_eq!(build(&config(&rules), Vec::new(), &[]).groups, []);
}

#[test]
fn the_statistics_of_a_metric_share_their_labels() {
    let rules = [rule(1, "A", "M", Some(&["D"]))];
    let readings = vec![reading(
        &rules[0],
        &[("D", "1")],
        1,
        &[Some(1.0), Some(2.0)],
    )];
    let built = build(&config(&rules), readings, &[]);
    let [sum, average] = only_group(&built) else {
        panic!()
    };
    let shared = |family: &Family| std::ptr::from_ref(&family.samples[0].labels[0]);
    assert!(std::ptr::eq(shared(sum), shared(average)));
}

#[test]
fn two_rules_with_one_name_share_a_family_and_the_help_of_the_first() {
    let rules = [
        rule(1, "A", "M", Some(&["LB"])),
        rule(2, "A", "M", Some(&["LB", "AZ"])),
    ];
    let readings = vec![
        reading(
            &rules[1],
            &[("LB", "x"), ("AZ", "a")],
            1,
            &[Some(1.0), None],
        ),
        reading(&rules[0], &[("LB", "x")], 1, &[Some(3.0), None]),
    ];
    let built = build(&config(&rules), readings, &[]);
    assert_eq!(
        lines(only_group(&built)),
        ["a_m_sum{lb=x} 3", "a_m_sum{lb=x,az=a} 1"]
    );
    assert_eq!(
        only_group(&built)[0].help,
        "CloudWatch metric A M Dimensions: [LB] Statistic: Sum Unit: N/A"
    );
}

#[test]
fn help_shows_how_dimensions_were_configured_unless_the_rule_brings_its_own() {
    let help = |dims: Option<&[&str]>, own: Option<&str>| {
        let rules = [Rule {
            help: own.map(str::to_owned),
            ..rule(1, "A", "M", dims)
        }];
        let built = build(
            &config(&rules),
            vec![reading(&rules[0], &[], 1, &[Some(1.0)])],
            &[],
        );
        only_group(&built)[0].help.clone()
    };
    assert_eq!(
        help(None, None),
        "CloudWatch metric A M Dimensions: null Statistic: Sum Unit: N/A"
    );
    assert_eq!(
        help(Some(&[]), None),
        "CloudWatch metric A M Dimensions: [] Statistic: Sum Unit: N/A"
    );
    assert_eq!(
        help(Some(&["B", "A"]), None),
        "CloudWatch metric A M Dimensions: [B, A] Statistic: Sum Unit: N/A"
    );
    assert_eq!(help(None, Some("mine")), "mine");
}

#[test]
fn of_two_values_of_one_series_the_newest_stays_and_the_rest_is_counted() {
    let rules = [rule(1, "A", "Errors", None), rule(2, "A", "errors", None)];
    let readings = vec![
        reading(&rules[0], &[("D", "1")], 5, &[Some(1.0), Some(2.0)]),
        reading(&rules[1], &[("d", "1")], 6, &[Some(3.0), None]),
        reading(&rules[1], &[("d", "2")], 5, &[Some(4.0), None]),
        reading(&rules[0], &[("D", "2")], 5, &[Some(5.0), None]),
    ];
    let built = build(&config(&rules), readings, &[]);
    assert_eq!(
        lines(only_group(&built)),
        [
            "a_errors_sum{d=1} 3",
            "a_errors_sum{d=2} 5",
            "a_errors_average{d=1} 2"
        ]
    );
    assert_eq!(built.duplicates_dropped, 2);
    assert_eq!(
        built.warnings,
        [
            "rules 1 and 2 write the same series, such as `a_errors_sum{job=\"a\",d=\"1\"}`: \
          2 older values dropped"
        ]
    );
}

#[test]
fn a_rule_whose_metrics_collide_with_each_other_is_named_once() {
    let rules = [rule(1, "A", "M", None)];
    let readings = vec![
        reading(&rules[0], &[("D", "1"), ("E", "2")], 1, &[Some(1.0)]),
        reading(&rules[0], &[("E", "2"), ("D", "1")], 2, &[Some(2.0)]),
    ];
    let built = build(&config(&rules), readings, &[]);
    assert_eq!(lines(only_group(&built)), ["a_m_sum{d=1,e=2} 2"]);
    assert_eq!(
        built.warnings,
        [
            "rule 1 reads two metrics with the same name and labels, such as \
          `a_m_sum{job=\"a\",d=\"1\",e=\"2\"}`: 1 older value dropped"
        ]
    );
}

#[test]
fn a_repaired_name_is_mentioned_once_and_only_if_it_is_written() {
    let rules = [rule(1, "7A", "M", None), rule(2, "8A", "M", None)];
    let readings = (1..4).map(|n| reading(&rules[0], &[("D", &n.to_string())], 1, &[Some(1.0)]));
    let built = build(&config(&rules), readings.collect(), &[]);
    assert_eq!(
        built.warnings,
        ["rule 1: `7a_m_sum` is not a metric name, written as `_7a_m_sum`"]
    );
    assert_eq!(built.groups[0].job, "7a");
}

#[test]
fn a_resource_is_described_once_by_the_first_rule_and_last_in_its_group() {
    let mut rules = [
        rule(1, "B", "M", None),
        rule(2, "A", "M", None),
        rule(3, "B", "N", None),
        rule(4, "C", "M", None),
    ];
    let resolved = [
        tagged(
            &mut rules[2],
            "Id",
            &[("arn:2", "late"), ("arn:3", "three")],
        ),
        tagged(&mut rules[0], "Id", &[("arn:1", "one"), ("arn:2", "two")]),
        tagged(&mut rules[3], "Other", &[("arn:4", "four")]),
    ];
    let readings = vec![reading(&rules[2], &[], 1, &[Some(9.0)])];
    let built = build(&config(&rules), readings, &resolved);
    let found: Vec<_> = built
        .groups
        .iter()
        .map(|group| (&*group.job, lines(&group.families)))
        .collect();
    assert_eq!(
        found,
        [
            (
                "b",
                vec![
                    "b_n_sum{} 9".to_owned(),
                    "aws_resource_info{arn=arn:1,id=arn:1,tag_Team=one} 1".into(),
                    "aws_resource_info{arn=arn:2,id=arn:2,tag_Team=two} 1".into(),
                    "aws_resource_info{arn=arn:3,id=arn:3,tag_Team=three} 1".into(),
                ]
            ),
            (
                "c",
                vec!["aws_resource_info{arn=arn:4,other=arn:4,tag_Team=four} 1".into()]
            ),
        ]
    );
    let info = built.groups[0].families.last().unwrap();
    assert_eq!(info.name, RESOURCE_INFO);
    assert_eq!(info.help, "AWS information available for resource");
    assert_eq!(info.samples[0].labels.get("job"), Some("b"));
    assert_eq!(info.samples[0].labels.get("instance"), Some(""));
}

//! What valid files mean.

use super::{parse, rule, with};
use crate::config::{Config, JavaRegex, RuleNumber, Select, Statistic, UnknownKeys};

fn strings(values: &[&str]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}

fn names(statistics: &[Statistic]) -> Vec<&str> {
    statistics.iter().map(Statistic::as_str).collect()
}

#[test]
fn a_rule_without_options_has_the_defaults() {
    let rule = rule(&with(""));
    assert_eq!((rule.number, rule.line), (RuleNumber::new(1), 2));
    assert_eq!(
        (rule.namespace.as_str(), rule.metric_name.as_str()),
        ("AWS/ES", "Nodes")
    );
    assert_eq!(
        (rule.period_seconds, rule.range_seconds, rule.delay_seconds),
        (60, 600, 600)
    );
    assert!(rule.set_timestamp && !rule.warn_on_empty_list_dimensions);
    assert_eq!(rule.list_metrics_cache_ttl_seconds, 0);
    assert_eq!(
        (rule.help, rule.dimensions, rule.tag_select),
        (None, None, None)
    );
    assert_eq!(rule.select, Select::Any);
    assert_eq!(rule.statistics, Statistic::BASIC);
}

#[test]
fn the_file_sets_defaults_and_a_rule_overrides_them() {
    let text = "\
region: eu-west-1
role_arn: arn:aws:iam::123456789012:role/reader
period_seconds: 300
range_seconds: 1200
delay_seconds: 0
set_timestamp: no
use_get_metric_data: on
list_metrics_cache_ttl: 1_800
warn_on_empty_list_dimensions: yes
metrics:
- aws_namespace: AWS/ES
  aws_metric_name: Nodes
- aws_namespace: AWS/ES
  aws_metric_name: Other
  period_seconds: 60
  range_seconds: 6e2
  delay_seconds: 1:30
  set_timestamp: TRUE
  list_metrics_cache_ttl: 0
  warn_on_empty_list_dimensions: Off
";
    let (config, warnings) = parse(text).unwrap();
    assert!(warnings.is_empty(), "{warnings}");
    assert_eq!(config.region.as_deref(), Some("eu-west-1"));
    assert_eq!(
        config.role_arn.as_deref(),
        Some("arn:aws:iam::123456789012:role/reader")
    );
    let settings: Vec<_> = config
        .rules
        .iter()
        .map(|rule| {
            (
                (rule.period_seconds, rule.range_seconds, rule.delay_seconds),
                (rule.list_metrics_cache_ttl_seconds, rule.set_timestamp),
                rule.warn_on_empty_list_dimensions,
            )
        })
        .collect();
    assert_eq!(
        settings,
        [
            ((300, 1200, 0), (1800, false), true),
            ((60, 600, 90), (0, true), false)
        ]
    );
}

#[test]
fn every_spelling_of_a_number_that_yaml_1_1_has_is_read() {
    for (written, seconds) in [
        ("60", 60),
        ("0600", 384),
        ("0x1F", 31),
        ("0b101", 5),
        ("1_000", 1000),
        ("1:30", 90),
        ("190:20:30", 685_230),
        ("6e2", 600),
        ("1e3", 1000),
        ("60.0", 60),
        ("!!int '60'", 60),
        ("39312000", 39_312_000),
    ] {
        let text = with(&format!("list_metrics_cache_ttl: {written}"));
        assert_eq!(
            rule(&text).list_metrics_cache_ttl_seconds,
            seconds,
            "{written}"
        );
    }
}

#[test]
fn a_quoted_number_counts_with_a_warning() {
    let (config, warnings) = parse(&with("range_seconds: '1200'")).unwrap();
    assert_eq!(config.rules[0].range_seconds, 1200);
    assert_eq!(warnings.len(), 1);
}

#[test]
fn values_in_lists_stay_what_was_written() {
    let rule = rule(&with(
        "aws_dimensions: [ClientId, 5]\naws_dimension_select:\n  ClientId: [123456789012, 012345678901, 1.10, yes, 2020-01-01, '~', 0x1F]\n  5: [no]",
    ));
    assert_eq!(rule.dimensions, Some(strings(&["ClientId", "5"])));
    let ids = [
        "123456789012",
        "012345678901",
        "1.10",
        "yes",
        "2020-01-01",
        "~",
        "0x1F",
    ];
    assert_eq!(
        rule.select,
        Select::Values(vec![
            ("ClientId".to_owned(), strings(&ids)),
            ("5".to_owned(), strings(&["no"])),
        ])
    );
}

#[test]
fn absent_null_and_empty_dimensions_differ() {
    assert_eq!(rule(&with("aws_dimensions:")).dimensions, None);
    assert_eq!(rule(&with("aws_dimensions: ~")).dimensions, None);
    assert_eq!(rule(&with("aws_dimensions: []")).dimensions, Some(vec![]));
}

#[test]
fn a_selection_is_exact_by_pattern_or_none() {
    for none in [
        "aws_dimension_select:",
        "aws_dimension_select: {}",
        "aws_dimension_select_regex:",
    ] {
        assert_eq!(rule(&with(none)).select, Select::Any, "{none}");
    }
    let by_pattern = rule(&with(
        "aws_dimensions: [A, B]\naws_dimension_select_regex: {B: ['x.*', '\\d+'], A: [y]}",
    ));
    let Select::Patterns(patterns) = by_pattern.select else {
        panic!("not by pattern")
    };
    let read: Vec<(&str, Vec<&str>)> = patterns
        .iter()
        .map(|(name, patterns)| {
            (
                name.as_str(),
                patterns.iter().map(JavaRegex::as_str).collect(),
            )
        })
        .collect();
    assert_eq!(read, [("B", vec!["x.*", "\\d+"]), ("A", vec!["y"])]);
    assert!(patterns[0].1[1].is_match("42") && !patterns[0].1[1].is_match("x42"));
}

#[test]
fn statistics_keep_a_fixed_order_and_extended_ones_turn_the_defaults_off() {
    for (lines, expected) in [
        ("aws_statistics: [Average, Sum]", &["Sum", "Average"][..]),
        (
            "aws_extended_statistics: [p99, IQM, p50]",
            &["p99", "IQM", "p50"],
        ),
        (
            "aws_statistics: [Maximum]\naws_extended_statistics: ['TM(2%:98%)']",
            &["Maximum", "TM(2%:98%)"],
        ),
        (
            "aws_statistics: [Maximum]\naws_extended_statistics:",
            &["Maximum"],
        ),
        (
            "aws_statistics: []\naws_extended_statistics: [p99]",
            &["p99"],
        ),
    ] {
        assert_eq!(names(&rule(&with(lines)).statistics), expected, "{lines}");
    }
}

#[test]
fn a_tag_selection_is_read_with_its_default_pattern() {
    let read = |tags: &str| {
        let text = with(&format!(
            "aws_dimensions: [InstanceId]\naws_tag_select:\n  resource_type_selection: ec2:instance\n  resource_id_dimension: InstanceId\n{tags}"
        ));
        rule(&text).tag_select.unwrap()
    };
    let bare = read("");
    assert_eq!(bare.resource_type, "ec2:instance");
    assert_eq!(bare.resource_id_dimension, "InstanceId");
    assert_eq!(bare.tags, None);
    assert_eq!(
        bare.arn_pattern
            .first_group("arn:aws:ec2:us-east-1:1:instance/i-1"),
        Some("i-1")
    );

    let tagged =
        read("  tag_selections: {Team: [a, 7, ''], Env: []}\n  arn_resource_id_regexp: 'x(.)'");
    assert_eq!(
        tagged.tags,
        Some(vec![
            ("Team".to_owned(), strings(&["a", "7", ""])),
            ("Env".to_owned(), vec![])
        ])
    );
    assert_eq!(tagged.arn_pattern.as_str(), "x(.)");
    assert_eq!(read("  tag_selections: {}").tags, Some(vec![]));
    assert_eq!(read("  tag_selections:").tags, None);
}

#[test]
fn anchors_and_merge_keys_make_rules() {
    let text = "\
metrics:
- &base
  aws_namespace: AWS/ES
  aws_metric_name: Nodes
  aws_dimensions: &names [DomainName, ClientId]
- <<: *base
  aws_metric_name: CPUUtilization
  help: |
    Two
    lines.
- aws_namespace: AWS/ES
  aws_metric_name: Other
  aws_dimensions: *names
";
    let (config, warnings) = parse(text).unwrap();
    assert!(warnings.is_empty(), "{warnings}");
    let read: Vec<_> = config
        .rules
        .iter()
        .map(|rule| (rule.metric_name.as_str(), rule.line))
        .collect();
    assert_eq!(read, [("Nodes", 3), ("CPUUtilization", 6), ("Other", 11)]);
    assert!(
        config
            .rules
            .iter()
            .all(|rule| rule.dimensions == config.rules[0].dimensions)
    );
    assert_eq!(config.rules[1].help.as_deref(), Some("Two\nlines.\n"));
}

#[test]
fn json_with_a_byte_order_mark_and_crlf_is_a_configuration() {
    let text = "\u{feff}{\"metrics\": [\r\n{\"aws_namespace\": \"AWS/ES\", \"aws_metric_name\": \"Nodes\"}\r\n]}\r\n";
    assert_eq!(rule(text).metric_name, "Nodes");
}

#[test]
fn a_file_is_loaded_from_disk() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), with("")).unwrap();
    let (config, _) = Config::load(file.path(), UnknownKeys::Reject).unwrap();
    assert_eq!(config.rules.len(), 1);
}

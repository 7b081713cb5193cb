//! Every error and warning as its reader sees it.

use super::{UnknownKeys, parse, read_aloud, with};
use crate::config::{Config, ConfigError};
use common::exit::Exit;
use common::fault::{Fault as _, chain};

fn rejected(lines: &[&str]) -> String {
    read_aloud(lines.iter().map(|lines| with(lines)), UnknownKeys::Reject)
}

fn files(texts: &[&str], unknown: UnknownKeys) -> String {
    read_aloud(texts.iter().map(|&text| text.to_owned()), unknown)
}

#[test]
fn top_level() {
    insta::assert_snapshot!(files(
        &[
            "",
            "---\n",
            "# only a comment\n",
            "metrics:\n",
            "metrics: []\n",
            "metrics: AWS/ES\n",
            "metrics: {aws_namespace: AWS/ES}\n",
            "- aws_namespace: AWS/ES\n",
            "region: us-east-1\n",
            "metric:\n- aws_namespace: AWS/ES\n  aws_metric_name: Nodes\n",
            "metrics: [AWS/ES, ~]\n",
            "metrics: []\nregion: 1\nrole_arn: ''\n",
            "metrics: []\nrole_arn: nonsense\n",
            "metrics: []\nrole_arn: arn:aws:iam::123456789012:user/reader\n",
            "metrics: []\nrole_arn: arn:aws:iam::123456789012:role/\n",
            "metrics: []\n---\nmetrics: []\n",
        ],
        UnknownKeys::Reject,
    ));
}

#[test]
fn names() {
    insta::assert_snapshot!(files(
        &[
            "metrics:\n- aws_namespace: AWS/ES\n",
            "metrics:\n- aws_metric_name: Nodes\n",
            "metrics:\n- help: x\n",
            "metrics:\n- aws_namespace:\n  aws_metric_name: Nodes\n",
            "metrics:\n- aws_namspace: AWS/ES\n  aws_metric_name: Nodes\n",
            "metrics:\n- aws_namespace: 123\n  aws_metric_name: yes\n",
            "metrics:\n- aws_namespace: 2020-01-01\n  aws_metric_name: [Nodes]\n",
            "metrics:\n- aws_namespace: ''\n  aws_metric_name: Nodes\n  help: 5\n",
        ],
        UnknownKeys::Reject,
    ));
}

#[test]
fn numbers_and_switches() {
    insta::assert_snapshot!(rejected(&[
        "period_seconds: 60.9",
        "period_seconds: -60",
        "period_seconds: 0",
        "period_seconds: 45",
        "period_seconds: 90",
        "period_seconds: .nan",
        "period_seconds: sixty",
        "period_seconds: '60'",
        "period_seconds: '60.5'",
        "period_seconds:",
        "period_seconds: [60]",
        "range_seconds: 99999999999",
        "range_seconds: 0",
        "range_seconds: yes",
        "range_seconds: 08",
        "delay_seconds: -1",
        "delay_seconds: 39312001",
        "list_metrics_cache_ttl: 2020-01-01",
        "set_timestamp: 'true'",
        "set_timestamp: oN",
        "set_timestamp: 1",
        "use_get_metric_data: y",
        "warn_on_empty_list_dimensions:",
    ]));
}

#[test]
fn dimensions_and_selections() {
    insta::assert_snapshot!(rejected(&[
        "aws_dimensions: ClientId",
        "aws_dimensions: {ClientId: [a]}",
        "aws_dimensions: [ClientId, ClientId]",
        "aws_dimensions: [ClientId, '', ~, [x]]",
        "aws_dimension_select: [a]",
        "aws_dimensions: [ClientId]\naws_dimension_select: {ClientId: a}",
        "aws_dimensions: [ClientId]\naws_dimension_select: {ClientId: }",
        "aws_dimensions: [ClientId]\naws_dimension_select: {ClientId: [a, a]}",
        "aws_dimensions: [ClientId]\naws_dimension_select: {ClientId: []}",
        "aws_dimensions: [ClientId]\naws_dimension_select: {ClientID: [a]}",
        "aws_dimension_select: {ClientId: [a]}",
        "aws_dimension_select: {}\naws_dimension_select_regex:",
        "aws_dimensions: [ClientId]\naws_dimension_select_regex: {ClientId: ['*prod', 'a(b', '[z-a]']}",
        "aws_dimensions: [ClientId]\naws_dimension_select_regex: {ClientId: \"\\d+\"}",
        "aws_dimension_select_regex: {ClientId: ['a']}",
    ]));
}

#[test]
fn tag_selections() {
    let many_keys: String = (0..51)
        .map(|n| format!("k{n}: []"))
        .collect::<Vec<_>>()
        .join(", ");
    let many_values = "v, ".repeat(21);
    insta::assert_snapshot!(rejected(&[
        "aws_tag_select:",
        "aws_tag_select: [a]",
        "aws_tag_select: {}",
        "aws_tag_select: {resource_type_selection: 'ec2:instance'}",
        "aws_tag_select: {resource_id_dimension: InstanceId}",
        "aws_tag_select: {resource_type_selction: 'ec2:instance', resource_id_dimension: InstanceId}",
        "aws_tag_select: {resource_type_selection: 'ec2:instance', resource_id_dimension: InstanceId}",
        "aws_dimensions: [InstanceId]\naws_tag_select: {resource_type_selection: 5, resource_id_dimension: InstanceId, tag_selections: {a: b}}",
        "aws_dimensions: [InstanceId]\naws_tag_select: {resource_type_selection: 's3:', resource_id_dimension: InstanceId, arn_resource_id_regexp: '(a'}",
        "aws_dimensions: [InstanceId]\naws_tag_select: {resource_type_selection: 's3:', resource_id_dimension: InstanceId, arn_resource_id_regexp: '[^:]+$'}",
        &format!(
            "aws_dimensions: [A]\naws_tag_select: {{resource_type_selection: 's3:', resource_id_dimension: A, tag_selections: {{{many_keys}}}}}"
        ),
        &format!(
            "aws_dimensions: [A]\naws_tag_select: {{resource_type_selection: 's3:', resource_id_dimension: A, tag_selections: {{k: [{many_values}]}}}}"
        ),
    ]));
}

#[test]
fn statistics() {
    insta::assert_snapshot!(rejected(&[
        "aws_statistics:",
        "aws_statistics: []",
        "aws_statistics: Sum",
        "aws_statistics: [~]",
        "aws_statistics: [Count, avg, Milliseconds, p99, sum, Whatever, median, Bytes/Second]",
        "aws_statistics: [Sum, Sum]",
        "aws_extended_statistics:",
        "aws_extended_statistics: []",
        "aws_extended_statistics: p99",
        "aws_extended_statistics: [P99, p99%, 'p 99', p101, 'TM(2:98%)', tm(10%:90%), Average, nonsense]",
        "aws_extended_statistics: [p99, p99]",
        "aws_statistics: []\naws_extended_statistics: [p99]",
    ]));
}

#[test]
fn unknown_keys() {
    insta::assert_snapshot!(rejected(&[
        "aws_dimensions_select: {A: [b]}",
        "use_get_metric_statistics: true",
        "AWS_Dimensions: [A]",
        "dimensions: [A]",
        "nonsense: 1",
        "region: us-east-1",
        "metrics: []",
        "tag_selections: {a: []}",
        "regions: [us-east-1]",
        "role_arn: arn:aws:iam::1:role/x",
        "add_labels: {a: b}",
        "aws_metric_name_regex: .*",
    ]));
}

#[test]
fn unknown_keys_at_the_top() {
    let texts =
        ["metrics: []\nperiod_second: 60\naws_namespace: AWS/ES\nroles: []\nx-defaults: {}\n"];
    insta::assert_snapshot!(files(&texts, UnknownKeys::Reject));
}

#[test]
fn unknown_keys_are_warnings_when_asked_for() {
    insta::assert_snapshot!(files(
        &[
            "metrics:\n- aws_namespace: AWS/ES\n  aws_metric_name: Nodes\n  aws_dimension: [A]\n  regions: [x]\nx-defaults: {}\n",
            "metrics:\n- aws_namspace: AWS/ES\n  aws_metric_name: Nodes\n",
            "metric: []\n",
        ],
        UnknownKeys::Warn,
    ));
}

#[test]
fn windows_without_data() {
    insta::assert_snapshot!(rejected(&[
        "period_seconds: 3600",
        "period_seconds: 30\nrange_seconds: 10200",
        "period_seconds: 30\nrange_seconds: 10201",
        "range_seconds: 1296000",
        "period_seconds: 300\nrange_seconds: 1296000",
        "period_seconds: 300\nrange_seconds: 6000000",
        "period_seconds: 3600\nrange_seconds: 39312000",
    ]));
}

#[test]
fn a_window_set_for_the_whole_file_is_warned_about_once() {
    let rule = |name: &str| format!("- aws_namespace: AWS/ES\n  aws_metric_name: {name}\n");
    let text = format!(
        "range_seconds: 2000000\nmetrics:\n{}{}",
        rule("A"),
        rule("B")
    );
    insta::assert_snapshot!(files(&[&text], UnknownKeys::Reject));
}

#[test]
fn rules_that_repeat_each_other() {
    let text = "\
metrics:
- &nodes {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [A, B], list_metrics_cache_ttl: 60}
- aws_namespace: AWS/ES
  aws_metric_name: Nodes
  aws_dimensions: [A, B]
  list_metrics_cache_ttl: 0x3c
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [B, A], period_seconds: 300}
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [B]}
";
    insta::assert_snapshot!(files(&[text], UnknownKeys::Reject));
    let numbers: Vec<_> = parse(text)
        .unwrap()
        .0
        .rules
        .iter()
        .map(|rule| (rule.number.get(), rule.line))
        .collect();
    assert_eq!(numbers, [(1, 2), (3, 7), (4, 8)]);
}

#[test]
fn yaml_that_is_none() {
    insta::assert_snapshot!(files(
        &[
            "metrics:\n\t- aws_namespace: AWS/ES\n",
            "metrics:\n- aws_namespace: AWS/ES\n  aws_metric_name: %x\n",
            "metrics:\n- aws_namespace: *es\n",
            "metrics:\n- aws_namespace: !!binary QVdT\n  aws_metric_name: Nodes\n",
            "metrics: []\nmetrics:\n- aws_namespace: AWS/ES\n  aws_metric_name: Nodes\n",
        ],
        UnknownKeys::Reject,
    ));
}

#[test]
fn all_errors_of_a_file_come_in_one_go_and_in_file_order() {
    let text = "\
region: 1
period_seconds: 61
metrics:
- aws_namespace: AWS/ES
  aws_metric_name: 5
  aws_statistics: [Count]
- aws_metric_name: Nodes
  aws_dimension: [A]
";
    let error = parse(text).unwrap_err();
    assert_eq!(
        (error.exit(), error.code()),
        (Exit::Config, "config-invalid")
    );
    insta::assert_snapshot!(chain(&error));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let path = std::path::Path::new("no/such/cloudwatch.yaml");
    let error = Config::load(path, UnknownKeys::Reject).unwrap_err();
    assert!(matches!(error, ConfigError::Read { .. }));
    assert_eq!(
        (error.exit(), error.code()),
        (Exit::Config, "config-unreadable")
    );
    insta::assert_snapshot!(
        format!("{}\nhint: {}", chain(&error), error.hint().unwrap()),
        @r"
    reading the configuration no/such/cloudwatch.yaml: No such file or directory (os error 2)
    hint: check the path, its permissions, and that the file is UTF-8 text
    "
    );
}

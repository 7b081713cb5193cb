//! Names, resource ids and patterns against what the Java exporter's own code makes of them.
//!
//! Columns: kind, up to three arguments, expected; empty fields count. Kinds are `base`, `series`,
//! `job`, `ext`, `label`, `tag`, `arn` and `full`. Names that Prometheus refuses are compared before
//! they are repaired.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail};
use export_cloudwatch::config::{Config, JavaRegex, Rule, Select, Statistic, UnknownKeys};
use export_cloudwatch::naming;
use scenarios::reference;

/// Rows of our own, one or two of each kind, in the form of the vector file.
const OWN: &str = "\
base\tAWS/FSx\tDataReadBytes\t\taws_fsx_data_read_bytes
base\tShop/Till\tReceipts (paper)\t\tshop_till_receipts_paper_
series\tAWS/SQS\tSentMessageSize\tSampleCount\taws_sqs_sent_message_size_sample_count
series\tShop\tShare%\tp99.5\tshop_share__p99_5
job\tAWS/FSx\t\t\taws_fsx
ext\tTC(1:2.5)\t\t\t_tc_1:2_5_
label\tDBProxyName\t\t\tdbproxy_name
label\tteam:name\t\t\tteam_name
tag\tTeam/Name\t\t\ttag_Team_Name
arn\tarn:aws:fsx:eu-central-1:121212121212:file-system/fs-9\t\t\tfs-9
arn\tarn:aws:fsx:eu-central-1:121212121212:file-system/fs-9\tsystem/(x)?fs-(\\d)\t\t9
full\ta(b|c)+\tabcb\t\ttrue
full\ta(b|c)+\tabcbd\t\tfalse
";

const KINDS: [&str; 8] = [
    "base", "series", "job", "ext", "label", "tag", "arn", "full",
];

struct Row<'a> {
    kind: &'a str,
    arguments: [&'a str; 3],
    expected: &'a str,
}

fn rows(table: &str) -> Result<Vec<Row<'_>>> {
    let lines = table
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| row(line).with_context(|| format!("not five columns: {line}")))
        .collect()
}

fn row(line: &str) -> Option<Row<'_>> {
    let columns: Vec<&str> = line.split('\t').collect();
    let &[kind, first, second, third, expected] = columns.as_slice() else {
        return None;
    };
    Some(Row {
        kind,
        arguments: [first, second, third],
        expected,
    })
}

fn answer(row: &Row<'_>) -> Result<String> {
    let [first, second, third] = row.arguments;
    Ok(match row.kind {
        "base" => naming::base(first, second, None),
        "series" => naming::base(first, second, None) + &naming::suffix(&statistic(third)),
        "job" => naming::job(first),
        "ext" => naming::suffix(&Statistic::Extended(first.into())),
        "label" => naming::label(first),
        "tag" => naming::tag_label(first),
        "arn" => naming::resource_id(first, &arn_pattern(second)?).to_owned(),
        "full" => matches(first, &second.replace(r"\n", "\n"))?.to_string(),
        other => bail!("unknown kind {other}"),
    })
}

fn statistic(word: &str) -> Statistic {
    let basic = Statistic::BASIC
        .into_iter()
        .find(|statistic| statistic.as_str() == word);
    basic.unwrap_or_else(|| Statistic::Extended(word.into()))
}

/// The pattern of a rule with this `arn_resource_id_regexp`, or with none if that is empty.
fn arn_pattern(pattern: &str) -> Result<JavaRegex> {
    let quoted = pattern.replace('\'', "''");
    let regexp = match pattern {
        "" => String::new(),
        _ => format!("arn_resource_id_regexp: '{quoted}'"),
    };
    let text = format!(
        "
metrics:
- aws_namespace: N
  aws_metric_name: M
  aws_tag_select:
    resource_type_selection: s3:bucket
    resource_id_dimension: D
    {regexp}
"
    );
    let tags = rule(&text)?.tag_select.context("no tag selection")?;
    Ok(tags.arn_pattern)
}

/// Whether a rule with this pattern keeps a metric with this value.
fn matches(pattern: &str, value: &str) -> Result<bool> {
    let pattern = pattern.replace('\'', "''");
    let text = format!(
        "
metrics:
- aws_namespace: N
  aws_metric_name: M
  aws_dimensions: [D]
  aws_dimension_select_regex:
    D: ['{pattern}']
"
    );
    match rule(&text)?.select {
        Select::Patterns(patterns) => Ok(patterns
            .iter()
            .flat_map(|(_, patterns)| patterns)
            .all(|it| it.is_match(value))),
        select @ (Select::Any | Select::Values(_)) => bail!("not patterns: {select:?}"),
    }
}

fn rule(text: &str) -> Result<Rule> {
    let (config, _) = Config::parse("vector.yaml", text, UnknownKeys::Reject)?;
    config.rules.into_iter().next().context("no rule")
}

fn disagreements(rows: &[Row<'_>]) -> Vec<String> {
    let disagreement = |row: &Row<'_>| {
        let answer = answer(row).unwrap_or_else(|error| format!("error: {error:#}"));
        let Row {
            kind,
            arguments,
            expected,
        } = row;
        (answer != *expected).then(|| format!("{kind} {arguments:?}: {answer:?}, not {expected:?}"))
    };
    rows.iter().filter_map(disagreement).collect()
}

fn kinds<'a>(rows: &[Row<'a>]) -> BTreeSet<&'a str> {
    rows.iter().map(|row| row.kind).collect()
}

#[test]
fn names_agree_with_the_built_in_table() {
    let rows = rows(OWN).unwrap();
    assert_eq!(rows.len(), 13);
    assert_eq!(kinds(&rows), BTreeSet::from(KINDS));
    assert_eq!(disagreements(&rows), [""; 0]);
}

#[test]
fn names_agree_with_every_reference_vector() {
    let Some(file) = reference::file("cloudwatch-naming.tsv") else {
        return;
    };
    let table = std::fs::read_to_string(file).unwrap();
    let rows = rows(&table).unwrap();
    assert!(
        rows.len() >= 250,
        "only {} rows: is the file whole?",
        rows.len()
    );
    assert_eq!(kinds(&rows), BTreeSet::from(KINDS));
    assert_eq!(disagreements(&rows), [""; 0]);
}

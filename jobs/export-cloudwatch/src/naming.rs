//! Names of series and labels, exactly as `cloudwatch_exporter` makes them, and the repairs that a
//! Pushgateway needs on top.
//!
//! Everything here is a pure function of text. The functions of this module are the exporter's own
//! algorithm and may return what Prometheus refuses: a leading digit, two dimensions with one name.
//! [`RuleNames`], [`SeriesLabels`] and [`info_labels`] return what may be written. The first two are
//! made once for a rule, because a run writes five samples for each of thousands of metrics.

mod labels;
mod repair;

use crate::config::{JavaRegex, Rule, Statistic};

pub use self::labels::{SeriesLabels, info_labels};

/// Metrics of `AWS/DynamoDB` that exist both for a table and for each of its indexes; those of an
/// index are told apart by a suffix.
const INDEXED_METRICS: [&str; 6] = [
    "ConsumedReadCapacityUnits",
    "ConsumedWriteCapacityUnits",
    "ProvisionedReadCapacityUnits",
    "ProvisionedWriteCapacityUnits",
    "ReadThrottleEvents",
    "WriteThrottleEvents",
];

/// The value of the `job` label of a namespace, and the name of its Pushgateway group.
pub fn job(namespace: &str) -> String {
    safe(&namespace.to_lowercase())
}

/// The name that all statistics of a metric start with.
///
/// `dimensions` are the rule's `aws_dimensions`: with `GlobalSecondaryIndexName` among them,
/// metrics that DynamoDB publishes for tables and for indexes end in `_index`.
pub fn base(namespace: &str, metric: &str, dimensions: Option<&[String]>) -> String {
    let mut base = safe(&format!("{}_{}", namespace.to_lowercase(), snake(metric)));
    let of_index = dimensions
        .unwrap_or_default()
        .iter()
        .any(|d| d == "GlobalSecondaryIndexName");
    if of_index && namespace == "AWS/DynamoDB" && INDEXED_METRICS.contains(&metric) {
        base.push_str("_index");
    }
    base
}

/// What a statistic appends to the base, with its underscore.
pub fn suffix(statistic: &Statistic) -> String {
    match statistic {
        Statistic::Sum => "_sum".into(),
        Statistic::SampleCount => "_sample_count".into(),
        Statistic::Minimum => "_minimum".into(),
        Statistic::Maximum => "_maximum".into(),
        Statistic::Average => "_average".into(),
        Statistic::Extended(text) => format!("_{}", safe(&snake(text))),
    }
}

/// The label name of a dimension.
pub fn label(dimension: &str) -> String {
    safe_label(&snake(dimension))
}

/// The label name of a resource tag. Upper case stays.
pub fn tag_label(key: &str) -> String {
    format!("tag_{}", safe_label(key))
}

/// The resource id in an ARN: the first non-empty group of the pattern, or nothing.
pub fn resource_id<'a>(arn: &'a str, pattern: &JavaRegex) -> &'a str {
    pattern.first_group(arn).unwrap_or_default()
}

/// The names that one rule writes, made once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleNames {
    /// Value of the label `job`, and the group.
    pub job: String,
    /// One family name for each of the rule's statistics, in their order. Valid in Prometheus.
    pub families: Vec<String>,
    /// What the exporter would have called the first family, when that had to be repaired.
    pub repaired_from: Option<String>,
}

impl RuleNames {
    /// The names of a rule.
    pub fn new(rule: &Rule) -> Self {
        let base = base(
            &rule.namespace,
            &rule.metric_name,
            rule.dimensions.as_deref(),
        );
        let raw: Vec<_> = rule
            .statistics
            .iter()
            .map(|s| format!("{base}{}", suffix(s)))
            .collect();
        let families: Vec<_> = raw.iter().map(|name| repair::metric_name(name)).collect();
        let repaired_from = raw
            .into_iter()
            .next()
            .filter(|raw| Some(raw) != families.first());
        Self {
            job: job(&rule.namespace),
            families,
            repaired_from,
        }
    }
}

/// Puts `_` between a lower-case letter or digit and the capital that follows it, then lower-cases.
fn snake(text: &str) -> String {
    let mut snake = String::with_capacity(text.len() + 8);
    let mut after_small = false;
    for char in text.chars() {
        if after_small && char.is_ascii_uppercase() {
            snake.push('_');
        }
        after_small = char.is_ascii_lowercase() || char.is_ascii_digit();
        snake.push(char);
    }
    snake.to_lowercase()
}

/// Replaces what a metric name must not hold. Colons stay.
fn safe(text: &str) -> String {
    underscored(text, |char| char.is_ascii_alphanumeric() || char == ':')
}

/// Replaces what a label name must not hold.
fn safe_label(text: &str) -> String {
    underscored(text, |char| char.is_ascii_alphanumeric())
}

/// Turns every run of underscores and characters that are not `kept` into one underscore.
fn underscored(text: &str, kept: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        if kept(char) {
            out.push(char);
        } else if !out.ends_with('_') {
            out.push('_');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{RuleNames, base, job, label, resource_id, suffix, tag_label};
    use crate::config::{JavaRegex, Rule, RuleNumber, Select, Statistic};

    #[test]
    fn a_base_name_snakes_the_metric_and_only_lowers_the_namespace() {
        for (namespace, metric, expected) in [
            (
                "AWS/ApplicationELB",
                "RequestCount",
                "aws_applicationelb_request_count",
            ),
            ("AWS/EC2", "EBSReadOps", "aws_ec2_ebsread_ops"),
            ("AWS/S3", "5xxErrors", "aws_s3_5xx_errors"),
            ("Shop/Till", "Receipts (paper)", "shop_till_receipts_paper_"),
            ("Shop:Till", "a1B", "shop:till_a1_b"),
            ("Shop", "Kelvin\u{212a}", "shop_kelvink"),
            ("Shop", "aÀb", "shop_a_b"),
            ("7Shop", "A", "7shop_a"),
            ("", "", "_"),
        ] {
            assert_eq!(
                base(namespace, metric, None),
                expected,
                "{namespace} {metric}"
            );
        }
    }

    #[test]
    fn metrics_of_a_dynamodb_index_are_told_from_those_of_its_table() {
        let index = [
            "TableName".to_owned(),
            "GlobalSecondaryIndexName".to_owned(),
        ];
        let named = |namespace, metric, dimensions| base(namespace, metric, dimensions);
        assert_eq!(
            named("AWS/DynamoDB", "ReadThrottleEvents", Some(&index[..])),
            "aws_dynamodb_read_throttle_events_index"
        );
        for (namespace, metric, dimensions, expected) in [
            (
                "AWS/DynamoDB",
                "ReadThrottleEvents",
                Some(&index[..1]),
                "aws_dynamodb_read_throttle_events",
            ),
            (
                "AWS/DynamoDB",
                "ReadThrottleEvents",
                None,
                "aws_dynamodb_read_throttle_events",
            ),
            (
                "AWS/DynamoDB",
                "SystemErrors",
                Some(&index[..]),
                "aws_dynamodb_system_errors",
            ),
            (
                "Aws/DynamoDB",
                "ReadThrottleEvents",
                Some(&index[..]),
                "aws_dynamodb_read_throttle_events",
            ),
        ] {
            assert_eq!(named(namespace, metric, dimensions), expected);
        }
    }

    #[test]
    fn suffixes_of_extended_statistics_keep_colons() {
        for (statistic, expected) in [
            (Statistic::SampleCount, "_sample_count"),
            (Statistic::Extended("p99.5".into()), "_p99_5"),
            (Statistic::Extended("WM(5%:95%)".into()), "_wm_5_:95_"),
            (Statistic::Extended("PR(:20)".into()), "_pr_:20_"),
        ] {
            assert_eq!(suffix(&statistic), expected);
        }
    }

    #[test]
    fn labels_are_snaked_and_lose_colons_while_tags_keep_their_capitals() {
        assert_eq!(label("DBInstanceIdentifier"), "dbinstance_identifier");
        assert_eq!(label("Load  Balancer:Name"), "load_balancer_name");
        assert_eq!(tag_label("team:CostCenter"), "tag_team_CostCenter");
        assert_eq!(tag_label("__"), "tag__");
        assert_eq!(job("AWS/ES"), "aws_es");
    }

    #[test]
    fn an_arn_that_does_not_match_has_an_empty_id() {
        let id = |arn, pattern| resource_id(arn, &JavaRegex::find(pattern).unwrap()).to_owned();
        assert_eq!(
            id("arn:aws:es:eu-1:1:domain/logs", "domain/(x)?(.+)$"),
            "logs"
        );
        assert_eq!(id("arn:aws:es:eu-1:1:domain/logs", "bucket/(.+)$"), "");
    }

    #[test]
    fn a_name_with_a_leading_digit_is_repaired_and_remembered() {
        let mut rule = Rule {
            number: RuleNumber::new(1),
            line: 1,
            namespace: "7Shop".into(),
            metric_name: "Sales".into(),
            help: None,
            dimensions: None,
            select: Select::Any,
            tag_select: None,
            statistics: vec![Statistic::Sum, Statistic::Extended("p50".into())],
            period_seconds: 60,
            range_seconds: 600,
            delay_seconds: 600,
            set_timestamp: true,
            list_metrics_cache_ttl_seconds: 0,
            warn_on_empty_list_dimensions: false,
        };
        let names = RuleNames::new(&rule);
        assert_eq!(names.job, "7shop");
        assert_eq!(names.families, ["_7shop_sales_sum", "_7shop_sales_p50"]);
        assert_eq!(names.repaired_from.as_deref(), Some("7shop_sales_sum"));

        rule.namespace = "Shop".into();
        let names = RuleNames::new(&rule);
        assert_eq!(names.families, ["shop_sales_sum", "shop_sales_p50"]);
        assert_eq!(names.repaired_from, None);
    }
}

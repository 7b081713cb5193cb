//! Builders for the tests of this module.

use super::decide::{Decision, decide};
use super::listing::Need;
use crate::config::{Rule, RuleNumber, Select, Statistic};
use crate::metric::Dimension;

/// A rule with the defaults of an empty file.
pub(super) fn rule(number: usize, namespace: &str, metric: &str, dims: Option<&[&str]>) -> Rule {
    Rule {
        number: RuleNumber::new(number),
        line: number,
        namespace: namespace.into(),
        metric_name: metric.into(),
        help: None,
        dimensions: dims.map(|names| names.iter().map(|&name| name.to_owned()).collect()),
        select: Select::Any,
        tag_select: None,
        statistics: Statistic::BASIC.to_vec(),
        period_seconds: 60,
        range_seconds: 600,
        delay_seconds: 600,
        set_timestamp: true,
        list_metrics_cache_ttl_seconds: 0,
        warn_on_empty_list_dimensions: false,
    }
}

/// `aws_dimension_select`.
pub(super) fn values(select: &[(&str, &[&str])]) -> Select {
    let owned = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect();
    Select::Values(
        select
            .iter()
            .map(|&(key, values)| (key.to_owned(), owned(values)))
            .collect(),
    )
}

/// The need of a rule that lists.
pub(super) fn need(rule: &Rule) -> Need {
    match decide(rule, 0) {
        Decision::Listing(need) => need,
        Decision::NoDimensions | Decision::Product(_) => {
            panic!("rule {} does not list", rule.number)
        }
    }
}

/// Dimensions of a metric.
pub(super) fn dimensions(pairs: &[(&str, &str)]) -> Vec<Dimension> {
    let dimension = |&(name, value): &(&str, &str)| Dimension {
        name: name.into(),
        value: value.into(),
    };
    pairs.iter().map(dimension).collect()
}

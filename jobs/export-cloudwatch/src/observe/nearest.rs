//! Which dimension sets a metric really has: the answer to "why does this rule find nothing?".

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_cloudwatch::Client;
use common::aws::CallError;

use crate::config::Rule;
use crate::rule_fault::RuleError;

/// Sets that are worth showing.
const SHOWN: usize = 3;

/// A set of dimension names, and how many metrics have exactly it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DimensionSet {
    /// Sorted.
    pub names: BTreeSet<String>,
    /// At least so many: one page is looked at.
    pub metrics: usize,
    /// The first of them, as `{name=value, …}`.
    pub example: String,
}

/// Lists the rule's metric whatever its dimensions, one page, and returns the sets that are most
/// like the rule's own.
///
/// # Errors
/// When the call fails.
pub async fn nearest_sets(rule: &Rule, client: &Client) -> Result<Vec<DimensionSet>, RuleError> {
    let page = client
        .list_metrics()
        .namespace(&rule.namespace)
        .metric_name(&rule.metric_name)
        .send()
        .await
        .map_err(|error| CallError::from_sdk("cloudwatch", "ListMetrics", &error))?;
    let found = page.metrics().iter().map(|metric| {
        let pairs = metric.dimensions().iter();
        pairs
            .filter_map(|pair| Some((pair.name()?, pair.value()?)))
            .collect()
    });
    Ok(rank(rule.dimensions.as_deref().unwrap_or_default(), found))
}

/// Counts equal sets and puts those first that differ least from the wanted one.
fn rank<'m>(
    wanted: &[String],
    found: impl Iterator<Item = Vec<(&'m str, &'m str)>>,
) -> Vec<DimensionSet> {
    let wanted: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
    let mut sets: BTreeMap<BTreeSet<&str>, (usize, String)> = BTreeMap::new();
    for pairs in found {
        let names = pairs.iter().map(|(name, _)| *name).collect();
        sets.entry(names).or_insert_with(|| (0, example(&pairs))).0 += 1;
    }
    let mut sets: Vec<_> = sets.into_iter().collect();
    sets.sort_by_key(|(names, _)| names.symmetric_difference(&wanted).count());
    sets.truncate(SHOWN);
    let owned = |names: BTreeSet<&str>| names.into_iter().map(str::to_owned).collect();
    sets.into_iter()
        .map(|(names, (metrics, example))| DimensionSet {
            names: owned(names),
            metrics,
            example,
        })
        .collect()
}

fn example(pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!("{{{}}}", pairs.join(", "))
}

#[cfg(test)]
mod tests {
    use super::rank;

    #[test]
    fn the_set_that_differs_least_comes_first() {
        let found = [
            vec![],
            vec![("LoadBalancer", "lb"), ("TargetGroup", "tg")],
            vec![("LoadBalancer", "lb")],
            vec![],
        ];
        let wanted = ["LoadBalancer".to_owned(), "AvailabilityZone".to_owned()];
        let ranked = rank(&wanted, found.into_iter());
        let shown: Vec<_> = ranked
            .iter()
            .map(|set| (set.example.as_str(), set.metrics))
            .collect();
        assert_eq!(
            shown,
            [
                ("{LoadBalancer=lb}", 1),
                ("{}", 2),
                ("{LoadBalancer=lb, TargetGroup=tg}", 1)
            ]
        );
    }
}

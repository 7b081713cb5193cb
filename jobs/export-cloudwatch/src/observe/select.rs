//! Which of the listed metrics a rule keeps.
//!
//! Pure. A condition looks at the metric's own dimensions: a key that the metric lacks does not
//! filter. Patterns are compiled once, when the file is read.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::listed::Shape;
use super::resources::Resource;
use super::why::{Filtering, Finding};
use crate::config::{JavaRegex, Rule, Select};
use crate::metric::{Dimension, Metric};

/// Values that an explanation shows of a dimension.
const SHOWN_VALUES: usize = 5;

/// Keeps the metrics that pass the rule's select and, when it filters by tags, belong to one of
/// `resources`.
pub(super) fn select(rule: &Rule, shape: &Shape, resources: &[Resource]) -> (Vec<Metric>, Finding) {
    let conditions = conditions(rule, resources);
    let namespace: Arc<str> = rule.namespace.as_str().into();
    let mut kept = Vec::new();
    let mut rejections: BTreeMap<usize, usize> = BTreeMap::new();
    for dimensions in &shape.metrics {
        match conditions
            .iter()
            .position(|condition| !condition.accepts(dimensions))
        {
            Some(failed) => *rejections.entry(failed).or_default() += 1,
            None => kept.push(Metric {
                namespace: Arc::clone(&namespace),
                name: Arc::clone(&shape.metric_name),
                dimensions: Arc::clone(dimensions),
            }),
        }
    }
    // The condition that rejected most is the one to explain; of several the first in the file.
    let worst = rejections
        .into_iter()
        .max_by_key(|&(at, count)| (count, std::cmp::Reverse(at)));
    let finding = match worst.and_then(|(at, _)| conditions.get(at)) {
        Some(condition) if kept.is_empty() => condition.explain(shape),
        Some(_) | None => found(shape, kept.len()),
    };
    (kept, finding)
}

fn found(shape: &Shape, kept: usize) -> Finding {
    match (shape.listed, shape.metrics.len()) {
        (0, _) => Finding::NothingListed,
        (listed, 0) => Finding::OtherDimensions { listed },
        (listed, exact) => Finding::Selected {
            listed,
            exact,
            kept,
        },
    }
}

/// One thing that a metric must satisfy.
struct Condition<'r> {
    dimension: &'r str,
    test: Test<'r>,
}

enum Test<'r> {
    OneOf(HashSet<&'r str>),
    Matches(&'r [JavaRegex]),
    /// The value is the id of a resource with the wanted tags.
    Tagged {
        ids: HashSet<&'r str>,
        resources: usize,
    },
}

fn conditions<'r>(rule: &'r Rule, resources: &'r [Resource]) -> Vec<Condition<'r>> {
    let mut conditions: Vec<Condition<'r>> = match &rule.select {
        Select::Any => Vec::new(),
        Select::Values(select) => select
            .iter()
            .map(|(dimension, values)| Condition {
                dimension,
                test: Test::OneOf(values.iter().map(String::as_str).collect()),
            })
            .collect(),
        Select::Patterns(select) => select
            .iter()
            .map(|(dimension, patterns)| Condition {
                dimension,
                test: Test::Matches(patterns),
            })
            .collect(),
    };
    if let Some(tags) = rule.tag_select.as_ref().filter(|tags| tags.tags.is_some()) {
        let ids = resources
            .iter()
            .map(|resource| resource.id.as_str())
            .collect();
        let test = Test::Tagged {
            ids,
            resources: resources.len(),
        };
        conditions.push(Condition {
            dimension: &tags.resource_id_dimension,
            test,
        });
    }
    conditions
}

impl Condition<'_> {
    fn accepts(&self, dimensions: &[Dimension]) -> bool {
        let own = dimensions
            .iter()
            .filter(|dimension| &*dimension.name == self.dimension);
        own.map(|dimension| &*dimension.value)
            .all(|value| match &self.test {
                Test::OneOf(values) => values.contains(value),
                Test::Matches(patterns) => patterns.iter().any(|pattern| pattern.is_match(value)),
                Test::Tagged { ids, .. } => ids.contains(value),
            })
    }

    fn explain(&self, shape: &Shape) -> Finding {
        let values = shape
            .metrics
            .iter()
            .flat_map(|dimensions| dimensions.iter());
        let values: BTreeSet<&str> = values
            .filter(|dimension| &*dimension.name == self.dimension)
            .map(|dimension| &*dimension.value)
            .collect();
        let dimension = self.dimension.to_owned();
        Finding::AllFiltered {
            exact: shape.metrics.len(),
            by: match &self.test {
                Test::OneOf(_) | Test::Matches(_) => Filtering::Select { dimension },
                Test::Tagged { resources, .. } => Filtering::Tags {
                    dimension,
                    resources: *resources,
                },
            },
            seen: values
                .iter()
                .take(SHOWN_VALUES)
                .map(|&value| value.to_owned())
                .collect(),
            distinct: values.len(),
        }
    }
}

#[cfg(test)]
mod tests;

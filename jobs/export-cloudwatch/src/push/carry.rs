//! Series of a rule that could not be read, taken over from the group's last push: a throttled run
//! must not look like a vanished metric.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use common::exposition::{Family, Kind, Labels, Sample};
use common::pushgateway::StoredGroup;

use crate::config::{Rule, Select};
use crate::families::RESOURCE_INFO;
use crate::metric::Dimension;
use crate::naming::{RuleNames, SeriesLabels, info_labels};

/// Adds to `families` the stored series of the `failed` rules that are not among them. Says how
/// many. What one of the `read` rules would have said is not taken over: it has been asked, and is
/// silent.
pub(super) fn carry(
    failed: &[&Rule],
    read: &[&Rule],
    stored: &StoredGroup,
    families: &mut Vec<Family>,
) -> usize {
    // Which series a rule with tags would have written is not known here.
    let selects_tags = |rule: &&&Rule| rule.tag_select.as_ref().is_some_and(|s| s.tags.is_some());
    let read = read.iter().filter(|rule| !selects_tags(rule));
    let read: Vec<Shape> = read.map(|rule| Shape::of(rule)).collect();
    let mut carried = 0;
    for rule in failed {
        let shape = Shape::of(rule);
        for name in &shape.names.families {
            let is_wanted = |labels: &Labels| {
                shape.covers(name, labels) && !read.iter().any(|rule| rule.covers(name, labels))
            };
            carried += take_over(name, stored, families, is_wanted);
        }
        if let Some(label) = info_label(rule) {
            let fresh = families.iter().find(|family| family.name == RESOURCE_INFO);
            let fresh = fresh
                .map(|family| family.samples.as_slice())
                .unwrap_or_default();
            let fresh: HashSet<String> = fresh
                .iter()
                .filter_map(|sample| sample.labels.get("arn").map(str::to_owned))
                .collect();
            // What is known of a resource now is newer than what was, whatever its tags say.
            let is_wanted = |labels: &Labels| {
                let is_fresh = labels.get("arn").is_some_and(|arn| fresh.contains(arn));
                labels.get(&label).is_some() && !is_fresh
            };
            carried += take_over(RESOURCE_INFO, stored, families, is_wanted);
        }
    }
    carried
}

/// Adds the stored samples of one family that are wanted and not there yet.
fn take_over(
    name: &str,
    stored: &StoredGroup,
    families: &mut Vec<Family>,
    is_wanted: impl Fn(&Labels) -> bool,
) -> usize {
    let Some(old) = stored.family(name) else {
        return 0;
    };
    let at = families.iter().position(|family| family.name == *name);
    let there = at
        .and_then(|at| families.get(at))
        .map(|family| family.samples.as_slice());
    let known: HashSet<BTreeSet<(&str, &str)>> = there
        .unwrap_or_default()
        .iter()
        .map(|sample| pairs(&sample.labels))
        .collect();
    let missing: Vec<Sample> = old
        .family
        .samples
        .iter()
        .filter(|sample| is_wanted(&sample.labels) && !known.contains(&pairs(&sample.labels)))
        .cloned()
        .collect();
    let count = missing.len();
    match at.and_then(|at| families.get_mut(at)) {
        Some(family) => family.samples.extend(missing),
        None if missing.is_empty() => {}
        None => families.push(Family {
            name: name.to_owned(),
            kind: Kind::Gauge,
            help: old.family.help.clone(),
            samples: missing,
        }),
    }
    count
}

/// What the series of a rule look like.
struct Shape<'r> {
    rule: &'r Rule,
    names: RuleNames,
    /// Label name to dimension; `job` and `instance` belong to none.
    labels: BTreeMap<String, Option<&'r str>>,
}

impl<'r> Shape<'r> {
    fn of(rule: &'r Rule) -> Self {
        let names = RuleNames::new(rule);
        let dimensions = rule.dimensions.as_deref().unwrap_or_default();
        // Different values, because equal ones of colliding names are written as one label.
        let metric: Vec<Dimension> = dimensions
            .iter()
            .enumerate()
            .map(|(at, name)| Dimension {
                name: name.as_str().into(),
                value: at.to_string().into(),
            })
            .collect();
        let labels = SeriesLabels::new(&names.job).of(&metric);
        let owners = [None, None]
            .into_iter()
            .chain(dimensions.iter().map(|d| Some(d.as_str())));
        let labels = labels
            .iter()
            .map(|label| label.name.to_string())
            .zip(owners)
            .collect();
        Self {
            rule,
            names,
            labels,
        }
    }

    /// Whether the rule can have written this series: it has exactly the rule's labels, and values
    /// that the rule selects.
    fn covers(&self, family: &str, labels: &Labels) -> bool {
        let is_selected = |dimension: &str, value: &str| match &self.rule.select {
            Select::Any => true,
            Select::Values(values) => values
                .iter()
                .filter(|(name, _)| name == dimension)
                .all(|(_, values)| values.iter().any(|wanted| wanted == value)),
            Select::Patterns(patterns) => patterns
                .iter()
                .filter(|(name, _)| name == dimension)
                .all(|(_, patterns)| patterns.iter().any(|pattern| pattern.is_match(value))),
        };
        self.names.families.iter().any(|name| name == family)
            && labels.len() == self.labels.len()
            && labels
                .iter()
                .all(|label| match self.labels.get(&*label.name) {
                    Some(Some(dimension)) => is_selected(dimension, &label.value),
                    Some(None) => true,
                    None => false,
                })
    }
}

/// The label of `aws_resource_info` that holds the id of the rule's resources.
fn info_label(rule: &Rule) -> Option<String> {
    let dimension = &rule.tag_select.as_ref()?.resource_id_dimension;
    let labels = info_labels("", "", (dimension, ""), &[]);
    labels.last().map(|label| label.name.to_string())
}

fn pairs(labels: &Labels) -> BTreeSet<(&str, &str)> {
    labels
        .iter()
        .map(|label| (&*label.name, &*label.value))
        .collect()
}

//! Series of a rule that could not be read, taken over from the group's last push: a throttled run
//! must not look like a vanished metric.

use std::collections::{BTreeSet, HashSet};

use common::exposition::{Family, Kind, Labels};
use common::pushgateway::StoredGroup;

use crate::config::Rule;
use crate::metric::Dimension;
use crate::naming::{RuleNames, SeriesLabels};

/// Adds to `families` the stored series of `rule` that are not among them. Says how many.
///
/// A rule's series are those in its families that have exactly its label names: a second rule of
/// the same family has other dimensions.
pub(super) fn carry(rule: &Rule, stored: &StoredGroup, families: &mut Vec<Family>) -> usize {
    let names = RuleNames::new(rule);
    let wanted = label_names(rule, &names.job);
    let mut carried = 0;
    for name in &names.families {
        let Some(old) = stored.family(name) else {
            continue;
        };
        let at = families.iter().position(|family| family.name == *name);
        let known: HashSet<BTreeSet<(&str, &str)>> = at
            .and_then(|at| families.get(at))
            .into_iter()
            .flat_map(|family| &family.samples)
            .map(|sample| pairs(&sample.labels))
            .collect();
        let is_of_rule = |labels: &Labels| {
            labels.len() == wanted.len() && labels.iter().all(|label| wanted.contains(&*label.name))
        };
        let missing: Vec<_> = old
            .family
            .samples
            .iter()
            .filter(|sample| is_of_rule(&sample.labels) && !known.contains(&pairs(&sample.labels)))
            .cloned()
            .collect();
        if missing.is_empty() {
            continue;
        }
        carried += missing.len();
        match at.and_then(|at| families.get_mut(at)) {
            Some(family) => family.samples.extend(missing),
            None => families.push(Family {
                name: name.clone(),
                kind: Kind::Gauge,
                help: old.family.help.clone(),
                samples: missing,
            }),
        }
    }
    carried
}

fn pairs(labels: &Labels) -> BTreeSet<(&str, &str)> {
    labels
        .iter()
        .map(|label| (&*label.name, &*label.value))
        .collect()
}

/// Label names that the rule's series have: those of a metric with its dimensions.
fn label_names(rule: &Rule, job: &str) -> BTreeSet<String> {
    // Different values, because equal ones of colliding names are written as one label.
    let dimensions: Vec<Dimension> = rule
        .dimensions
        .iter()
        .flatten()
        .enumerate()
        .map(|(at, name)| Dimension {
            name: name.as_str().into(),
            value: at.to_string().into(),
        })
        .collect();
    let labels = SeriesLabels::new(job).of(&dimensions);
    labels.iter().map(|label| label.name.to_string()).collect()
}

//! Makes metric families out of readings: what stands in each Pushgateway group.
//!
//! Pure. The order of the readings does not matter: families stand in file order, series in the
//! order of rule and metric. Two rules with one name share a family, and of two readings of one
//! series the newest is kept. Pushing, and what becomes of a group whose rules failed, is decided
//! elsewhere.

mod group;
mod series;

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;

use common::exposition::Family;
use jiff::Timestamp;

use self::group::{Duplicates, Entry, GroupDraft};
use crate::config::{Config, Rule, RuleNumber, Statistic};
use crate::fetch::Reading;
use crate::naming::{self, RuleNames, SeriesLabels};
use crate::observe::RuleMetrics;

/// Name of the family that describes resources instead of measuring them.
pub const RESOURCE_INFO: &str = "aws_resource_info";

/// All that is written under one job label, which is also the name of a Pushgateway group.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Such as `aws_es`.
    pub job: String,
    /// In the order that they are written in; none is empty.
    pub families: Vec<Family>,
}

/// The outcome of [`build`].
#[derive(Debug, Clone, PartialEq)]
pub struct Built {
    /// Sorted by job. A group without a single sample is absent.
    pub groups: Vec<Group>,
    /// Samples left out because a newer one of the same series was there.
    pub duplicates_dropped: u64,
    /// What was repaired or left out, one line for each cause.
    pub warnings: Vec<String>,
}

/// Makes the families of a run.
///
/// `resources` are the rules that could be resolved; their resources become `aws_resource_info`,
/// once for each ARN, described by the first rule in the file that selected it. Readings of rules
/// that `config` does not hold are ignored.
pub fn build(config: &Config, mut readings: Vec<Reading>, resources: &[RuleMetrics]) -> Built {
    let mut warnings = Vec::new();
    let mut drafts = BTreeMap::<String, GroupDraft>::new();
    let mut writers = BTreeMap::new();
    for rule in &config.rules {
        let names = RuleNames::new(rule);
        let draft = drafts.entry(names.job.clone()).or_default();
        writers.insert(rule.number, RuleWriter::new(rule, names, draft));
    }

    readings.sort_by(|a, b| a.rule.cmp(&b.rule).then_with(|| a.metric.cmp(&b.metric)));
    for reading in readings {
        let Some(writer) = writers.get_mut(&reading.rule) else {
            continue;
        };
        warnings.extend(writer.repair_warning.take());
        if let Some(draft) = drafts.get_mut(&writer.job) {
            writer.write(&reading, draft);
        }
    }
    write_resource_info(config, resources, &mut drafts);

    let mut duplicates = Duplicates::default();
    let mut groups = Vec::with_capacity(drafts.len());
    for (job, draft) in drafts {
        let families = draft.finish(&mut duplicates);
        if !families.is_empty() {
            groups.push(Group { job, families });
        }
    }
    let duplicates_dropped = duplicates.dropped();
    warnings.extend(duplicates.into_warnings());
    Built {
        groups,
        duplicates_dropped,
        warnings,
    }
}

/// What turns readings of one rule into samples.
struct RuleWriter {
    job: String,
    labels: SeriesLabels,
    /// Positions in the group's draft, parallel to the rule's statistics.
    families: Vec<usize>,
    /// Said once, when the rule has something to write.
    repair_warning: Option<String>,
}

impl RuleWriter {
    fn new(rule: &Rule, names: RuleNames, draft: &mut GroupDraft) -> Self {
        let repair_warning = names
            .repaired_from
            .zip(names.families.first())
            .map(|(from, to)| {
                format!(
                    "rule {}: `{from}` is not a metric name, written as `{to}`",
                    rule.number
                )
            });
        let families = rule.statistics.iter().zip(names.families);
        let families =
            families.map(|(statistic, name)| draft.family(name, || help(rule, statistic)));
        Self {
            families: families.collect(),
            labels: SeriesLabels::new(&names.job),
            job: names.job,
            repair_warning,
        }
    }

    fn write(&mut self, reading: &Reading, draft: &mut GroupDraft) {
        let series = draft.series(self.labels.of(&reading.metric.dimensions));
        for (&family, value) in self.families.iter().zip(&reading.values) {
            if let Some(value) = *value {
                draft.push(
                    family,
                    Entry {
                        series,
                        at: reading.at,
                        rule: reading.rule,
                        value,
                    },
                );
            }
        }
    }
}

fn write_resource_info(
    config: &Config,
    resources: &[RuleMetrics],
    drafts: &mut BTreeMap<String, GroupDraft>,
) {
    let resources: BTreeMap<RuleNumber, _> = resources
        .iter()
        .map(|resolved| (resolved.rule, &resolved.resources))
        .collect();
    let mut described = HashSet::new();
    for rule in &config.rules {
        let (Some(tags), Some(resources)) = (&rule.tag_select, resources.get(&rule.number)) else {
            continue;
        };
        let job = naming::job(&rule.namespace);
        for resource in resources
            .iter()
            .filter(|resource| described.insert(resource.arn.as_str()))
        {
            let id = (tags.resource_id_dimension.as_str(), resource.id.as_str());
            let labels = naming::info_labels(&job, &resource.arn, id, &resource.tags);
            let draft = drafts.entry(job.clone()).or_default();
            let help = || "AWS information available for resource".to_owned();
            let family = draft.family(RESOURCE_INFO.to_owned(), help);
            let series = draft.series(labels);
            let at = Timestamp::UNIX_EPOCH;
            draft.push(
                family,
                Entry {
                    series,
                    at,
                    rule: rule.number,
                    value: 1.0,
                },
            );
        }
    }
}

/// The exporter's HELP text. It ends with the unit, which `GetMetricData` does not tell.
fn help(rule: &Rule, statistic: &Statistic) -> String {
    if let Some(help) = &rule.help {
        return help.clone();
    }
    let mut text = format!(
        "CloudWatch metric {} {} Dimensions: ",
        rule.namespace, rule.metric_name
    );
    // Writing to a `String` cannot fail.
    match &rule.dimensions {
        None => text.push_str("null"),
        Some(names) => write!(text, "[{}]", names.join(", ")).unwrap_or_default(),
    }
    write!(text, " Statistic: {statistic} Unit: N/A").unwrap_or_default();
    text
}

#[cfg(test)]
mod tests;

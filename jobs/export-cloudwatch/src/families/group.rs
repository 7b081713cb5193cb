//! A group while it is being filled.

#![expect(
    clippy::disallowed_types,
    reason = "names are looked up, and families come in their order"
)]

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use common::exposition::{Family, Kind, Labels, Sample};
use jiff::Timestamp;

use super::series::SeriesTable;
use crate::config::RuleNumber;

/// Families in the order of their first mention, with every value that was read for them.
#[derive(Debug, Default)]
pub(super) struct GroupDraft {
    series: SeriesTable,
    families: Vec<FamilyDraft>,
    by_name: HashMap<String, usize>,
}

#[derive(Debug)]
struct FamilyDraft {
    name: String,
    help: String,
    entries: Vec<Entry>,
}

/// A value that may become a sample.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// Number of the series within the group.
    pub(super) series: usize,
    /// Time of the datapoint.
    pub(super) at: Timestamp,
    /// Rule that read it.
    pub(super) rule: RuleNumber,
    /// The value.
    pub(super) value: f64,
}

impl GroupDraft {
    /// The position of the family with this name; the first mention decides place and HELP.
    pub(super) fn family(&mut self, name: String, help: impl FnOnce() -> String) -> usize {
        let next = self.families.len();
        let position = *self.by_name.entry(name.clone()).or_insert(next);
        if position == next {
            self.families.push(FamilyDraft {
                name,
                help: help(),
                entries: Vec::new(),
            });
        }
        position
    }

    /// The number of a series.
    pub(super) fn series(&mut self, labels: Labels) -> usize {
        self.series.number(labels)
    }

    /// Adds a value to the family at `position`.
    pub(super) fn push(&mut self, position: usize, entry: Entry) {
        if let Some(family) = self.families.get_mut(position) {
            family.entries.push(entry);
        }
    }

    /// The families that have samples, each series once.
    pub(super) fn finish(self, duplicates: &mut Duplicates) -> Vec<Family> {
        let labels = self.series.into_labels();
        let filled = self
            .families
            .into_iter()
            .filter(|family| !family.entries.is_empty());
        filled
            .map(|family| family.finish(&labels, duplicates))
            .collect()
    }
}

impl FamilyDraft {
    fn finish(mut self, labels: &[Labels], duplicates: &mut Duplicates) -> Family {
        // Of equally new values the one of the earlier rule wins.
        self.entries
            .sort_by_key(|entry| (entry.series, Reverse(entry.at), entry.rule));
        self.entries.dedup_by(|later, kept| {
            let same = later.series == kept.series;
            if same && let Some(labels) = labels.get(kept.series) {
                duplicates.record(kept.rule, later.rule, &self.name, labels);
            }
            same
        });
        let samples = self.entries.iter().filter_map(|entry| {
            Some(Sample {
                labels: labels.get(entry.series)?.clone(),
                value: entry.value,
            })
        });
        Family {
            samples: samples.collect(),
            name: self.name,
            kind: Kind::Gauge,
            help: self.help,
        }
    }
}

/// Values that gave way to newer ones, by the rules that read both.
#[derive(Debug, Default)]
pub(super) struct Duplicates(BTreeMap<(RuleNumber, RuleNumber), Dropped>);

#[derive(Debug)]
struct Dropped {
    count: u64,
    example: String,
}

impl Duplicates {
    fn record(&mut self, one: RuleNumber, other: RuleNumber, family: &str, labels: &Labels) {
        let rules = (one.min(other), one.max(other));
        let dropped = self.0.entry(rules).or_insert_with(|| {
            let labels = labels.iter().filter(|label| !label.value.is_empty());
            let labels: Vec<_> = labels
                .map(|l| format!("{}={:?}", l.name, l.value))
                .collect();
            Dropped {
                count: 0,
                example: format!("{family}{{{}}}", labels.join(",")),
            }
        });
        dropped.count += 1;
    }

    /// How many values were dropped in all.
    pub(super) fn dropped(&self) -> u64 {
        self.0.values().map(|dropped| dropped.count).sum()
    }

    /// One line for each pair of rules.
    pub(super) fn into_warnings(self) -> impl Iterator<Item = String> {
        self.0
            .into_iter()
            .map(|((one, other), Dropped { count, example })| {
                let who = if one == other {
                    format!("rule {one} reads two metrics with the same name and labels")
                } else {
                    format!("rules {one} and {other} write the same series")
                };
                let values = if count == 1 { "value" } else { "values" };
                format!("{who}, such as `{example}`: {count} older {values} dropped")
            })
    }
}

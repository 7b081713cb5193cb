//! The exporter's own metrics: what the alert rules judge it by.

use std::collections::{BTreeMap, BTreeSet};

use common::exposition::{Family, Sample};
use common::metrics::{self, Metric};
use common::number::{from_count, from_time, to_f64};

use crate::config::RuleNumber;
use crate::plan::RunPrice;
use crate::push::{Intent, Previous, Pushed, ownership};
use crate::rule_fault::RuleFault;
use common::fault::Fault as _;

/// What a run counted.
#[derive(Debug)]
pub struct Numbers<'a> {
    /// Label values of all rules of the file.
    pub labels: &'a BTreeMap<RuleNumber, String>,
    /// Series read for each rule of the run.
    pub series: &'a BTreeMap<RuleNumber, u64>,
    /// Rules that could not be read in full.
    pub faults: &'a BTreeMap<RuleNumber, RuleFault>,
    /// Price of the run.
    pub price: RunPrice,
    /// Samples left out because a newer one of the same series was there.
    pub duplicates_dropped: u64,
    /// Whether no CronJob started the run.
    pub by_hand: bool,
}

/// The families of our own group. Rules outside this run's scope keep what `previous` says of them.
pub fn own_families(
    numbers: &Numbers<'_>,
    intent: &Intent,
    pushed: &Pushed,
    previous: &Previous,
) -> Vec<Family> {
    let of_run = |(number, label): (&RuleNumber, &'_ String)| {
        numbers.series.contains_key(number).then(|| label.clone())
    };
    let of_run: BTreeSet<String> = numbers.labels.iter().filter_map(of_run).collect();
    let is_of_file = |rule: &str| numbers.labels.values().any(|label| label == rule);
    // A run by hand may be one with another file: it erases nothing that it does not know.
    let is_kept = |rule: &str| !of_run.contains(rule) && (numbers.by_hand || is_of_file(rule));
    let label = |number: &RuleNumber| numbers.labels.get(number).map_or("", String::as_str);
    let series = numbers
        .series
        .iter()
        .map(|(number, count)| ([("rule", label(number))], to_f64(*count)));
    let errors = numbers.faults.iter().map(|(number, fault)| {
        (
            [("rule", label(number)), ("class", fault.error.code())],
            1.0,
        )
    });
    let successes = intent
        .last_success
        .iter()
        .map(|(number, at)| ([("rule", label(number))], from_time(*at)));
    let per_rule = [
        (
            metrics::CLOUDWATCH_RULE_SERIES,
            metrics::CLOUDWATCH_RULE_SERIES.family(series),
        ),
        (
            metrics::CLOUDWATCH_RULE_ERRORS,
            metrics::CLOUDWATCH_RULE_ERRORS.family(errors),
        ),
        (
            metrics::CLOUDWATCH_RULE_LAST_SUCCESS,
            metrics::CLOUDWATCH_RULE_LAST_SUCCESS.family(successes),
        ),
    ];
    let mut families: Vec<Family> = per_rule
        .into_iter()
        .map(|(metric, mut family)| {
            family
                .samples
                .extend(kept(previous, metric, "rule", is_kept));
            family
        })
        .collect();

    let deleted: BTreeSet<&str> = pushed.deleted.iter().map(String::as_str).collect();
    let earlier = previous.owned();
    let owned: BTreeSet<&str> = intent
        .written()
        .chain(earlier.iter().map(String::as_str))
        .filter(|job| !deleted.contains(job) && !intent.released.contains(*job))
        .collect();
    let pushed_series = pushed
        .groups
        .iter()
        .map(|(job, count)| ([("group_job", job.as_str())], from_count(*count)));
    let mut group_series = metrics::CLOUDWATCH_SERIES_PUSHED.family(pushed_series);
    let untouched =
        |job: &str| owned.contains(job) && pushed.groups.iter().all(|(name, _)| name != job);
    group_series.samples.extend(kept(
        previous,
        metrics::CLOUDWATCH_SERIES_PUSHED,
        "group_job",
        untouched,
    ));
    families.push(ownership(owned.iter().copied()));
    families.push(group_series);
    families.push(metrics::CLOUDWATCH_API_COST.single(numbers.price.usd));
    families.push(metrics::CLOUDWATCH_BILLED_METRICS.single(to_f64(numbers.price.billed_metrics)));
    families
        .push(metrics::CLOUDWATCH_DUPLICATES_DROPPED.single(to_f64(numbers.duplicates_dropped)));
    families.retain(|family| !family.samples.is_empty());
    families
}

/// Samples of `previous` whose `label` passes.
fn kept(
    previous: &Previous,
    metric: Metric,
    label: &'static str,
    passes: impl Fn(&str) -> bool,
) -> Vec<Sample> {
    previous
        .own_family(metric)
        .iter()
        .filter(|sample| sample.labels.get(label).is_some_and(&passes))
        .cloned()
        .collect()
}

//! What a run amounts to: the exit status for what is missing, and the exporter's own metrics.

mod own_metrics;

use std::collections::BTreeMap;

use common::exit::Exit;
use common::fault::{Fault as _, chain};
use common::report::{Conclusion, Problem};

use crate::config::{Rule, RuleNumber};
use crate::fetch::Fetched;
use crate::rule_fault::RuleFault;
use crate::source::Observed;

pub use own_metrics::{Numbers, own_families};

/// The first trouble of each rule, from resolving and from reading.
pub fn faults(observed: &Observed, fetched: &Fetched) -> BTreeMap<RuleNumber, RuleFault> {
    let all = fetched.faults.iter().chain(observed.faults());
    all.map(|fault| (fault.rule, fault.clone())).collect()
}

/// Says what was repaired or left out.
pub fn warn(warnings: &[String]) {
    for warning in warnings {
        tracing::warn!("{warning}");
    }
}

/// What it means that some rules could not be read; `None` when all of them were.
///
/// Denied when every missing part was forbidden, a configuration error when AWS refused every one
/// of them as wrong, otherwise transient.
pub fn coverage(
    rules: &[Rule],
    faults: &BTreeMap<RuleNumber, RuleFault>,
) -> Option<Conclusion> {
    let (number, first) = faults.first_key_value()?;
    for (text, numbers) in by_text(faults) {
        let count = numbers.len();
        let rules_word = if count == 1 { "rule" } else { "rules" };
        let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        tracing::warn!(rules_failed = count, "{rules_word} {} not read: {text}", numbers.join(", "));
    }
    let exits = || faults.values().map(|fault| fault.error.exit());
    let exit = [Exit::Denied, Exit::Config]
        .into_iter()
        .find(|exit| exits().all(|each| each == *exit))
        .unwrap_or(Exit::Transient);
    let (failed, all) = (faults.len(), rules.len());
    let rules_word = if all == 1 { "rule" } else { "rules" };
    let example = format!("rule {number} ({}): {}", name(rules, *number), chain(&first.error));
    let others = if failed > 1 { ", the first" } else { "" };
    Some(Conclusion::failed(
        exit,
        Problem {
            code: first.error.code().to_owned(),
            error: format!("{failed} of {all} {rules_word} not read{others}: {example}"),
            hint: first.error.hint(),
        },
    ))
}

/// Rules with the same trouble together, by the first of them: one refused call can hit many.
fn by_text(faults: &BTreeMap<RuleNumber, RuleFault>) -> Vec<(String, Vec<RuleNumber>)> {
    let mut groups: Vec<(String, Vec<RuleNumber>)> = Vec::new();
    for (number, fault) in faults {
        let text = chain(&fault.error);
        match groups.iter_mut().find(|(known, _)| *known == text) {
            Some((_, numbers)) => numbers.push(*number),
            None => groups.push((text, vec![*number])),
        }
    }
    groups
}

fn name(rules: &[Rule], number: RuleNumber) -> String {
    rules
        .iter()
        .find(|rule| rule.number == number)
        .map(|rule| format!("{} {}", rule.namespace, rule.metric_name))
        .unwrap_or_default()
}

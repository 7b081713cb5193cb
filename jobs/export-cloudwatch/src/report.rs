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
pub fn coverage(rules: &[Rule], faults: &BTreeMap<RuleNumber, RuleFault>) -> Option<Conclusion> {
    let (number, first) = faults.first_key_value()?;
    for (text, numbers) in by_text(faults) {
        let count = numbers.len();
        let rules_word = if count == 1 { "rule" } else { "rules" };
        let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        tracing::warn!(
            rules_failed = count,
            "{rules_word} {} not read: {text}",
            numbers.join(", ")
        );
    }
    let exits = || faults.values().map(|fault| fault.error.exit());
    let exit = [Exit::Denied, Exit::Config]
        .into_iter()
        .find(|exit| exits().all(|each| each == *exit))
        .unwrap_or(Exit::Transient);
    let (failed, all) = (faults.len(), rules.len());
    let rules_word = if all == 1 { "rule" } else { "rules" };
    let example = format!(
        "rule {number} ({}): {}",
        name(rules, *number),
        chain(&first.error)
    );
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

#[cfg(test)]
mod tests {
    use common::aws::{CallError, CallErrorKind};

    use super::*;
    use crate::config::{Config, UnknownKeys};
    use crate::rule_fault::RuleError;

    const CONFIG: &str = "
metrics:
- {aws_namespace: AWS/ES, aws_metric_name: Nodes}
- {aws_namespace: AWS/EFS, aws_metric_name: Load}
";

    fn conclusion(failed: &[(usize, CallErrorKind)]) -> Option<Conclusion> {
        let (config, _) = Config::parse("f.yml", CONFIG, UnknownKeys::Reject).unwrap();
        let faults = failed.iter().map(|(number, kind)| {
            let error = RuleError::Call(CallError {
                service: "cloudwatch",
                operation: "ListMetrics",
                kind: *kind,
                code: None,
                message: "no".into(),
                request_id: None,
            });
            let rule = RuleNumber::new(*number);
            (rule, RuleFault { rule, error })
        });
        coverage(&config.rules, &faults.collect())
    }

    #[test]
    fn the_exit_status_tells_a_refusal_from_bad_luck() {
        use CallErrorKind::{Denied, Rejected, Throttled};
        let exit = |failed: &[_]| conclusion(failed).map(|conclusion| conclusion.exit);
        assert_eq!(exit(&[]), None);
        assert_eq!(exit(&[(1, Denied), (2, Denied)]), Some(Exit::Denied));
        assert_eq!(exit(&[(2, Rejected)]), Some(Exit::Config));
        assert_eq!(exit(&[(1, Denied), (2, Throttled)]), Some(Exit::Transient));
        assert_eq!(exit(&[(1, Denied), (2, Rejected)]), Some(Exit::Transient));
    }

    #[test]
    fn the_error_names_the_first_rule_and_counts_the_rest() {
        let problem = conclusion(&[(1, CallErrorKind::Denied), (2, CallErrorKind::Denied)]);
        insta::assert_snapshot!(
            problem.unwrap().problem.unwrap().error,
            @"2 of 2 rules not read, the first: rule 1 (AWS/ES Nodes): cloudwatch ListMetrics: no"
        );
    }
}

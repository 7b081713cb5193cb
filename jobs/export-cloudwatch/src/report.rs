//! What a run amounts to: the exit status for what is missing, and the exporter's own metrics.

mod delivery;
mod own_metrics;

use std::collections::BTreeMap;

use common::exit::Exit;
use common::fault::{Fault as _, chain};
use common::report::{Conclusion, Problem};

use crate::config::{Rule, RuleNumber};
use crate::fetch::Fetched;
use crate::observe::RuleMetrics;
use crate::rule_fault::{RuleError, RuleFault};
use crate::source::Observed;

pub use delivery::{refusal, tell};
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

/// Says that no rule of this run finds a metric, which no single rule can know: most likely it is
/// the wrong region or account. Rules that could not be listed are told of elsewhere.
pub fn warn_if_nothing_found(region: &str, rules: &[Result<RuleMetrics, RuleFault>]) {
    let finds_none = |rule: &Result<RuleMetrics, RuleFault>| {
        rule.as_ref().is_ok_and(|found| found.metrics.is_empty())
    };
    if !rules.is_empty() && rules.iter().all(finds_none) {
        tracing::warn!(
            "no rule finds a metric in {region}: check `region`, and whose credentials these are"
        );
    }
}

/// What it means that some rules could not be read; `None` when all of them were.
///
/// Denied when every missing part was forbidden, a configuration error when AWS refused every one
/// of them as wrong, otherwise transient.
pub fn coverage(rules: &[Rule], faults: &BTreeMap<RuleNumber, RuleFault>) -> Option<Conclusion> {
    let (number, first) = faults.first_key_value()?;
    for (fault, numbers) in by_cause(faults) {
        let rules_word = if numbers.len() == 1 { "rule" } else { "rules" };
        let rules: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        tracing::warn!(
            fault = fault.code(),
            rules = rules.join(","),
            rules_failed = numbers.len(),
            "{rules_word} {} not read: {}",
            spans(&numbers),
            chain(fault)
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

/// Rules with the same trouble together, by the first of them: one reason can hit many calls.
fn by_cause(faults: &BTreeMap<RuleNumber, RuleFault>) -> Vec<(&RuleError, Vec<RuleNumber>)> {
    let mut groups: Vec<(RuleError, &RuleError, Vec<RuleNumber>)> = Vec::new();
    for (number, fault) in faults {
        let cause = fault.error.clone().without_request_id();
        match groups.iter_mut().find(|(known, ..)| *known == cause) {
            Some((.., numbers)) => numbers.push(*number),
            None => groups.push((cause, &fault.error, vec![*number])),
        }
    }
    groups
        .into_iter()
        .map(|(_, first, numbers)| (first, numbers))
        .collect()
}

/// Rising numbers for a person: `1, 2, 3`, and from four in a row on `1-4`.
fn spans(numbers: &[RuleNumber]) -> String {
    let in_a_row = |a: &RuleNumber, b: &RuleNumber| a.get() + 1 == b.get();
    let mut texts = Vec::new();
    for row in numbers.chunk_by(in_a_row) {
        match row {
            [first, _, _, .., last] => texts.push(format!("{first}-{last}")),
            few => texts.extend(few.iter().map(ToString::to_string)),
        }
    }
    texts.join(", ")
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
    fn one_reason_is_one_group_whatever_the_requests_were_called() {
        let denied = |operation, request: &str| CallError {
            service: "cloudwatch",
            operation,
            kind: CallErrorKind::Denied,
            code: Some("AccessDenied".into()),
            message: "no".into(),
            request_id: Some(request.into()),
        };
        let refused = |request| RuleError::Refused {
            metric: "AWS/ES Nodes".into(),
            source: denied("GetMetricData", request).into(),
        };
        let errors = [
            denied("ListMetrics", "r-1").into(),
            denied("GetMetricData", "r-2").into(),
            denied("ListMetrics", "r-3").into(),
            refused("r-4"),
            refused("r-5"),
        ];
        let faults = (1..).zip(errors).map(|(number, error)| {
            let rule = RuleNumber::new(number);
            (rule, RuleFault { rule, error })
        });
        let faults = faults.collect();
        let groups = by_cause(&faults);
        let told: Vec<_> = groups
            .iter()
            .map(|(error, numbers)| format!("{}: {}", spans(numbers), chain(*error)))
            .collect();
        assert_eq!(
            told,
            [
                "1, 3: cloudwatch ListMetrics: AccessDenied: no (request r-1)",
                "2: cloudwatch GetMetricData: AccessDenied: no (request r-2)",
                "4, 5: asking for AWS/ES Nodes: cloudwatch GetMetricData: AccessDenied: no \
                 (request r-4)",
            ]
        );
    }

    #[test]
    fn long_lists_of_rules_are_shown_as_ranges() {
        let shown = |numbers: &[usize]| {
            let numbers: Vec<_> = numbers.iter().copied().map(RuleNumber::new).collect();
            spans(&numbers)
        };
        assert_eq!(shown(&[7]), "7");
        assert_eq!(shown(&[1, 2, 3]), "1, 2, 3");
        assert_eq!(shown(&[1, 2, 3, 4]), "1-4");
        let many: Vec<usize> = (1..=11)
            .chain([13])
            .chain(15..=24)
            .chain([26, 27])
            .collect();
        assert_eq!(shown(&many), "1-11, 13, 15-24, 26, 27");
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

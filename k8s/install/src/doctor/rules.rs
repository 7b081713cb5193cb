//! Whether Prometheus evaluates every rule of ours.

use std::collections::BTreeMap;

use super::installation::RuleObject;
use super::report::{Area, Check, Finding};
use crate::mend::Mend;
use crate::screen::{self, count};
use crate::seen::prometheus::{Rule, RuleGroup, Server};
use crate::seen::{NAMESPACE, PROMETHEUS, Seen};

/// Names that are listed.
const NAMES_MAX: usize = 5;

/// Holds the rules that should be loaded against those that are.
pub(super) fn judge(expected: &[RuleObject], seen: &Seen<Server>, mend: Mend<'_>) -> Check {
    let server = match seen {
        Ok(server) => server,
        Err(why) => {
            return Check::unseen(
                Area::Rules,
                format!("Prometheus {NAMESPACE}/{PROMETHEUS}"),
                why,
            );
        }
    };
    let mut findings = Vec::new();
    findings.extend(reload(server, mend));
    let mut loaded = 0_usize;
    for object in expected {
        let judged = judge_object(object, server, mend);
        if judged.is_empty() {
            loaded += 1;
        }
        findings.extend(judged);
    }
    let rules = expected.iter().flat_map(|it| it.groups.values());
    let rules: usize = rules.map(Vec::len).sum();
    let objects = count(expected.len(), "PrometheusRule");
    Check {
        area: Area::Rules,
        well: format!(
            "{loaded} of {objects} loaded, with {} in all",
            count(rules, "rule")
        ),
        details: Vec::new(),
        findings,
    }
}

/// Whether it runs the configuration that it was given last.
fn reload(server: &Server, mend: Mend<'_>) -> Option<Finding> {
    let object = format!("Prometheus {NAMESPACE}/{PROMETHEUS}");
    let logs = format!("logs statefulset/prometheus-{PROMETHEUS} --container prometheus --tail 20");
    let logs = mend.kubectl(NAMESPACE, logs);
    match server.reloaded {
        Some(true) => None,
        Some(false) => {
            let text = "its last reload failed: it runs the configuration before";
            Some(Finding::wrong(object, text, logs))
        }
        None => {
            let text = "it does not say whether its last reload succeeded";
            Some(Finding::warning(object, text, logs))
        }
    }
}

/// Whether a file was made of this object: `NAMESPACE-NAME-UID.yaml`, in older releases without the UID.
fn is_of(file: &str, object: &RuleObject) -> bool {
    const UID_CHARS: usize = 36;
    let file = file.rsplit('/').next().unwrap_or(file);
    let stem = file.strip_suffix(".yaml").unwrap_or(file);
    let own = format!("{}-{}", object.namespace, object.name);
    let Some(rest) = stem.strip_prefix(&own) else {
        return false;
    };
    let uid = rest.strip_prefix('-');
    rest.is_empty()
        || uid.is_some_and(|uid| {
            uid.len() == UID_CHARS && uid.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
        })
}

fn judge_object(object: &RuleObject, server: &Server, mend: Mend<'_>) -> Vec<Finding> {
    let RuleObject {
        namespace, name, ..
    } = object;
    let title = format!("PrometheusRule {namespace}/{name}");
    let groups: Vec<_> = server
        .groups
        .iter()
        .filter(|group| is_of(&group.file, object))
        .collect();
    if groups.is_empty() {
        let rules: usize = object.groups.values().map(Vec::len).sum();
        let text = format!(
            "none of its {} is loaded, so none of its alerts can fire",
            count(rules, "rule")
        );
        // Without the label Prometheus leaves it out and tells nobody.
        let label = format!("label prometheusrule {name} release=prod-monitoring --overwrite");
        return vec![Finding::wrong(title, text, mend.kubectl(namespace, label))];
    }
    let mut findings = Vec::new();
    let missing = missing(object, &groups);
    if !missing.is_empty() {
        let text = format!("Prometheus has not loaded {}", list(&missing));
        findings.push(Finding::wrong(title.clone(), text, mend.install()));
    }
    let rules = groups.iter().flat_map(|group| &group.rules);
    let failing: Vec<&Rule> = rules.filter(|rule| rule.health == "err").collect();
    if let Some(first) = failing.first() {
        let names: Vec<_> = failing.iter().map(|rule| rule.name.as_str()).collect();
        let text = format!("cannot be evaluated: {}", list(&names));
        let said = first.last_error.as_deref().unwrap_or_default();
        let show = format!("get prometheusrule {name} --output yaml");
        let show = mend.kubectl(namespace, show);
        findings.push(Finding::wrong(title, text, show).saying("error", &screen::line(said)));
    }
    findings
}

/// Rules that should be there and are not, by name. One that is there twice too few counts.
fn missing<'a>(object: &'a RuleObject, groups: &[&RuleGroup]) -> Vec<&'a str> {
    let mut missing = Vec::new();
    for (name, rules) in &object.groups {
        let loaded = groups.iter().filter(|group| group.name == *name);
        let mut left: BTreeMap<&str, usize> = BTreeMap::new();
        for rule in loaded.flat_map(|group| &group.rules) {
            let left = left.entry(rule.name.as_str()).or_default();
            *left = left.saturating_add(1);
        }
        for rule in rules {
            match left.get_mut(rule.as_str()).filter(|left| **left > 0) {
                Some(left) => *left = left.saturating_sub(1),
                None => missing.push(rule.as_str()),
            }
        }
    }
    missing
}

/// Names as a stranger has given them.
fn list(names: &[&str]) -> String {
    screen::some_of(names.iter().map(|it| screen::line(it)), NAMES_MAX)
}

#[cfg(test)]
mod tests {
    use common::exit::Exit;
    use common::trouble::Trouble;

    use super::*;
    use crate::doctor::report::Severity;

    const MEND: Mend<'_> = Mend::of("c");

    fn object() -> RuleObject {
        let names = ["A", "b:c", "b:c"].map(str::to_owned).to_vec();
        RuleObject {
            namespace: "monitoring".to_owned(),
            name: "job-rules".to_owned(),
            groups: BTreeMap::from([("jobs".to_owned(), names)]),
        }
    }

    fn server(file: &str, rules: &[(&str, &str)]) -> Server {
        let rules = rules.iter().map(|(name, health)| Rule {
            name: (*name).to_owned(),
            health: (*health).to_owned(),
            last_error: (*health == "err").then(|| "many-to-many".to_owned()),
        });
        Server {
            reloaded: Some(true),
            groups: vec![RuleGroup {
                name: "jobs".to_owned(),
                file: file.to_owned(),
                rules: rules.collect(),
            }],
            ..Server::default()
        }
    }

    const FILE: &str = "/etc/rules/monitoring-job-rules-7d6f0a52-0000-4000-8000-0123456789ab.yaml";

    fn check(server: Server) -> Check {
        judge(&[object()], &Ok(server), MEND)
    }

    #[test]
    fn rules_that_are_all_loaded_are_well() {
        let all = [("A", "ok"), ("b:c", "ok"), ("b:c", "unknown")];
        for file in [FILE, "/r/monitoring-job-rules.yaml"] {
            let check = check(server(file, &all));
            assert_eq!(check.findings, []);
            assert_eq!(
                check.well,
                "1 of 1 PrometheusRule loaded, with 3 rules in all"
            );
        }
    }

    #[test]
    fn an_object_of_which_nothing_is_loaded_is_not_mistaken_for_another() {
        let other = "/r/monitoring-job-rules-more-7d6f0a52-0000-4000-8000-0123456789ab.yaml";
        let check = check(server(other, &[("A", "ok")]));
        assert_eq!(check.findings.len(), 1);
        assert!(
            check.findings[0]
                .text
                .starts_with("none of its 3 rules is loaded")
        );
        assert!(check.findings[0].mend.contains("release=prod-monitoring"));
    }

    #[test]
    fn a_rule_that_is_missing_is_named_even_when_its_name_is_there_once() {
        let check = check(server(FILE, &[("b:c", "ok")]));
        assert_eq!(check.findings.len(), 1);
        assert_eq!(check.findings[0].text, "Prometheus has not loaded A, b:c");
    }

    #[test]
    fn a_rule_that_cannot_be_evaluated_and_a_failed_reload_are_wrong() {
        let mut failing = server(FILE, &[("A", "err"), ("b:c", "ok"), ("b:c", "ok")]);
        failing.reloaded = Some(false);
        let check = check(failing);
        let texts: Vec<_> = check.findings.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "its last reload failed: it runs the configuration before",
                "cannot be evaluated: A"
            ]
        );
        assert_eq!(
            check.findings[1].said,
            [("error", "many-to-many".to_owned())]
        );
    }

    #[test]
    fn without_prometheus_nobody_knows() {
        let why = Trouble {
            exit: Exit::Transient,
            code: "x",
            text: "503".to_owned(),
            hint: None,
        };
        let check = judge(&[object()], &Err(why), MEND);
        assert_eq!(check.worst(), Some(Severity::Unseen));
        assert_eq!(check.well, "");
    }
}

use super::{forget_unused_rules, restrict};
use crate::config::{Config, Live};
use crate::survey::{RuleUse, Survey};

const TEXT: &str = r"
clusters: [{name: a, context: a}, {name: b, context: b}]
settle: {min_age: 10m, recheck: 10s}
state: {file: /tmp/x}
select:
- {id: rules, kinds: [monitoring.coreos.com/PrometheusRule]}
- {id: monitors, kinds: [monitoring.coreos.com/ServiceMonitor, monitoring.coreos.com/PodMonitor]}
live: {charts: true}
declared:
  same_secret: [{name: mail, key: password, reason: x}]
  ignore:
  - {objects: [PrometheusRule/monitoring/x], path: /spec/y, reason: x}
  - {objects: [PodMonitor/monitoring/x], path: /spec/y, reason: x}
";

fn config() -> Config {
    Config::parse("f.yaml", TEXT).unwrap().0
}

fn ids(config: &Config) -> Vec<&str> {
    config.families.iter().map(|it| it.id.as_str()).collect()
}

#[test]
fn nothing_is_left_out_unless_a_part_is_asked_for() {
    let mut config = config();
    restrict(&mut config, &[]).unwrap();
    assert_eq!(ids(&config), ["rules", "monitors", "monitors"]);
    assert!(config.live.charts && config.state.is_some());
    assert_eq!(config.rules.len(), 3);
}

#[test]
fn a_part_reads_no_secret_looks_at_nothing_that_runs_and_forgets_nothing() {
    let mut config = config();
    restrict(&mut config, &["monitors".to_owned()]).unwrap();
    assert_eq!(ids(&config), ["monitors", "monitors"]);
    assert_eq!(config.live, Live::default());
    assert_eq!(config.state, None);
    assert!(config.settle.min_age.is_zero());
    assert_eq!(config.settle.recheck.as_secs(), 10);
    let rules: Vec<_> = config.rules.iter().map(|it| it.id.as_str()).collect();
    assert_eq!(rules, ["ignore[1]", "ignore[2]"]);
}

#[test]
fn an_entry_that_is_not_there_is_refused_with_the_one_that_is_meant() {
    for (asked, hint) in [
        ("rule", "did you mean `rules`?"),
        ("x", "choose from rules, monitors"),
    ] {
        let asked = ["rules".to_owned(), asked.to_owned()];
        let refused = restrict(&mut config(), &asked).unwrap_err();
        assert_eq!(refused.code, "no-such-selection");
        assert_eq!(refused.hint.as_deref(), Some(hint));
    }
}

#[test]
fn of_a_part_no_rule_is_called_unused() {
    let rule = |id: &str, used| RuleUse {
        id: id.to_owned(),
        summary: String::new(),
        reason: String::new(),
        expires: None,
        expired: false,
        used,
    };
    let mut survey = Survey {
        at: jiff::Timestamp::UNIX_EPOCH,
        clusters: Vec::new(),
        baseline: None,
        parts: Vec::new(),
        findings: Vec::new(),
        rules: vec![rule("a", 0), rule("b", 1)],
        warnings: Vec::new(),
        converged: 0,
        undetailed: 0,
        remembered: true,
    };
    forget_unused_rules(&mut survey);
    assert_eq!(survey.rules, [rule("b", 1)]);
}

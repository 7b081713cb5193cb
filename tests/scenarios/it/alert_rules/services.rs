//! The alerts over what the company runs besides the jobs: every one of them is tested, planted defects are
//! found, and the monitors give the labels that they ask for.

use std::collections::BTreeSet;
use std::fs;

use anyhow::Result;
use sandbox::servers::Promtool;
use sandbox::tools::Tools;

use super::{SERVICES, alerts, closure, judge, text};

/// What other charts scrape, by the value of `job`.
const ELSEWHERE: [&str; 2] = ["external-dns", "remoting-storage-server"];

/// A file, a defect in it.
#[rustfmt::skip]
const MUTANTS: &[(&str, &str, &str)] = &[
    ("services.yaml", "< 4", "< 3"),
    ("services.yaml", "< 4", "< 5"),
    ("services.yaml", "job=\"monitoring/monitor-workers\"", "job=\"monitor-workers\""),
    ("services.yaml", "(count(up{job=\"monitoring/monitor-workers\"}) or vector(0))", "count(up{job=\"monitoring/monitor-workers\"})"),
    ("services.yaml", "count(up{job=\"monitoring/monitor-workers\"})", "count(up{job=\"monitoring/monitor-workers\"} == 1)"),
    ("services.yaml", "< 50", "< 49"),
    ("services.yaml", "< 50", "< 51"),
    ("services.yaml", "web-ui|api|admin\"}) or", "web-ui|api\"}) or"),
    ("services.yaml", "web-ui|api|admin\"}) or", "web-ui|api|admin|worker\"}) or"),
    ("services.yaml", "for: 15m", "for: 5m"),
    ("services.yaml", "} == 0\n", "} == 1\n"),
    ("services.yaml", "|worker|worker-maintenance", ""),
    ("domain-names.yaml", "max(", "min("),
    ("domain-names.yaml", "(max(up{job=\"external-dns\"}) or vector(0))", "max(up{job=\"external-dns\"})"),
    ("domain-names.yaml", "for: 15m", "for: 5m"),
    ("remoting.yaml", " == 1) or", ") or"),
    ("remoting.yaml", "(count(up{job=\"remoting-storage-server\"} == 1) or vector(0)) == 0", "count(up{job=\"remoting-storage-server\"} == 1) == 0"),
    ("remoting.yaml", "for: 5m", "for: 1m"),
    ("remoting.yaml", "for: 10m", "for: 5m"),
    ("remoting.yaml", "expr: up{job=\"remoting-storage-server\"}", "expr: up"),
];

#[test]
fn every_alert_of_theirs_fires_in_a_unit_test_and_is_silent_in_another() -> Result<()> {
    for name in SERVICES {
        let tests = text(&name.replace(".yaml", "_test.yaml"))?;
        assert_eq!(closure::untested(&alerts(name)?, &tests), [""; 0], "{name}");
        let renamed = tests.replace("exp_alerts: []", "");
        assert!(!closure::untested(&alerts(name)?, &renamed).is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn planted_defects_fail_their_unit_tests() -> Result<()> {
    let promtool = Promtool::locate(&Tools::from_process()?).await?;
    for (name, from, to) in MUTANTS {
        let rules = text(name)?;
        let mutated = rules.replacen(from, to, 1);
        assert_ne!(mutated, rules, "{from}");
        let tests = text(&name.replace(".yaml", "_test.yaml"))?;
        let passes = judge::passes(&promtool, name, &mutated, &tests).await?;
        assert!(!passes, "{name}: nobody noticed {from:?} as {to:?}");
    }
    Ok(())
}

/// Values of a matcher such as `job="x"` in expressions.
fn matched(text: &str, label: &str) -> BTreeSet<String> {
    let matcher = format!("{{{label}=");
    let parts = text.split(&matcher).skip(1);
    let values = parts.filter_map(|part| part.split('"').nth(1));
    values.map(str::to_owned).collect()
}

#[test]
fn what_they_ask_for_is_what_monitors_say() -> Result<()> {
    let mut jobs = BTreeSet::new();
    for name in SERVICES {
        jobs.extend(matched(&text(name)?, "job"));
    }
    // A PodMonitor without a job label is called by its namespace and name.
    let monitors =
        fs::read_to_string(sandbox::checkout::file("k8s/chart/templates/monitors.yaml"))?;
    let (_, workers) = monitors.rsplit_once("kind: PodMonitor").unwrap();
    assert!(workers.contains("name: monitor-workers\n  namespace: monitoring\n"));
    assert!(!workers.contains("jobLabel"));
    let ours = "monitoring/monitor-workers".to_owned();
    let expected = ELSEWHERE.into_iter().map(str::to_owned).chain([ours]);
    assert_eq!(jobs, expected.collect());
    Ok(())
}

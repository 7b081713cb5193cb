//! The chart's alert rules: in promtool's judgement, against the registry of pushed metrics, against the
//! jobs' tables of verdicts, and through the routing tree. Each check is shown to fail on a planted defect.
// Marks what follows as test code, in which unwrapping, indexing and panics are welcome.
#![cfg(test)]

mod closure;
mod file;
mod judge;
mod limits;
mod mail;
mod mutants;
mod rotation;
mod routes;
mod services;
mod verdicts;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Result;
use common::yaml::{Dialect, Document};
use sandbox::checkout;
use sandbox::servers::Promtool;
use sandbox::tools::Tools;
use tokio::task::JoinSet;

use file::{Rule, rules};

/// One heading for each alert.
const GUIDE: &str = "k8s/OPERATIONS.md";

/// The file whose alerts are the suite's own.
const JOBS: &str = "monitoring-jobs.yaml";
const ROTATION: &str = "rotation.yaml";
const WATCHDOG: &str = "watchdog.yaml";
/// Those over Prometheus and Alertmanager themselves.
const SERVERS: &str = "servers.yaml";
/// Those over what export-cloudwatch pushes.
const AWS: &str = "aws-alerts.yaml";
/// Those of what the company runs besides, by what scrapes it.
const SERVICES: [&str; 3] = ["services.yaml", "remoting.yaml", "domain-names.yaml"];

fn folder() -> PathBuf {
    checkout::file("k8s/chart/files/rules")
}

fn text(name: &str) -> Result<String> {
    Ok(std::fs::read_to_string(folder().join(name))?)
}

/// The names in the folder: files of rules, and files of their unit tests.
fn names() -> Result<(Vec<String>, Vec<String>)> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder())? {
        names.push(entry?.file_name().into_string().unwrap());
    }
    names.sort();
    let is_rules = |name: &String| !name.ends_with("_test.yaml");
    Ok(names.into_iter().partition(is_rules))
}

/// The alerts of a file of ours.
fn alerts(name: &str) -> Result<Vec<Rule>> {
    let mut rules = rules(name, &text(name)?)?;
    rules.retain(|rule| rule.is_alert);
    Ok(rules)
}

#[tokio::test]
async fn every_rule_file_passes_promtool_with_its_unit_tests() -> Result<()> {
    let promtool = Promtool::locate(&Tools::from_process()?).await?;
    let (rules, tests) = names()?;
    for name in &rules {
        let printed = promtool.check_rules(&folder().join(name)).await?;
        assert!(!printed.contains("duplicate"), "{name}: {printed}");
        let stem = name.trim_end_matches(".yaml");
        let has_tests = tests.contains(&format!("{stem}_test.yaml"));
        assert!(has_tests, "{name} has no unit tests");
    }
    // They take seconds each, for the hours that they last.
    let mut running = JoinSet::new();
    for name in tests {
        // Those of CloudWatch are run beside the servers.
        if name == "aws-alerts_test.yaml" {
            continue;
        }
        let promtool = promtool.clone();
        running.spawn(async move { promtool.test_rules(&folder().join(name)).await });
    }
    while let Some(tested) = running.join_next().await {
        assert!(tested??.contains("SUCCESS"));
    }
    Ok(())
}

#[test]
fn every_alert_says_what_is_wrong_what_to_type_and_where_to_read_on() -> Result<()> {
    let guide = std::fs::read_to_string(checkout::file(GUIDE))?;
    for name in names()?.0 {
        for alert in alerts(&name)? {
            let mut faults = closure::faults_of_texts(&alert, &guide);
            if name != AWS {
                faults.extend(closure::faults_of_ours(&alert));
            }
            assert!(faults.is_empty(), "{}: {faults:?}", alert.name);
        }
    }
    Ok(())
}

#[test]
fn every_command_works_as_it_stands_from_anywhere_and_the_next_time_too() -> Result<()> {
    let mut commands = 0;
    for name in names()?.0 {
        for alert in alerts(&name)? {
            let action = alert.annotations.get("action").map_or("", String::as_str);
            commands += action.matches("kubectl ").count();
            let faults = closure::faults_of_commands(action);
            assert!(faults.is_empty(), "{}: {faults:?}", alert.name);
        }
    }
    assert!(commands > 60, "{commands}");
    Ok(())
}

#[test]
fn every_alert_fires_in_a_unit_test_and_is_silent_in_another() -> Result<()> {
    for name in [JOBS, AWS, WATCHDOG, SERVERS] {
        let mut tests = text(&name.replace(".yaml", "_test.yaml"))?;
        if name == JOBS {
            tests += &text("monitoring-jobs_hours_test.yaml")?;
        }
        assert_eq!(closure::untested(&alerts(name)?, &tests), [""; 0], "{name}");
    }
    Ok(())
}

/// The jobs that must be there by a rule file, and the expression that says when each is stale.
fn expected_jobs(text: &str) -> Result<BTreeMap<String, String>> {
    let rules = rules(JOBS, text)?.into_iter();
    let expected = rules.filter(|rule| rule.name == "cronjob:monitoring_stale_after:seconds");
    Ok(expected
        .map(|mut rule| (rule.labels.remove("cronjob").unwrap(), rule.expr))
        .collect())
}

/// The chart writes the values into what it installs: the unit tests go by their defaults.
#[test]
fn every_job_of_the_chart_must_be_there_and_is_stale_when_its_values_say() -> Result<()> {
    let path = "k8s/chart/values.yaml";
    let values = std::fs::read_to_string(checkout::file(path))?;
    let values = Document::parse(path, &values, Dialect::Strict)?;
    let jobs = values.root().fields().unwrap().required("jobs").unwrap();
    let jobs: BTreeMap<String, String> = jobs
        .entries()
        .unwrap()
        .into_iter()
        .map(|(name, job)| {
            let limit = job.fields().unwrap().required("staleAfterSeconds").unwrap();
            let limit = format!("vector({})", limit.source_text().unwrap());
            (name.text.clone(), limit)
        })
        .collect();
    let text = text(JOBS)?;
    assert_eq!(expected_jobs(&text)?, jobs);
    let other = text.replace("vector(7200)", "vector(7201)");
    assert_ne!(expected_jobs(&other)?, jobs);
    Ok(())
}

#[test]
fn rules_that_see_each_others_results_are_one_group() -> Result<()> {
    for name in [JOBS, ROTATION, WATCHDOG] {
        let groups = text(name)?.matches("\n  - name: ").count();
        assert_eq!(groups, 1, "{name}");
    }
    Ok(())
}

#[test]
fn every_metric_of_a_rule_is_pushed_by_us_or_by_a_program_that_we_know() -> Result<()> {
    let mut all = Vec::new();
    for name in names()?.0 {
        all.extend(rules(&name, &text(&name)?)?);
    }
    assert_eq!(closure::unknown(&all), [""; 0]);
    Ok(())
}

#[test]
fn every_metric_that_we_push_is_used_by_a_rule_or_listed_as_information() -> Result<()> {
    let mut all = Vec::new();
    for name in names()?.0 {
        all.extend(rules(&name, &text(&name)?)?);
    }
    assert_eq!(closure::unused(&all, closure::INFORMATION), [""; 0]);
    Ok(())
}

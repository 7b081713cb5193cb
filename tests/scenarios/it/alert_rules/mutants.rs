//! Defects planted in the rules: the unit tests, and the checks beside them, find each.

use std::fs;

use anyhow::{Context as _, Result};
use sandbox::servers::Promtool;
use sandbox::tools::Tools;
use tokio::task::JoinSet;

use super::file::{Rule, rules};
use super::{AWS, JOBS, closure, judge, text};

const SHORT: &str = "monitoring-jobs_test.yaml";
const HOURS: &str = "monitoring-jobs_hours_test.yaml";

/// A defect, and the unit test that finds it.
struct Mutant {
    from: &'static str,
    to: &'static str,
    file: &'static str,
    /// How its name begins.
    test: &'static str,
}

const fn mutant(
    from: &'static str,
    to: &'static str,
    file: &'static str,
    test: &'static str,
) -> Mutant {
    Mutant {
        from,
        to,
        file,
        test,
    }
}

#[rustfmt::skip]
const MUTANTS: &[Mutant] = &[
    // The classic one: the newest failure, whatever came after it.
    mutant("== on (namespace, cronjob) cronjob:monitoring_newest_finished_run:start_seconds", "", SHORT, "a failed run is told"),
    // A run that is still at work counts as the newest.
    mutant("kube_job_complete{condition=\"true\", namespace=~\"monitoring.*\"}", "kube_job_owner{namespace=~\"monitoring.*\"}", SHORT, "a failed run is told"),
    mutant("          and on (namespace, cronjob) cronjob:monitoring_stale_after:seconds\n\n      # Whether runs happen", "\n      # Whether runs happen", SHORT, "a run that needed two attempts"),
    mutant("seconds{cronjob!=\"export-cloudwatch\"}", "seconds", SHORT, "three exports that fail"),
    mutant("for: 12m", "for: 7m", SHORT, "three exports that fail"),
    mutant("for: 12m", "for: 10m", SHORT, "two exports that fail"),
    mutant(") > 600", ") > 660", SHORT, "an export that is no longer started"),
    mutant("kube_cronjob_spec_suspend{namespace=~\"monitoring.*\"}[25h]", "kube_cronjob_spec_suspend{namespace=~\"monitoring.*\"}[23h]", HOURS, "a job that was resumed"),
    mutant("unless on (namespace, cronjob) (kube_cronjob_spec_suspend == 1)", "", SHORT, "one that was suspended"),
    mutant("and on () (count(up{job=\"kube-state-metrics\"} == 1) > 0)", "", SHORT, "a deleted CronJob"),
    mutant("monitoring_job_last_finish_timestamp_seconds[8d]", "monitoring_job_last_success_timestamp_seconds[8d]", SHORT, "a push that arrives before"),
    mutant("monitoring_job_last_finish_timestamp_seconds[8d]", "monitoring_job_last_finish_timestamp_seconds[5m]", HOURS, "a Pushgateway that comes back empty"),
    mutant("key_created_timestamp_seconds[8d]", "key_created_timestamp_seconds[5m]", HOURS, "a key of 55 days"),
    // A restarted Pushgateway's pod is another, and the series of the one before goes on for eight days.
    mutant("            min(monitoring_credentials_key_created_timestamp_seconds)\n            or min(", "            min(", HOURS, "the key of today"),
    mutant("            min(monitoring_credentials_key_created_timestamp_seconds)\n            or min(", "            min(", HOURS, "a key of 55 days that was rotated"),
    mutant("max by (target) (monitoring_dashboards_drifted)", "monitoring_dashboards_drifted", HOURS, "dashboards that people"),
    mutant("watchdog_seen_timestamp_seconds[8d]", "watchdog_seen_timestamp_seconds[5m]", SHORT, "a watchdog that is not seen"),
    mutant("{namespace=\"monitoring\", cronjob=\"check-consistency\"} == 1", "{cronjob=\"check-consistency\"} == 2", SHORT, "a watchdog that nobody looks for"),
    mutant("{namespace=\"monitoring\", cronjob=\"check-consistency\"} == 1", " == 1", SHORT, "a watchdog that is not seen"),
    mutant("max_over_time(push_time_seconds[8d]) > 0", "max_over_time(push_time_seconds[8d])", SHORT, "a group that is not written"),
    mutant("max_over_time(push_time_seconds[8d])", "push_time_seconds", SHORT, "a group that was removed"),
    mutant("and on (job) label_replace(monitoring_cloudwatch_group, \"job\", \"$1\", \"group_job\", \"(.+)\")", "", SHORT, "a group that is not written"),
    mutant("failed_total{integration=\"email\"}", "failed_total", SHORT, "mail that is refused"),
    mutant("offset 90m", "", HOURS, "a mail every half an hour"),
    mutant("or absent(alertmanager_notification_requests_total{integration=\"email\"})", "", SHORT, "an Alertmanager without the counter"),
    mutant("idle|soak|watch", "idle", HOURS, "a soak of seven hours"),
    mutant("and on (namespace, pod) kube_pod_owner{owner_kind=\"Job\"}", "", SHORT, "a pod of a job"),
    mutant("\"reason\", \"ImagePullBackOff\", \"reason\", \"ErrImagePull\"", "\"reason\", \"$1\", \"reason\", \"(.+)\"", SHORT, "a pod of a job"),
    // A Job past its deadline whose pod cannot go has no active pod.
    mutant("unless on (namespace, job_name) (", "and on (namespace, job_name) (kube_job_status_active > 0) unless on (namespace, job_name) (", SHORT, "a Job that has not ended"),
    mutant("or kube_job_failed{condition=\"true\", namespace=~\"monitoring.*\"}\n            ) == 1", ") == 1", SHORT, "a Job that has not ended"),
    mutant("(monitoring_job_deadline_seconds)\n          and on (namespace, cronjob) cronjob:monitoring_stale_after:seconds", "(monitoring_job_deadline_seconds)", SHORT, "what a job that is enabled no more"),
    mutant("(monitoring_job_last_exit_code) == 4\n          and on (namespace, cronjob) cronjob:monitoring_stale_after:seconds", "(monitoring_job_last_exit_code) == 4", SHORT, "what a job that is enabled no more"),
    mutant("for: 65m", "for: 55m", SHORT, "one that is incomplete twice"),
];

/// A file of unit tests with one of them.
fn one(tests: &str, begins: &str) -> Result<String> {
    let (head, tests) = tests.split_once("\ntests:\n").context("tests")?;
    let mut named = tests.split("  - name: ").skip(1);
    let test = named.find(|test| test.starts_with(begins));
    let test = test.with_context(|| format!("no test begins with {begins:?}"))?;
    Ok(format!("{head}\ntests:\n  - name: {test}"))
}

#[tokio::test]
async fn every_planted_defect_fails_the_unit_test_of_its_rule() -> Result<()> {
    let promtool = Promtool::locate(&Tools::from_process()?).await?;
    let rules = text(JOBS)?;
    // A few at a time: each is a process with a database of its own.
    for some in MUTANTS.chunks(8) {
        let mut running = JoinSet::new();
        for mutant in some {
            let mutated = rules.replace(mutant.from, mutant.to);
            assert_ne!(mutated, rules, "{}", mutant.from);
            let test = one(&text(mutant.file)?, mutant.test)?;
            let promtool = promtool.clone();
            running.spawn(async move {
                let passed = judge::passes(&promtool, JOBS, &mutated, &test).await;
                anyhow::Ok((mutant, passed.with_context(|| mutant.from)?))
            });
        }
        while let Some(ended) = running.join_next().await {
            let (mutant, passed) = ended??;
            assert!(!passed, "nobody noticed {:?}", mutant.from);
        }
    }
    Ok(())
}

fn planted(from: &str, to: &str) -> Result<Vec<Rule>> {
    planted_in(JOBS, from, to)
}

fn planted_in(name: &str, from: &str, to: &str) -> Result<Vec<Rule>> {
    let sound = text(name)?;
    let defect = sound.replacen(from, to, 1);
    assert_ne!(defect, sound, "{from}");
    rules(name, &defect)
}

#[test]
fn a_metric_that_nobody_pushes_is_found() -> Result<()> {
    let rules = planted(
        "monitoring_job_deadline_seconds",
        "monitoring_job_dead_line",
    )?;
    assert_eq!(closure::unknown(&rules), ["monitoring_job_dead_line"]);
    let rules = planted(
        "job_name:monitoring_cronjob:owner",
        "job_name:cronjob:owner",
    )?;
    assert!(!closure::unknown(&rules).is_empty());
    let rules = planted("kube_cronjob_created", "kube_cronjob_made")?;
    assert_eq!(closure::unknown(&rules), ["kube_cronjob_made"]);
    Ok(())
}

#[test]
fn a_pushed_metric_that_nobody_uses_or_lists_is_found_and_so_is_a_needless_line() -> Result<()> {
    let mut rules = rules(JOBS, &text(JOBS)?)?;
    rules.extend(super::file::rules(
        super::ROTATION,
        &text(super::ROTATION)?,
    )?);
    let (last, listed) = closure::INFORMATION.split_last().context("a list")?;
    assert_eq!(closure::unused(&rules, listed), [*last]);
    let needless = [closure::INFORMATION, &["monitoring_job_deadline_seconds"]].concat();
    assert_eq!(closure::unused(&rules, &needless).len(), 1);
    rules.retain(|rule| rule.name != "ClustersNotConverged");
    let found = closure::unused(&rules, closure::INFORMATION);
    assert_eq!(found, ["monitoring_credentials_converged"]);
    Ok(())
}

#[test]
fn an_alert_without_its_texts_labels_or_heading_is_found() -> Result<()> {
    let guide = fs::read_to_string(sandbox::checkout::file(super::GUIDE))?;
    let defects = [
        (
            "runbook: k8s/OPERATIONS.md#jobfailed",
            "runbook: k8s/OPERATIONS.md#gone",
        ),
        (
            "runbook: k8s/OPERATIONS.md#jobfailed",
            "runbook: k8s/OPERATIONS.md#watchdog",
        ),
        ("severity: critical", "severity: loud"),
        ("team: devops", "team: nobody"),
        ("type: toolchain-alerts", "type: alerts"),
        ("message:", "subject:"),
        ("summary:", "subject:"),
        ("action:", "subject:"),
        (
            "summary: A CronJob of the suite does",
            "summary: CronJob {{ $labels.cronjob }} does",
        ),
        ("is left shows: kubectl", "is left shows: it"),
    ];
    for (from, to) in defects {
        let rules = planted(from, to)?;
        let mut faults = Vec::new();
        for alert in rules.iter().filter(|rule| rule.is_alert) {
            faults.extend(closure::faults_of_texts(alert, &guide));
            faults.extend(closure::faults_of_ours(alert));
        }
        // An action that is not there names no command either.
        let expected = if from == "action:" { 2 } else { 1 };
        assert_eq!(faults.len(), expected, "{from}: {faults:?}");
    }
    // Of other teams' alerts, too.
    for (from, to) in [
        ("message:", "subject:"),
        ("summary:", "subject:"),
        ("action:", "subject:"),
        ("runbook:", "book:"),
    ] {
        let mut faults = Vec::new();
        for alert in planted_in(AWS, from, to)? {
            faults.extend(closure::faults_of_texts(&alert, &guide));
        }
        // A heading that is not named is none in the guide.
        let expected = if from == "runbook:" { 2 } else { 1 };
        assert_eq!(faults.len(), expected, "{from}: {faults:?}");
    }
    Ok(())
}

#[test]
fn an_alert_without_a_unit_test_is_found() -> Result<()> {
    let alerts = planted("alert: ConfigurationDrift", "alert: Untested")?;
    let alerts: Vec<_> = alerts.into_iter().filter(|rule| rule.is_alert).collect();
    let tests = format!("{}{}", text(SHORT)?, text(HOURS)?);
    assert_eq!(closure::untested(&alerts, &tests), ["Untested"]);
    Ok(())
}

#[test]
fn a_command_that_cannot_be_typed_as_it_stands_is_found() {
    let sound = "Look with: kubectl --context {{ $externalLabels.cluster }} get pods";
    assert_eq!(closure::faults_of_commands(sound), [""; 0]);
    for action in [
        // In whatever cluster the reader is just now.
        "Look with: kubectl --namespace monitoring get pods",
        "Look with: kubectl --context prod-e1-1 get pods",
        // With a half sentence on its line.
        "Look with: kubectl --context {{ $externalLabels.cluster }} get pods; then its log",
        "Look with: kubectl --context {{ $externalLabels.cluster }} get pods. It says why",
        // Refused the second time.
        "Run: kubectl --context {{ $externalLabels.cluster }} create job now --from=cronjob/x",
        // Incomplete.
        "Run `aws secretsmanager restore-secret --secret-id prod/monitoring`, or it goes",
        "Look with: kubectl --context {{ $externalLabels.cluster }} exec x -- amtool alert query y",
    ] {
        let faults = closure::faults_of_commands(action);
        assert_eq!(faults.len(), 1, "{action}: {faults:?}");
    }
}

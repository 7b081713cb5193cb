//! What rules name and what is there, compared in both directions.

use std::collections::BTreeSet;

use common::metrics;

use super::file::Rule;

/// What kube-state-metrics, Alertmanager, the Pushgateway and Prometheus itself say. Names of theirs
/// and no others: a name that is misspelt here is found by no test, so that they stand one by one.
const OTHERS: &[&str] = &[
    "ALERTS",
    "alertmanager_config_last_reload_successful",
    "alertmanager_notification_requests_failed_total",
    "alertmanager_notification_requests_total",
    "alertmanager_notifications_failed_total",
    "kube_cronjob_created",
    "kube_cronjob_info",
    "kube_cronjob_next_schedule_time",
    "kube_cronjob_spec_suspend",
    "kube_cronjob_status_last_successful_time",
    "kube_job_complete",
    "kube_job_failed",
    "kube_job_owner",
    "kube_job_spec_active_deadline_seconds",
    "kube_job_status_start_time",
    "kube_pod_container_status_waiting_reason",
    "kube_pod_owner",
    "prometheus_config_last_reload_successful",
    "prometheus_rule_evaluation_failures_total",
    "push_failure_time_seconds",
    "push_time_seconds",
    "up",
];

/// The series of CloudWatch that alerts use; `export_alert_series` sees each of them pushed.
const OF_CLOUDWATCH: &str = "aws_";

/// Pushed for people and dashboards. What is wrong behind each is told by another metric's alert.
pub(super) const INFORMATION: &[&str] = &[
    "monitoring_job_info",
    "monitoring_job_last_start_timestamp_seconds",
    // By kube-state-metrics' time of the last success, which cannot be lost.
    "monitoring_job_last_success_timestamp_seconds",
    "monitoring_job_last_outcome",
    "monitoring_job_next_run_timestamp_seconds",
    "monitoring_job_period_seconds",
    "monitoring_job_api_calls",
    // A rule that fails makes the run fail.
    "monitoring_cloudwatch_rule_series",
    "monitoring_cloudwatch_rule_errors",
    "monitoring_cloudwatch_rule_last_success_timestamp_seconds",
    "monitoring_cloudwatch_series_pushed",
    "monitoring_cloudwatch_api_cost_usd_estimate",
    "monitoring_cloudwatch_billed_metrics",
    "monitoring_cloudwatch_duplicate_series_dropped",
    // RCForeignKey and the like say which keys are too many.
    "monitoring_credentials_keys",
    // RCMailAuthFailing and RCProbeFailed.
    "monitoring_credentials_smtp_probe_success",
    // What is not written anywhere or could not be looked at makes the run fail.
    "monitoring_dashboards_wanted",
    "monitoring_dashboards_state",
    "monitoring_dashboards_changed",
    "monitoring_dashboards_rejected",
    "monitoring_dashboards_target_seen",
    "monitoring_dashboards_upstream_behind",
    "monitoring_consistency_items",
    "monitoring_consistency_drift_since_timestamp_seconds",
    "monitoring_consistency_unused_rules",
    // Both make a comparison incomplete.
    "monitoring_consistency_family_read",
    "monitoring_peer_reachable",
];

/// Names in expressions that nobody provides: no registered metric, no recorded series, and nothing of
/// the programs that we know.
pub(super) fn unknown(rules: &[Rule]) -> Vec<String> {
    let recorded: BTreeSet<&str> = rules
        .iter()
        .filter(|rule| !rule.is_alert)
        .map(|rule| rule.name.as_str())
        .collect();
    let is_known = |name: &String| {
        metrics::ALL.iter().any(|metric| metric.name == name)
            || recorded.contains(name.as_str())
            || OTHERS.contains(&name.as_str())
            || name.starts_with(OF_CLOUDWATCH)
    };
    let selected = rules.iter().flat_map(|rule| rule.selects().unwrap());
    selected.filter(|name| !is_known(name)).collect()
}

/// Registered metrics that no rule uses and that are not listed, and listed ones that a rule uses or
/// that are not registered.
pub(super) fn unused(rules: &[Rule], listed: &[&str]) -> Vec<String> {
    let used: BTreeSet<String> = rules
        .iter()
        .flat_map(|rule| rule.selects().unwrap())
        .collect();
    let registered = metrics::ALL.iter().map(|metric| metric.name);
    let forgotten = registered
        .filter(|name| !used.contains(*name) && !listed.contains(name))
        .map(ToOwned::to_owned);
    let is_registered = |name: &str| metrics::ALL.iter().any(|metric| metric.name == name);
    let needless = listed
        .iter()
        .filter(|name| used.contains(**name) || !is_registered(name))
        .map(|name| format!("{name} is listed in vain"));
    forgotten.chain(needless).collect()
}

/// What an alert lacks of that which a person and the routing tree need, whoever's it is.
pub(super) fn faults_of_texts(alert: &Rule, guide: &str) -> Vec<String> {
    let mut faults = Vec::new();
    faults.extend(other_label(alert, "type", "toolchain-alerts"));
    if !["critical", "warning", "info", "none"].contains(&alert.severity()) {
        faults.push("its severity is none that is routed".to_owned());
    }
    for annotation in ["message", "summary", "action", "runbook"] {
        let text = alert.annotations.get(annotation);
        if text.is_none_or(|text| text.is_empty() || text.ends_with('.')) {
            faults.push(format!(
                "it has no {annotation}, or one that ends with a stop"
            ));
        }
    }
    // A mail of several alerts takes as its subject what all of them say.
    let summary = alert.annotations.get("summary");
    if summary.is_some_and(|summary| summary.contains("{{")) {
        faults.push("its summary is another for each series".to_owned());
    }
    let runbook = alert.annotations.get("runbook");
    let anchor = runbook.and_then(|runbook| runbook.strip_prefix("k8s/OPERATIONS.md#"));
    let own = |anchor: &str| anchor == alert.name.to_lowercase();
    if !anchor.is_some_and(|anchor| own(anchor) && anchors(guide).any(|it| it == anchor)) {
        faults.push(format!("{runbook:?} is not its heading in the guide"));
    }
    faults
}

/// What an alert of ours lacks besides. Those on CloudWatch are other teams' and about what is outside the cluster.
pub(super) fn faults_of_ours(alert: &Rule) -> Vec<String> {
    let mut faults = Vec::new();
    faults.extend(other_label(alert, "team", "devops"));
    let action = alert.annotations.get("action");
    let commands = ["kubectl ", "amtool "];
    if !action.is_some_and(|action| commands.iter().any(|command| action.contains(command))) {
        faults.push("its action names no command".to_owned());
    }
    faults
}

fn other_label(alert: &Rule, label: &str, value: &str) -> Option<String> {
    let is_it = alert.labels.get(label).is_some_and(|it| it == value);
    (!is_it).then(|| format!("its label {label} is not {value}"))
}

/// What keeps the commands of an action from being typed as they stand: each names the cluster that the
/// alert is about, works again the next time, and has whatever its program asks for.
pub(super) fn faults_of_commands(action: &str) -> Vec<String> {
    let mut faults = Vec::new();
    for line in action.lines() {
        for program in ["kubectl ", "aws ", "amtool "] {
            for (at, _) in line.match_indices(program) {
                let (before, rest) = line.split_at(at);
                // The mail's template puts what follows a colon on a line of its own.
                if before.ends_with(": ") && [". ", "; "].iter().any(|it| rest.contains(it)) {
                    faults.push(format!("there is more than a command in {rest:?}"));
                }
                let command = rest.split(['`', '|', ';']).next().unwrap_or_default();
                if !is_complete(program, command) {
                    faults.push(format!("{command:?} is not complete"));
                }
            }
        }
    }
    faults
}

fn is_complete(program: &str, command: &str) -> bool {
    match program {
        "aws " => {
            let everywhere = ["aws iam ", "aws sts "];
            everywhere.iter().any(|it| command.starts_with(it)) || command.contains(" --region ")
        }
        "amtool " => command.contains(" --alertmanager.url "),
        _ => {
            let clusters = ["{{ $externalLabels.cluster }}", "{{ $labels.peer }}"];
            let names_one = |it: &&str| command.starts_with(&format!("kubectl --context {it} "));
            let is_there = clusters.iter().any(names_one);
            let is_new = !command.contains(" create job ") || command.contains(" create job $job ");
            (is_there && is_new) || command.starts_with("kubectl patch --local ")
        }
    }
}

/// Headings as a forge writes them into links.
fn anchors(guide: &str) -> impl Iterator<Item = String> {
    let headings = guide.lines().filter_map(|line| line.strip_prefix("##"));
    headings.map(|heading| {
        let words = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-');
        words
            .chars()
            .filter(kept)
            .collect::<String>()
            .replace(' ', "-")
    })
}

/// Alerts that never fire in the text of unit tests, or that are never seen to be silent there.
pub(super) fn untested(alerts: &[Rule], tests: &str) -> Vec<String> {
    let mut missing = Vec::new();
    for alert in alerts {
        let name = &alert.name;
        let fires =
            format!("        alertname: {name}\n        exp_alerts:\n          - exp_labels");
        let silent = [
            format!("alertname: {name}, exp_alerts: []"),
            format!(r#"alertname="{name}""#),
        ];
        // Two fire at all times; every other one is silent at some.
        let is_silent = ["EmailCanary", "Watchdog"].contains(&name.as_str())
            || silent.iter().any(|it| tests.contains(it));
        if !tests.contains(&fires) || !is_silent {
            missing.push(name.clone());
        }
    }
    missing
}

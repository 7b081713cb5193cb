//! What CronJobs pass to the programs is what the programs understand: their real command lines judge.

use std::collections::BTreeSet;

use clap::{Command, CommandFactory as _};
use serde_json::json;

use super::super::Rendered;
use super::{CronJob, container, holds, items, text, variable};

/// What every pod passes, and the programs read beside their command line.
const OF_EVERY_POD: [&str; 5] = [
    "CLUSTER",
    "CRONJOB_NAME",
    "SCHEDULE",
    "TIME_ZONE",
    "ACTIVE_DEADLINE_SECONDS",
];

/// What the pod knows of itself, and where from.
const OF_ITSELF: [(&str, &str); 3] = [
    ("POD_NAME", "metadata.name"),
    ("POD_NAMESPACE", "metadata.namespace"),
    ("POD_UID", "metadata.uid"),
];

/// What the AWS libraries read.
const OF_AWS: [&str; 1] = ["AWS_REGION"];

fn program(job: &str) -> Option<Command> {
    match job {
        "export-cloudwatch" => Some(export_cloudwatch::cli::Cli::command()),
        "rotate-credentials" => Some(rotate_credentials::cli::Cli::command()),
        "sync-dashboards" => Some(sync_dashboards::cli::Cli::command()),
        "check-consistency" => Some(check_consistency::cli::Cli::command()),
        _ => None,
    }
}

fn commands(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    for job in CronJob::all(renders) {
        let Some(program) = program(job.job()) else {
            wrong.push(job.says("no such program"));
            continue;
        };
        let container = job.container();
        if container["command"] != json!([format!("/bin/{}", job.job())]) {
            wrong.push(job.says("its command is another program"));
        }
        let mut words: Vec<String> = vec![job.job().to_owned()];
        words.extend(
            items(&container["args"])
                .iter()
                .map(|it| text(it).to_owned()),
        );
        let subcommand = program.find_subcommand(words.get(1).map_or("", String::as_str));
        // A variable does what its flag does; given as a flag it is judged without this process' own
        // environment.
        let mut known: BTreeSet<&str> = OF_EVERY_POD.into_iter().chain(OF_AWS).collect();
        known.extend(OF_ITSELF.map(|(name, _)| name));
        let flags = subcommand.into_iter().flat_map(Command::get_arguments);
        let flags: Vec<_> = flags.collect();
        for variable in items(&container["env"]) {
            let name = text(&variable["name"]);
            let flag = flags
                .iter()
                .find(|it| it.get_env().is_some_and(|env| env == name));
            match flag.and_then(|it| it.get_long()) {
                Some(long) => words.push(format!("--{long}={}", text(&variable["value"]))),
                None if known.contains(name) => {}
                None => wrong.push(job.says(format!("it does not know {name}"))),
            }
        }
        if let Err(error) = program.clone().try_get_matches_from(&words) {
            wrong.push(job.says(format!("{words:?}: {error}")));
        }
        wrong.extend(environment(job));
    }
    wrong
}

fn environment(job: CronJob<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for name in OF_EVERY_POD {
        if job.variable(name).is_none_or(str::is_empty) {
            wrong.push(job.says(format!("{name} is missing")));
        }
    }
    for (name, field) in OF_ITSELF {
        let source = json!({"name": name, "valueFrom": {"fieldRef": {"fieldPath": field}}});
        if !items(&job.container()["env"]).contains(&source) {
            wrong.push(job.says(format!("{name} is not {field}")));
        }
    }
    if job.variable("CRONJOB_NAME") != Some(job.name()) {
        wrong.push(job.says("CRONJOB_NAME is another one"));
    }
    if job.variable("CLUSTER") != Some(job.cluster) {
        wrong.push(job.says("CLUSTER is another one"));
    }
    let verdict = ["sync-dashboards", "check-consistency"].contains(&job.job()) && !job.is_plan();
    if verdict != (job.variable("DRIFT_EXIT_CODE") == Some("0")) {
        wrong.push(job.says("a difference would be a failure of the job, or the other way round"));
    }
    if job.variable("PUSHGATEWAY_URL").is_some() == job.is_plan() {
        wrong.push(job.says("a run pushes, and a plan does not"));
    }
    wrong
}

#[test]
fn the_programs_know_every_argument_and_every_variable() {
    holds(
        commands,
        &[
            (
                |it| container(it, "sync-dashboards")["args"] = json!(["apply", "--drift"]),
                "--drift",
            ),
            (
                |it| container(it, "sync-dashboards")["args"] = json!(["sync"]),
                "sync",
            ),
            (
                |it| container(it, "sync-dashboards")["args"] = json!([]),
                "Usage",
            ),
            (
                |it| container(it, "sync-dashboards")["command"] = json!(["/bin/sh"]),
                "another program",
            ),
            (
                |it| variable(it, "sync-dashboards", "CONFIG_FILE")["name"] = "CONFIG".into(),
                "does not know CONFIG",
            ),
            (
                |it| variable(it, "sync-dashboards", "DRIFT_EXIT_CODE")["value"] = "1".into(),
                "drift-exit-code",
            ),
            (
                |it| {
                    variable(it, "check-consistency", "DRIFT_EXIT_CODE")["name"] = "CLUSTER".into();
                },
                "would be a failure",
            ),
            (
                |it| variable(it, "rotate-credentials", "CLUSTER")["value"] = "x".into(),
                "CLUSTER is",
            ),
            (
                |it| variable(it, "rotate-credentials", "CRONJOB_NAME")["value"] = "x".into(),
                "CRONJOB_NAME is",
            ),
            (
                |it| variable(it, "rotate-credentials", "SCHEDULE")["value"] = "".into(),
                "SCHEDULE is missing",
            ),
            (
                |it| {
                    variable(it, "rotate-credentials", "POD_UID")["valueFrom"]["fieldRef"]["fieldPath"] =
                        "metadata.name".into();
                },
                "POD_UID",
            ),
        ],
    );
}

//! When CronJobs run, how long, and what ends them.

use std::collections::BTreeMap;

use common::exit::Exit;
use common::schedule::Schedule;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::super::Rendered;
use super::{CronJob, container, holds, items, job_spec, text, variable};

/// The controller appends a dash and ten digits at most; the Job's name has 63 characters.
const NAME_MAX: usize = 52;

/// The job ends by itself this much before its pod is deleted.
const MARGIN: i64 = 60;

/// Rust's own status of a panic.
const PANIC: u64 = 101;

fn schedules(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut begins: BTreeMap<(&str, Timestamp), &str> = BTreeMap::new();
    let midnight: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    for job in CronJob::all(renders) {
        let (spec, schedule) = (job.spec(), text(&job.spec()["schedule"]));
        if job.name().len() > NAME_MAX {
            wrong.push(job.says("the name is too long"));
        }
        if spec["suspend"] != job.is_plan() {
            wrong.push(job.says("only twins are suspended"));
        }
        if spec["timeZone"] != "Etc/UTC" || job.variable("TIME_ZONE") != spec["timeZone"].as_str() {
            wrong.push(job.says("the time zone is not UTC, or the job believes in another"));
        }
        if job.is_plan() {
            continue;
        }
        if job.variable("SCHEDULE") != Some(schedule) {
            wrong.push(job.says("SCHEDULE is not spec.schedule"));
        }
        let Ok(parsed) = Schedule::parse(schedule, "Etc/UTC") else {
            wrong.push(job.says("the schedule is none"));
            continue;
        };
        // Jobs that begin in one minute stand in one queue at AWS and at the API server.
        let first = parsed.next_after(midnight - SignedDuration::from_secs(1));
        let first = first.unwrap_or_default();
        let in_hour = midnight + SignedDuration::from_mins(i64::from(minute(first)));
        let mut places = vec![job.cluster];
        if job.job() == "rotate-credentials" {
            // Both clusters' rotations work on one secret.
            places.push("all clusters");
        }
        for place in places {
            if let Some(other) = begins.insert((place, in_hour), job.name()) {
                wrong.push(job.says(format!("begins in the same minute as {other} in {place}")));
            }
        }
    }
    wrong
}

fn minute(at: Timestamp) -> i8 {
    at.to_zoned(jiff::tz::TimeZone::UTC).minute()
}

fn deadlines(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    for job in CronJob::all(renders) {
        let seconds = |value: &Value| value.as_i64().unwrap_or(-1);
        let active = seconds(&job.job_spec()["activeDeadlineSeconds"]);
        let late = seconds(&job.spec()["startingDeadlineSeconds"]);
        let grace = seconds(&job.pod()["terminationGracePeriodSeconds"]);
        if job.variable("ACTIVE_DEADLINE_SECONDS") != Some(&active.to_string()) {
            wrong.push(job.says("ACTIVE_DEADLINE_SECONDS is not activeDeadlineSeconds"));
        }
        // An operation with its repetitions takes up to 45 s, a call after SIGTERM ten.
        if active - MARGIN < 45 || grace < 10 || grace >= active {
            wrong.push(job.says("the run has no time to end by itself"));
        }
        if late < 60 {
            wrong.push(job.says("a slow controller would never start it"));
        }
        let schedule = job.variable("SCHEDULE").unwrap_or_default();
        let schedule = Schedule::parse(schedule, "Etc/UTC").ok();
        let period = schedule.and_then(|schedule| schedule.period_after(now));
        let period = period.map_or(0, |period| period.as_secs());
        if active >= period || late >= period {
            wrong.push(job.says("a deadline is not within the period"));
        }
        if job.pod().get("activeDeadlineSeconds").is_some() {
            wrong.push(job.says("a pod's deadline counts as a failure of the job"));
        }
        if job.job_spec().get("ttlSecondsAfterFinished").is_some() {
            wrong.push(job.says("a failed Job goes before anybody looks"));
        }
    }
    wrong
}

fn failures(renders: &[Rendered]) -> Vec<String> {
    let fatal = Exit::ALL.iter().map(|exit| u64::from(exit.status()));
    let fatal = fatal.filter(|status| *status > u64::from(Exit::Transient.status()));
    let fatal: Vec<u64> = fatal.chain([PANIC]).collect();
    let policy = json!({"rules": [
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
        {"action": "FailJob", "onExitCodes": {"containerName": "job", "operator": "In", "values": fatal}},
    ]});
    let mut wrong = Vec::new();
    for job in CronJob::all(renders) {
        if job.job_spec()["podFailurePolicy"] != policy {
            wrong.push(job.says("the policy of failures is not that of the exit codes"));
        }
        if job.container()["name"] != "job" || items(&job.pod()["containers"]).len() != 1 {
            wrong.push(job.says("its one container is called job"));
        }
        if job.job_spec()["podReplacementPolicy"] != "Failed"
            || job.pod()["restartPolicy"] != "Never"
            || job.spec()["concurrencyPolicy"] != "Forbid"
        {
            wrong.push(job.says("two pods might run at once"));
        }
        let repeats = &job.job_spec()["backoffLimit"];
        if ["export-cloudwatch", "rotate-credentials"].contains(&job.job()) && *repeats != 0 {
            wrong.push(job.says("the next run is the repetition"));
        }
    }
    wrong
}

fn hardening(renders: &[Rendered]) -> Vec<String> {
    let of_pod = json!({
        "runAsNonRoot": true, "runAsUser": 65532, "runAsGroup": 65532, "fsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    });
    let of_container = json!({
        "allowPrivilegeEscalation": false,
        "readOnlyRootFilesystem": true,
        "capabilities": {"drop": ["ALL"]},
    });
    let mut wrong = Vec::new();
    for job in CronJob::all(renders) {
        let (pod, container) = (job.pod(), job.container());
        if pod["securityContext"] != of_pod || container["securityContext"] != of_container {
            wrong.push(job.says("it may do more than it needs to"));
        }
        let digest = text(&container["image"]).split_once("@sha256:");
        let digest = digest.map(|(_, digest)| digest);
        if !digest.is_some_and(|it| it.len() == 64 && it.chars().all(|c| c.is_ascii_hexdigit())) {
            wrong.push(job.says("its image has no digest"));
        }
        if pod["enableServiceLinks"] != false {
            wrong.push(job.says("services of the namespace are in its environment"));
        }
        if container["resources"]["limits"]["memory"].is_null()
            || container["resources"]["requests"]["cpu"].is_null()
        {
            wrong.push(job.says("it has no requests or limits"));
        }
        let annotations = &job.job_spec()["template"]["metadata"]["annotations"];
        if annotations["sidecar.istio.io/inject"] != "false"
            || annotations["linkerd.io/inject"] != "disabled"
        {
            wrong.push(job.says("a sidecar would keep it running"));
        }
        let undisturbed = annotations["karpenter.sh/do-not-disrupt"] == "true";
        if undisturbed != (job.job() == "rotate-credentials") {
            wrong.push(job.says("the rotation alone holds its node"));
        }
    }
    wrong
}

#[test]
fn every_job_runs_when_it_believes_to_and_at_a_time_of_its_own() {
    holds(
        schedules,
        &[
            (
                |it| variable(it, "check-consistency", "SCHEDULE")["value"] = "8 * * * *".into(),
                "SCHEDULE",
            ),
            (
                |it| variable(it, "check-consistency", "TIME_ZONE")["value"] = "UTC".into(),
                "zone",
            ),
            (
                |it| {
                    it[0].object_mut("CronJob", "check-consistency")["metadata"]["name"] =
                        "x".repeat(53).into()
                },
                "too long",
            ),
            (
                |it| {
                    it[0].object_mut("CronJob", "rotate-credentials-plan")["spec"]["suspend"] =
                        false.into()
                },
                "suspended",
            ),
            (
                |it| {
                    it[0].object_mut("CronJob", "check-consistency")["spec"]["schedule"] =
                        "99 * * * *".into()
                },
                "none",
            ),
            (
                |it| reschedule(it, "check-consistency", "17 5 * * *"),
                "same minute",
            ),
            // With the other cluster's.
            (
                |it| reschedule(it, "rotate-credentials", "47 * * * *"),
                "same minute",
            ),
        ],
    );
}

fn reschedule(renders: &mut [Rendered], name: &str, schedule: &str) {
    variable(renders, name, "SCHEDULE")["value"] = schedule.into();
    renders[0].object_mut("CronJob", name)["spec"]["schedule"] = schedule.into();
}

#[test]
fn every_run_ends_by_itself_before_it_is_ended_and_before_the_next() {
    holds(
        deadlines,
        &[
            (
                |it| job_spec(it, "sync-dashboards")["activeDeadlineSeconds"] = 901.into(),
                "ACTIVE_DEADLINE_SECONDS",
            ),
            (
                |it| set_deadline(it, "sync-dashboards", 100),
                "end by itself",
            ),
            (
                |it| set_deadline(it, "export-cloudwatch", 300),
                "within the period",
            ),
            (
                |it| {
                    it[0].object_mut("CronJob", "export-cloudwatch")["spec"]["startingDeadlineSeconds"] =
                        300.into()
                },
                "within the period",
            ),
            (
                |it| {
                    it[0].object_mut("CronJob", "export-cloudwatch")["spec"]["startingDeadlineSeconds"] =
                        9.into()
                },
                "never start",
            ),
            (
                |it| {
                    job_spec(it, "sync-dashboards")["template"]["spec"]["terminationGracePeriodSeconds"] =
                        5.into()
                },
                "end by itself",
            ),
            (
                |it| {
                    job_spec(it, "sync-dashboards")["template"]["spec"]["activeDeadlineSeconds"] =
                        60.into()
                },
                "pod's deadline",
            ),
            (
                |it| job_spec(it, "sync-dashboards")["ttlSecondsAfterFinished"] = 900.into(),
                "goes before",
            ),
        ],
    );
}

fn set_deadline(renders: &mut [Rendered], name: &str, seconds: i64) {
    variable(renders, name, "ACTIVE_DEADLINE_SECONDS")["value"] = seconds.to_string().into();
    job_spec(renders, name)["activeDeadlineSeconds"] = seconds.into();
}

#[test]
fn the_exit_codes_decide_what_is_repeated() {
    holds(
        failures,
        &[
            (
                |it| {
                    job_spec(it, "sync-dashboards")["podFailurePolicy"]["rules"][1]["onExitCodes"]
                        ["values"] = json!([2, 3, 4, 5])
                },
                "exit codes",
            ),
            (
                |it| {
                    job_spec(it, "sync-dashboards")["podFailurePolicy"]["rules"]
                        .as_array_mut()
                        .unwrap()
                        .reverse()
                },
                "exit codes",
            ),
            (
                |it| container(it, "sync-dashboards")["name"] = "main".into(),
                "called job",
            ),
            (
                |it| job_spec(it, "sync-dashboards")["podReplacementPolicy"] = Value::Null,
                "two pods",
            ),
            (
                |it| {
                    it[0].object_mut("CronJob", "sync-dashboards")["spec"]["concurrencyPolicy"] =
                        "Allow".into()
                },
                "two pods",
            ),
            (
                |it| job_spec(it, "rotate-credentials")["backoffLimit"] = 1.into(),
                "repetition",
            ),
        ],
    );
}

#[test]
fn no_job_may_do_more_than_it_needs_to() {
    holds(
        hardening,
        &[
            (
                |it| {
                    job_spec(it, "sync-dashboards")["template"]["spec"]["securityContext"]["runAsNonRoot"] =
                        false.into()
                },
                "more than",
            ),
            (
                |it| {
                    container(it, "sync-dashboards")["securityContext"]["readOnlyRootFilesystem"] =
                        false.into()
                },
                "more than",
            ),
            (
                |it| container(it, "sync-dashboards")["image"] = "monitoring-jobs:1.0".into(),
                "digest",
            ),
            (
                |it| container(it, "sync-dashboards")["resources"]["limits"] = json!({}),
                "limits",
            ),
            (
                |it| {
                    job_spec(it, "sync-dashboards")["template"]["spec"]["enableServiceLinks"] =
                        true.into()
                },
                "services",
            ),
            (
                |it| {
                    job_spec(it, "sync-dashboards")["template"]["metadata"]["annotations"] =
                        json!({})
                },
                "sidecar",
            ),
            (
                |it| {
                    job_spec(it, "rotate-credentials")["template"]["metadata"]["annotations"]["karpenter.sh/do-not-disrupt"] =
                        "false".into()
                },
                "node",
            ),
        ],
    );
}

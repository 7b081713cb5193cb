//! When CronJobs run, and how long.

use std::collections::BTreeMap;

use common::schedule::Schedule;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::super::Rendered;
use super::{CronJob, holds, job_spec, text, variable};

/// The controller appends a dash and ten digits at most; the Job's name has 63 characters.
const NAME_MAX: usize = 52;

/// The job ends by itself this much before its pod is deleted.
const MARGIN: i64 = 60;

fn schedules(renders: &[Rendered]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut begins: BTreeMap<(&str, Timestamp), &str> = BTreeMap::new();
    let midnight: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    for job in CronJob::all(renders) {
        let (spec, schedule) = (job.spec(), text(&job.spec()["schedule"]));
        if job.name().len() > NAME_MAX {
            wrong.push(job.says("the name is too long"));
        }
        if spec.get("suspend") != job.is_plan().then_some(&Value::Bool(true)) {
            wrong.push(job.says("only twins are suspended: of a job people say it"));
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
                        "x".repeat(53).into();
                },
                "too long",
            ),
            (
                |it| {
                    it[0].object_mut("CronJob", "rotate-credentials-plan")["spec"]["suspend"] =
                        false.into();
                },
                "suspended",
            ),
            (
                |it| {
                    it[0].object_mut("CronJob", "check-consistency")["spec"]["suspend"] =
                        false.into();
                },
                "people say it",
            ),
            (
                |it| {
                    it[0].object_mut("CronJob", "check-consistency")["spec"]["schedule"] =
                        "99 * * * *".into();
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
                        300.into();
                },
                "within the period",
            ),
            (
                |it| {
                    it[0].object_mut("CronJob", "export-cloudwatch")["spec"]["startingDeadlineSeconds"] =
                        9.into();
                },
                "never start",
            ),
            (
                |it| {
                    job_spec(it, "sync-dashboards")["template"]["spec"]["terminationGracePeriodSeconds"] =
                        5.into();
                },
                "end by itself",
            ),
            (
                |it| {
                    job_spec(it, "sync-dashboards")["template"]["spec"]["activeDeadlineSeconds"] =
                        60.into();
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

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::{Job, Jobs, judge};
use crate::config::CronJobs;
use crate::finding::{Finding, Presence, Standing, Unknown};
use crate::live::gap;
use crate::live::reading::Reading;

const NOW: &str = "2026-11-29T06:30:00Z";

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn policy(name: &str) -> CronJobs {
    CronJobs {
        name: name.to_owned(),
        grace: Duration::from_hours(1),
        may_be_suspended: false,
    }
}

fn job(schedule: &str, succeeded: Option<&str>) -> Job {
    Job {
        name: "sync".to_owned(),
        schedule: schedule.to_owned(),
        zone: Some("Etc/UTC".to_owned()),
        suspended: false,
        created: Some(time("2026-11-01T00:00:00Z")),
        succeeded: succeeded.map(time),
    }
}

fn seen(jobs: Vec<Job>) -> Reading<Jobs> {
    Reading::Seen(Jobs {
        jobs,
        at: time(NOW),
    })
}

fn judge_one(job: Job) -> (Standing, String) {
    let policies = [policy("*")];
    let (mut findings, ..) = judge(&[seen(vec![job])], &["e1"], "monitoring", &policies);
    let Finding { standing, text, .. } = findings.remove(0);
    (standing, text.unwrap_or_default())
}

#[test]
fn an_object_of_a_real_server_is_read() {
    let object = json!({
        "apiVersion": "batch/v1", "kind": "CronJob",
        "metadata": {"name": "sync", "namespace": "monitoring", "creationTimestamp": "2026-11-01T00:00:00Z"},
        "spec": {"schedule": "0 3 * * *", "timeZone": "Etc/UTC", "suspend": false,
            "concurrencyPolicy": "Forbid", "jobTemplate": {"spec": {"template": {"spec":
            {"containers": [{"name": "a", "image": "b"}], "restartPolicy": "Never"}}}}},
        "status": {"lastScheduleTime": "2026-11-29T03:00:00Z", "lastSuccessfulTime": "2026-11-29T03:02:11Z"},
    });
    let read = Job::of(serde_json::from_value(object).unwrap());
    assert_eq!(read, job("0 3 * * *", Some("2026-11-29T03:02:11Z")));
}

#[test]
fn a_run_must_have_succeeded_by_the_end_of_the_grace_after_its_slot() {
    let table = [
        // Every day at three: the grace of today's run is over since four.
        ("0 3 * * *", "2026-11-29T03:02:11Z", true),
        ("0 3 * * *", "2026-11-28T03:02:11Z", false),
        ("0 3 * * *", "2026-11-29T02:59:59Z", false),
        // The run of six has its grace until seven.
        ("0 6 * * *", "2026-11-28T06:02:11Z", true),
        ("0 6 * * *", "2026-11-27T06:02:11Z", false),
        ("*/10 * * * *", "2026-11-29T05:25:00Z", true),
        ("*/10 * * * *", "2026-11-29T05:15:00Z", false),
        // Without times of its own: an interval after the last success.
        ("@every 1h", "2026-11-29T04:45:00Z", true),
        ("@every 1h", "2026-11-29T04:15:00Z", false),
        // A date that never comes.
        ("0 0 30 2 *", "2020-01-01T00:00:00Z", true),
    ];
    for (schedule, succeeded, fresh) in table {
        let (standing, text) = judge_one(job(schedule, Some(succeeded)));
        let expected = if fresh {
            Standing::Equal
        } else {
            Standing::Stale
        };
        assert_eq!(standing, expected, "{schedule} {succeeded}: {text}");
    }
}

#[test]
fn the_text_tells_since_when_and_when_next() {
    let (_, text) = judge_one(job("0 3 * * *", Some("2026-11-27T03:02:11.5Z")));
    assert_eq!(
        text,
        "e1: it has last succeeded at 2026-11-27T03:02:11Z, while a run was due at \
         2026-11-28T03:00:00Z; the next one is due at 2026-11-30T03:00:00Z"
    );
}

#[test]
fn the_time_zone_decides_when_a_run_was_due() {
    let mut job = job("0 3 * * *", Some("2026-11-28T12:00:00Z"));
    assert_eq!(judge_one(job.clone()).0, Standing::Stale);
    // Three in the morning there is eleven here: today's slot is still to come.
    job.zone = Some("America/Los_Angeles".to_owned());
    assert_eq!(judge_one(job).0, Standing::Equal);
}

#[test]
fn one_that_has_never_succeeded_is_stale_once_two_slots_have_passed() {
    let created = |at: &str| {
        let mut job = job("0 3 * * *", None);
        job.created = Some(time(at));
        judge_one(job)
    };
    assert_eq!(created("2026-11-29T00:00:00Z").0, Standing::Equal);
    assert_eq!(created("2026-11-28T04:00:00Z").0, Standing::Equal);
    let (standing, text) = created("2026-11-28T01:00:00Z");
    assert_eq!(standing, Standing::Stale);
    assert!(
        text.starts_with("e1: it has never succeeded, while"),
        "{text}"
    );
}

#[test]
fn a_suspended_one_is_stale_unless_it_may_be() {
    let mut suspended = job("0 3 * * *", Some("2020-01-01T00:00:00Z"));
    suspended.suspended = true;
    assert_eq!(
        judge_one(suspended.clone()),
        (Standing::Stale, "e1: it is suspended".to_owned())
    );
    let mut allowed = policy("sync");
    allowed.may_be_suspended = true;
    let (findings, ..) = judge(&[seen(vec![suspended])], &["e1"], "monitoring", &[allowed]);
    assert_eq!(findings[0].standing, Standing::Equal);
}

#[test]
fn a_schedule_that_is_not_understood_is_no_proof_of_anything() {
    let (standing, text) = judge_one(job("0 3 * *", Some(NOW)));
    assert_eq!(standing, Standing::Unknown(Unknown::Garbled));
    assert!(text.contains("0 3 * *"), "{text}");
}

#[test]
fn a_schedule_without_a_zone_is_read_in_utc_with_a_warning_if_that_matters() {
    let warnings = |schedule: &str| {
        let mut job = job(schedule, Some(NOW));
        job.zone = None;
        let (_, _, warnings) = judge(&[seen(vec![job])], &["e1"], "monitoring", &[policy("*")]);
        warnings
    };
    assert!(warnings("0 3 * * *")[0].ends_with("taken for it: sync"));
    assert_eq!(warnings("@daily").len(), 1);
    for everywhere_the_same in ["*/10 * * * *", "@hourly", "@every 2h"] {
        assert_eq!(warnings(everywhere_the_same), [""; 0]);
    }
    let mut stale = job("0 3 * * *", Some("2026-11-01T00:00:00Z"));
    stale.zone = None;
    let (_, text) = judge_one(stale);
    assert!(
        text.ends_with("its schedule read in UTC for want of a time zone"),
        "{text}"
    );
}

#[test]
fn the_first_policy_that_fits_decides_and_others_are_not_looked_at() {
    let mut lenient = policy("sync*");
    lenient.may_be_suspended = true;
    let mut suspended = job("0 3 * * *", None);
    suspended.suspended = true;
    let other = Job {
        name: "other".to_owned(),
        ..suspended.clone()
    };
    let jobs = seen(vec![suspended, other]);
    let policies = [lenient, policy("syn*")];
    let (findings, parts, _) = judge(&[jobs], &["e1"], "monitoring", &policies);
    let told: Vec<_> = findings
        .iter()
        .map(|finding| (finding.object.name.as_str(), finding.standing))
        .collect();
    // Nothing was left over for the second one.
    assert_eq!(
        told,
        [("syn*", Standing::Missing), ("sync", Standing::Equal)]
    );
    assert_eq!(parts[0].read, Ok(2));
}

#[test]
fn one_that_no_cluster_has_is_missing_but_not_while_a_cluster_is_unread() {
    let empty = || seen(Vec::new());
    let policies = [policy("sync")];
    let names = ["e1", "e2"];
    let (findings, ..) = judge(&[empty(), empty()], &names, "monitoring", &policies);
    assert_eq!(findings[0].standing, Standing::Missing);
    assert_eq!(findings[0].presence, [Presence::Absent; 2]);
    let unread = [empty(), Reading::Gap(gap::late("x"))];
    let (findings, ..) = judge(&unread, &names, "monitoring", &policies);
    assert_eq!(findings, []);
    let elsewhere = [empty(), seen(vec![job("@daily", Some(NOW))])];
    let (findings, ..) = judge(&elsewhere, &names, "monitoring", &policies);
    assert_eq!(findings[0].presence, [Presence::NotAsked, Presence::Here]);
}

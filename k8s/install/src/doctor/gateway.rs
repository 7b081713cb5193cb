//! Whether every group of the Pushgateway is alive.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::installation::CronJob;
use super::jobs::Place;
use super::report::{Area, Check, Finding};
use crate::mend::Mend;
use crate::screen::{self, count};
use crate::seen::pushgateway::{Group, exporter_jobs};
use crate::seen::{NAMESPACE, PUSHGATEWAY, Seen};

/// As the alert `CloudWatchExportGroupStale` has it.
const EXPORT_STALE: SignedDuration = SignedDuration::from_mins(20);

/// As the alert `MonitoringJobPushLost` has it: how much later than its push a run may have ended.
const PUSH_LATE: SignedDuration = SignedDuration::from_mins(3);

/// Judges the groups; what `places` show of the jobs says which of them must have pushed.
pub(super) fn judge(
    groups: &Seen<Vec<Group>>,
    expected: &[CronJob],
    places: &[Place],
    now: Timestamp,
    mend: Mend<'_>,
) -> Check {
    let groups = match groups {
        Ok(groups) => groups,
        Err(why) => {
            let object = format!("Pushgateway {NAMESPACE}/{PUSHGATEWAY}");
            return Check::unseen(Area::Pushgateway, object, why);
        }
    };
    let exported = exporter_jobs(groups);
    let mut findings: Vec<_> = groups
        .iter()
        .filter_map(|group| judge_group(group, expected, &exported, now, mend))
        .collect();
    let troubled = findings.len();
    for job in expected.iter().filter(|it| !it.is_twin) {
        findings.extend(lost(job, groups, places, mend));
    }
    let alive = groups.len().saturating_sub(troubled);
    Check {
        area: Area::Pushgateway,
        well: format!("{alive} of {} alive", count(groups.len(), "group")),
        details: Vec::new(),
        findings,
    }
}

fn judge_group(
    group: &Group,
    expected: &[CronJob],
    exported: &BTreeSet<&str>,
    now: Timestamp,
    mend: Mend<'_>,
) -> Option<Finding> {
    let title = format!("Pushgateway group {}", group.name());
    let logs = format!("logs svc/{PUSHGATEWAY} --tail 20");
    let logs = || mend.kubectl(NAMESPACE, &logs);
    let Some(pushed) = group.pushed else {
        let text = "every push to it was refused, so it holds nothing; delete it when nobody \
                    pushes to it any more";
        return Some(Finding::wrong(
            title,
            text,
            delete(group, mend).unwrap_or_else(logs),
        ));
    };
    let age = now.duration_since(pushed);
    if !group.last_push_taken {
        let text = format!(
            "the last push to it was refused; what it shows is from {} ago",
            screen::span(age)
        );
        return Some(Finding::wrong(title, text, logs()));
    }
    let limit = if exported.contains(group.label("job")?) {
        EXPORT_STALE
    } else {
        let of_job = |it: &&CronJob| {
            group.label("cronjob") == Some(it.name.as_str())
                && group.label("namespace") == Some(it.namespace.as_str())
        };
        expected.iter().find(of_job)?.stale_after?
    };
    if age <= limit {
        return None;
    }
    let text = format!(
        "it was last written {} ago, and its values are shown for ever",
        screen::span(age)
    );
    let mend = match group.label("cronjob") {
        Some(job) => mend.run(group.label("namespace").unwrap_or(NAMESPACE), job),
        None => mend.run(NAMESPACE, "export-cloudwatch"),
    };
    Some(Finding::wrong(title, text, mend))
}

/// A good run whose metrics never arrived.
fn lost(job: &CronJob, groups: &[Group], places: &[Place], mend: Mend<'_>) -> Option<Finding> {
    let place = places.iter().find(|it| it.namespace == job.namespace)?;
    let seen = place.seen.as_ref().ok()?.iter();
    let succeeded = seen.clone().find(|it| it.name == job.name)?.succeeded?;
    let of_job = |it: &&Group| {
        it.label("cronjob") == Some(job.name.as_str())
            && it.label("namespace") == Some(job.namespace.as_str())
    };
    let pushed = groups.iter().find(of_job).and_then(|group| group.pushed);
    let arrived = pushed.is_some_and(|at| succeeded.duration_since(at) <= PUSH_LATE);
    if arrived {
        return None;
    }
    let text = "its last good run's metrics are not in the Pushgateway";
    let logs = format!(
        "logs --selector app.kubernetes.io/name={} --prefix --tail 20",
        job.name
    );
    Some(Finding::warning(
        format!("CronJob {}/{}", job.namespace, job.name),
        text,
        mend.kubectl(&job.namespace, logs),
    ))
}

/// Deletes a group through the API server, where its labels can stand in a path as they are.
fn delete(group: &Group, mend: Mend<'_>) -> Option<String> {
    let plain = |text: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        !text.is_empty() && !text.starts_with('.') && text.chars().all(plain)
    };
    let others = group.labels.iter().filter(|(name, _)| *name != "job");
    let others: Vec<_> = others
        .map(|(name, value)| format!("/{name}/{value}"))
        .collect();
    let path = format!("/metrics/job/{}{}", group.label("job")?, others.concat());
    group.labels.values().all(|it| plain(it)).then(|| {
        let service =
            format!("/api/v1/namespaces/{NAMESPACE}/services/http:{PUSHGATEWAY}:9091/proxy");
        mend.kubectl_everywhere(format!("delete --raw {service}{path}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::report::Severity;
    use crate::seen::cron_jobs::SeenCronJob;

    const MEND: Mend<'_> = Mend::of("c");

    fn at(text: &str) -> Timestamp {
        format!("2026-11-29T{text}:00Z").parse().unwrap()
    }

    fn group(labels: &[(&str, &str)], taken: bool, pushed: Option<&str>) -> Group {
        Group::sample(labels, taken, pushed.map(at))
    }

    const STATE: &[(&str, &str)] = &[
        ("cronjob", "check"),
        ("job", "check-consistency"),
        ("namespace", "monitoring"),
    ];

    fn check(group: Group) -> Check {
        let job = CronJob {
            namespace: "monitoring".to_owned(),
            name: "check".to_owned(),
            schedule: None,
            is_twin: false,
            stale_after: Some(SignedDuration::from_hours(2)),
        };
        judge(&Ok(vec![group]), &[job], &[], at("12:00"), MEND)
    }

    #[test]
    fn groups_that_are_written_are_alive_and_those_of_others_are_theirs() {
        for (labels, pushed) in [
            (STATE, "11:00"),
            (&[("job", "leveldb-watcher")][..], "01:00"),
            (&[("job", "aws_nobodys")], "01:00"),
        ] {
            let check = check(group(labels, true, Some(pushed)));
            assert_eq!(check.findings, [], "{labels:?}");
            assert_eq!(check.well, "1 of 1 group alive");
        }
    }

    #[test]
    fn phantoms_refusals_and_stale_groups_are_wrong() {
        let phantom = check(group(&[("job", "x"), ("part", "a b")], false, None));
        assert_eq!(phantom.worst(), Some(Severity::Wrong));
        assert!(
            phantom.findings[0].mend.contains("logs svc/"),
            "not in a path"
        );
        let phantom = check(group(&[("job", "x"), ("part", "a")], false, None));
        assert!(
            phantom.findings[0]
                .mend
                .ends_with(":9091/proxy/metrics/job/x/part/a")
        );
        let refused = check(group(STATE, false, Some("11:00")));
        assert!(refused.findings[0].text.ends_with("from 1 h ago"));
        let stale = check(group(STATE, true, Some("09:00")));
        assert!(
            stale.findings[0]
                .text
                .starts_with("it was last written 3 h ago")
        );
        let mend = &stale.findings[0].mend;
        assert!(mend.contains("--from=cronjob/check &&"), "{mend}");
    }

    #[test]
    fn what_the_exporter_owns_is_stale_after_twenty_minutes() {
        let own = Group::sample_of_exporter(&["aws_es"], at("11:59"));
        let judge = |pushed: &str| {
            let aws = group(&[("job", "aws_es")], true, Some(pushed));
            judge(&Ok(vec![aws, own.clone()]), &[], &[], at("12:00"), MEND).worst()
        };
        assert_eq!(judge("11:41"), None);
        assert_eq!(judge("11:30"), Some(Severity::Wrong));
    }

    #[test]
    fn a_good_run_without_its_metrics_is_told() {
        let seen = SeenCronJob {
            namespace: "monitoring".to_owned(),
            name: "check".to_owned(),
            schedule: String::new(),
            zone: None,
            suspended: false,
            created: None,
            succeeded: Some(at("11:50")),
            runs: Vec::new(),
        };
        let places = [Place {
            namespace: "monitoring".to_owned(),
            seen: Ok(vec![seen]),
        }];
        let job = CronJob {
            namespace: "monitoring".to_owned(),
            name: "check".to_owned(),
            schedule: None,
            is_twin: false,
            stale_after: Some(SignedDuration::from_hours(2)),
        };
        let worst = |groups: Vec<Group>| {
            judge(
                &Ok(groups),
                std::slice::from_ref(&job),
                &places,
                at("12:00"),
                MEND,
            )
            .worst()
        };
        assert_eq!(worst(vec![]), Some(Severity::Warning));
        assert_eq!(worst(vec![group(STATE, true, Some("11:49"))]), None);
        assert_eq!(
            worst(vec![group(STATE, true, Some("11:20"))]),
            Some(Severity::Warning)
        );
    }
}

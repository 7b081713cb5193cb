use common::exit::Exit;
use common::trouble::Trouble;

use super::*;
use crate::doctor::report::Severity;
use crate::seen::cron_jobs::Message;

const MEND: Mend<'_> = Mend::of("prod-e1-1");

fn at(text: &str) -> Timestamp {
    format!("2026-11-29T{text}:00Z").parse().unwrap()
}

fn expected(name: &str) -> CronJob {
    CronJob {
        namespace: "monitoring".to_owned(),
        name: name.to_owned(),
        schedule: Some("7,37 * * * *".to_owned()),
        is_twin: name.ends_with("-plan"),
        stale_after: (!name.ends_with("-plan")).then(|| SignedDuration::from_hours(2)),
    }
}

fn seen(name: &str) -> SeenCronJob {
    SeenCronJob {
        namespace: "monitoring".to_owned(),
        name: name.to_owned(),
        schedule: "7,37 * * * *".to_owned(),
        zone: Some("Etc/UTC".to_owned()),
        suspended: name.ends_with("-plan"),
        created: Some(at("01:00")),
        succeeded: Some(at("11:37")),
        runs: Vec::new(),
    }
}

fn run(state: RunState) -> Run {
    Run {
        name: "check-29401937".to_owned(),
        started: Some(at("11:37")),
        finished: Some(at("11:38")),
        state,
        message: Some(Message {
            outcome: "failed".to_owned(),
            code: 4,
            class: "cluster-denied".to_owned(),
            error: "list pods: 403".to_owned(),
            hint: "allow it".to_owned(),
            duration_ms: Some(2340),
        }),
    }
}

fn check(job: SeenCronJob) -> Check {
    let expected = [expected(&job.name.clone())];
    let place = Place {
        namespace: "monitoring".to_owned(),
        seen: Ok(vec![job]),
    };
    judge(&expected, &[place], at("12:00"), MEND)
}

/// Severity and text of the only finding.
fn only(check: &Check) -> (Severity, &str) {
    assert_eq!(check.findings.len(), 1, "{check:#?}");
    (check.findings[0].severity, &check.findings[0].text)
}

#[test]
fn a_job_that_has_worked_of_late_is_well_and_shown() {
    let check = check(seen("check"));
    assert_eq!(check.findings, []);
    assert_eq!(
        check.details,
        [["check", "good 23 min ago", "", "next 12:07Z"]]
    );
    assert!(
        check.well.starts_with("1 of 1 CronJob fresh"),
        "{}",
        check.well
    );
}

#[test]
fn a_job_that_is_gone_suspended_or_stale_is_wrong() {
    let gone = judge(
        &[expected("check")],
        &[Place {
            namespace: "monitoring".to_owned(),
            seen: Ok(vec![]),
        }],
        at("12:00"),
        MEND,
    );
    assert_eq!(only(&gone).0, Severity::Wrong);
    assert_eq!(
        gone.findings[0].mend,
        "install-monitoring --cluster prod-e1-1"
    );
    let suspended = check(SeenCronJob {
        suspended: true,
        ..seen("check")
    });
    assert_eq!(
        only(&suspended),
        (Severity::Wrong, "it is suspended, so nothing runs it")
    );
    assert!(
        suspended.findings[0]
            .mend
            .ends_with(r#"--patch '{"spec":{"suspend":false}}'"#)
    );
    let stale = check(SeenCronJob {
        succeeded: Some(at("09:00")),
        ..seen("check")
    });
    assert_eq!(
        only(&stale),
        (
            Severity::Wrong,
            "its last good run ended 3 h ago, and more than 2 h is too long"
        )
    );
    assert!(stale.findings[0].mend.contains("--from=cronjob/check &&"));
}

#[test]
fn a_new_job_has_time_until_its_first_good_run() {
    let new = |created| {
        check(SeenCronJob {
            created: Some(created),
            succeeded: None,
            ..seen("check")
        })
    };
    let fresh = new(at("11:50"));
    assert_eq!(fresh.findings, []);
    assert_eq!(fresh.details[0][1], "no run yet");
    let never = new(at("09:00"));
    assert!(only(&never).1.contains("never had a good run"));
}

#[test]
fn a_failed_run_is_told_with_its_own_words_and_decides_when_it_is_stale() {
    let failed = SeenCronJob {
        runs: vec![run(RunState::Failed("BackoffLimitExceeded".to_owned()))],
        ..seen("check")
    };
    let warned = check(failed.clone());
    assert_eq!(only(&warned).0, Severity::Warning);
    assert_eq!(
        warned.findings[0].said,
        [
            ("outcome", "failed (cluster-denied)".to_owned()),
            ("error", "list pods: 403".to_owned()),
            ("hint", "allow it".to_owned()),
        ]
    );
    assert!(
        warned.findings[0]
            .mend
            .ends_with("logs job/check-29401937 --tail 20")
    );
    assert_eq!(
        warned.details[0],
        ["check", "failed 22 min ago", "in 2.3 s", "next 12:07Z"]
    );
    let stale = check(SeenCronJob {
        succeeded: Some(at("09:00")),
        ..failed
    });
    assert_eq!(only(&stale).0, Severity::Wrong);
    assert_eq!(stale.findings[0].said.len(), 3);
}

#[test]
fn a_failure_that_a_good_run_has_overtaken_is_none() {
    let overtaken = check(SeenCronJob {
        runs: vec![
            run(RunState::Complete),
            run(RunState::Failed("BackoffLimitExceeded".to_owned())),
        ],
        ..seen("check")
    });
    assert_eq!(overtaken.findings, []);
    let under_way = check(SeenCronJob {
        runs: vec![
            run(RunState::Active),
            run(RunState::Failed("BackoffLimitExceeded".to_owned())),
        ],
        ..seen("check")
    });
    assert_eq!(only(&under_way).0, Severity::Warning);
}

#[test]
fn a_pod_that_cannot_start_is_wrong_at_once() {
    let stuck = check(SeenCronJob {
        runs: vec![run(RunState::CannotStart("ErrImagePull".to_owned()))],
        ..seen("check")
    });
    let (severity, text) = only(&stuck);
    assert_eq!(severity, Severity::Wrong);
    assert!(text.ends_with("cannot start: ErrImagePull"), "{text}");
}

#[test]
fn twins_are_meant_to_be_suspended() {
    assert_eq!(check(seen("check-plan")).findings, []);
    let running = check(SeenCronJob {
        suspended: false,
        ..seen("check-plan")
    });
    assert_eq!(only(&running).0, Severity::Warning);
}

#[test]
fn another_schedule_than_the_charts_is_told() {
    let other = check(SeenCronJob {
        schedule: "0 0 * * *".to_owned(),
        ..seen("check")
    });
    let text = only(&other).1;
    assert_eq!(
        text,
        "it runs at `0 0 * * *`, and the chart says `7,37 * * * *`"
    );
}

#[test]
fn what_cannot_be_listed_is_neither_well_nor_gone() {
    let trouble = Trouble {
        exit: Exit::Denied,
        code: "cluster-denied",
        text: "403".to_owned(),
        hint: None,
    };
    let place = Place {
        namespace: "monitoring".to_owned(),
        seen: Err(trouble),
    };
    let check = judge(
        &[expected("check"), expected("other")],
        &[place],
        at("12:00"),
        MEND,
    );
    assert_eq!(only(&check).0, Severity::Unseen);
    assert!(check.findings[0].refused);
}

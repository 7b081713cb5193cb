use super::*;
use crate::seen::cron_jobs::{Message, Run};

fn at(text: &str) -> Timestamp {
    format!("2026-11-29T{text}:00Z").parse().unwrap()
}

fn job(name: &str, schedule: &str) -> SeenCronJob {
    SeenCronJob {
        namespace: "monitoring".to_owned(),
        name: name.to_owned(),
        schedule: schedule.to_owned(),
        zone: Some("Etc/UTC".to_owned()),
        suspended: false,
        created: Some(at("00:00")),
        succeeded: Some(at("11:37")),
        runs: vec![run(RunState::Complete)],
    }
}

fn run(state: RunState) -> Run {
    Run {
        name: "x-29401937".to_owned(),
        started: Some(at("11:37")),
        finished: Some(at("11:38")),
        state,
        message: Some(Message {
            outcome: "ok".to_owned(),
            duration_ms: Some(2340),
            ..Message::default()
        }),
    }
}

fn failed() -> Run {
    Run {
        message: Some(Message {
            outcome: "failed".to_owned(),
            code: 4,
            class: "aws-denied".to_owned(),
            error: "CloudWatch refused GetMetricData: AccessDeniedException (request 1b2c)"
                .to_owned(),
            hint: "add cloudwatch:GetMetricData to the role of the job".to_owned(),
            duration_ms: Some(900),
        }),
        ..run(RunState::Failed("PodFailurePolicy".to_owned()))
    }
}

fn line(seen: SeenCronJob) -> JobLine {
    JobLine {
        namespace: seen.namespace.clone(),
        name: seen.name.clone(),
        stale_after: Some(SignedDuration::from_hours(2)),
        seen: Some(seen),
    }
}

fn unreachable() -> Trouble {
    Trouble {
        exit: Exit::Transient,
        code: "cluster-unreachable",
        text: "remoting-prod-e1-1: get /api: connection refused".to_owned(),
        hint: Some("check the network".to_owned()),
    }
}

fn screen() -> Screen {
    let gone = JobLine {
        namespace: "monitoring".to_owned(),
        name: "sync-dashboards".to_owned(),
        seen: None,
        stale_after: Some(SignedDuration::from_hours(50)),
    };
    let stale = SeenCronJob {
        succeeded: Some(at("01:17")),
        runs: vec![failed()],
        ..job("export-cloudwatch", "2-59/5 * * * *")
    };
    let suspended = SeenCronJob {
        suspended: true,
        runs: vec![],
        ..job("rotate-credentials", "17 * * * *")
    };
    let jobs = vec![
        line(job("check-consistency", "7,37 * * * *")),
        line(stale),
        line(suspended),
        gone,
    ];
    let pushed = Pushed {
        rotation: Rotation {
            key_created: Some(at("11:00") - SignedDuration::from_hours(41 * 24)),
            phase: Some("soak".to_owned()),
        },
        drift: Some(2),
        comparison_complete: Some(true),
    };
    Screen {
        at: at("12:00"),
        clusters: vec![
            Cluster {
                name: "prod-e1-1".to_owned(),
                state: Ok(State {
                    jobs,
                    pushed: Ok(pushed),
                }),
            },
            Cluster {
                name: "remoting-prod-e1-1".to_owned(),
                state: Err(unreachable()),
            },
        ],
    }
}

fn plain(screen: &Screen) -> String {
    let mut out = Vec::new();
    screen.render(&mut out).unwrap();
    String::from_utf8(anstream::adapter::strip_bytes(&out).into_vec()).unwrap()
}

#[test]
fn one_screen_shows_all_clusters_and_fits_on_a_terminal() {
    let text = plain(&screen());
    for line in text.lines() {
        assert!(line.chars().count() <= crate::screen::WIDTH, "{line}");
    }
    insta::assert_snapshot!(text);
}

#[test]
fn the_widest_line_fits_too() {
    let mut screen = screen();
    let widest = SeenCronJob {
        succeeded: Some(at("11:31")),
        runs: vec![Run {
            started: Some(at("11:31")),
            message: Some(Message {
                outcome: "skipped_locked".to_owned(),
                duration_ms: Some(59 * 60 * 1000),
                ..Message::default()
            }),
            ..run(RunState::Complete)
        }],
        ..job("rotate-credentials", "2-59/15 * * * 1-5")
    };
    let in_progress = SeenCronJob {
        runs: vec![Run {
            message: Some(Message {
                outcome: "in_progress".to_owned(),
                ..Message::default()
            }),
            ..run(RunState::Complete)
        }],
        ..widest.clone()
    };
    screen.clusters.truncate(1);
    let state = screen.clusters[0].state.as_mut().unwrap();
    state.jobs = vec![line(widest), line(in_progress)];
    for line in plain(&screen).lines() {
        assert!(line.chars().count() <= crate::screen::WIDTH, "{line}");
    }
}

#[test]
fn the_same_as_a_document() {
    let screen = screen();
    insta::assert_snapshot!(serde_json::to_string_pretty(&screen.document()).unwrap());
}

#[test]
fn a_job_stands_as_its_worst_side() {
    let now = at("12:00");
    let standing = |change: fn(&mut SeenCronJob)| {
        let mut seen = job("x", "7 * * * *");
        change(&mut seen);
        line(seen).standing(now)
    };
    assert_eq!(standing(|_| {}), Standing::Well);
    assert_eq!(
        standing(|it| it.runs = vec![run(RunState::Active)]),
        Standing::Running
    );
    assert_eq!(standing(|it| it.runs = vec![failed()]), Standing::Failed);
    assert_eq!(
        standing(|it| {
            it.runs = vec![failed()];
            it.succeeded = Some(at("08:00"));
        }),
        Standing::Stale
    );
    assert_eq!(standing(|it| it.succeeded = None), Standing::Stale);
    assert_eq!(
        standing(|it| {
            it.succeeded = None;
            it.created = Some(at("11:50"));
        }),
        Standing::Well
    );
    let stuck = |it: &mut SeenCronJob| {
        it.runs = vec![run(RunState::CannotStart("ErrImagePull".to_owned()))];
    };
    assert_eq!(standing(stuck), Standing::Stale);
    assert_eq!(standing(|it| it.suspended = true), Standing::Suspended);
}

#[test]
fn jobs_that_need_a_person_decide() {
    let mut screen = screen();
    let conclusion = screen.conclusion();
    assert_eq!(conclusion.exit, Exit::Drift);
    let problem = conclusion.problem.unwrap();
    assert_eq!(
        problem.error,
        "3 jobs; first: monitoring/export-cloudwatch in prod-e1-1 is stale"
    );
    assert_eq!(
        problem.hint.as_deref(),
        Some("see `install-monitoring doctor --cluster prod-e1-1`")
    );
    // One that failed last and is not late is no more than a warning.
    screen.clusters.truncate(1);
    let failing = SeenCronJob {
        runs: vec![failed()],
        ..job("check-consistency", "7,37 * * * *")
    };
    screen.clusters[0].state.as_mut().unwrap().jobs = vec![line(failing)];
    assert_eq!(screen.conclusion().exit, Exit::Done);
}

#[test]
fn what_could_not_be_seen_is_never_fine() {
    let mut screen = screen();
    let state = screen.clusters[0].state.as_mut().unwrap();
    let well = vec![line(job("check-consistency", "7,37 * * * *"))];
    let jobs = std::mem::replace(&mut state.jobs, well);
    assert_eq!(screen.conclusion().exit, Exit::Transient);
    screen.clusters.truncate(1);
    assert_eq!(screen.conclusion().exit, Exit::Done);
    let refused = Trouble {
        exit: Exit::Denied,
        ..unreachable()
    };
    screen.clusters[0].state.as_mut().unwrap().pushed = Err(refused);
    assert_eq!(screen.conclusion().exit, Exit::Denied);
    screen.clusters[0].state.as_mut().unwrap().jobs = jobs;
    assert_eq!(screen.conclusion().exit, Exit::Drift);
    assert_eq!(screen.wrong(), 3);
    let text = plain(&screen);
    assert!(text.contains("? Pushgateway"), "{text}");
    assert!(
        text.ends_with("3 jobs need a person, 1 thing could not be seen\n"),
        "{text}"
    );
}

#[test]
fn a_cluster_that_refuses_is_not_said_to_be_out_of_reach() {
    let mut screen = screen();
    assert!(plain(&screen).contains("remoting-prod-e1-1  not reached\n"));
    screen.clusters[1].state = Err(Trouble {
        exit: Exit::Denied,
        ..unreachable()
    });
    let text = plain(&screen);
    assert!(text.contains("remoting-prod-e1-1  refused\n"), "{text}");
}

#[test]
fn a_cluster_in_which_nothing_should_run_is_not_called_well() {
    let mut screen = screen();
    screen.clusters.truncate(1);
    screen.clusters[0].state.as_mut().unwrap().jobs = Vec::new();
    let conclusion = screen.conclusion();
    assert_eq!(conclusion.exit, Exit::Drift);
    let problem = conclusion.problem.unwrap();
    assert_eq!(
        problem.error,
        "no rule names a job that should run in prod-e1-1"
    );
    let text = plain(&screen);
    assert!(
        text.ends_with("no rule names a job in 1 cluster\n"),
        "{text}"
    );
}

#[test]
fn of_several_reasons_for_not_seeing_the_one_to_be_seen_to_first_decides() {
    use Exit::{Config, Denied, Transient};
    // Of each cluster why it was not seen; which of them decides, and what the run comes to.
    let table: [(&[Exit], usize, Exit); 9] = [
        (&[Transient], 0, Transient),
        (&[Denied], 0, Denied),
        (&[Config], 0, Config),
        (&[Denied, Config], 1, Config),
        (&[Config, Denied], 0, Config),
        (&[Transient, Config], 1, Config),
        (&[Transient, Denied], 1, Denied),
        (&[Transient, Denied, Config, Config], 2, Config),
        (&[Denied, Denied, Transient], 0, Denied),
    ];
    for (reasons, decides, exit) in table {
        let clusters = reasons.iter().enumerate().map(|(index, reason)| Cluster {
            name: format!("c{index}"),
            state: Err(Trouble {
                exit: *reason,
                ..unreachable()
            }),
        });
        let screen = Screen {
            at: at("12:00"),
            clusters: clusters.collect(),
        };
        let conclusion = screen.conclusion();
        assert_eq!(conclusion.exit, exit, "{reasons:?}");
        let said = conclusion.problem.unwrap().error;
        let first = format!("not everything of c{decides} was seen: ");
        assert!(said.starts_with(&first), "{reasons:?}: {said}");
    }
}

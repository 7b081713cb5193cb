//! An AWS that throttles, fails, breaks off, refuses or says nothing: the exit status, what the
//! Pushgateway holds then, and what a person reads.

use anyhow::{Context as _, Result};
use sandbox::aws::{Fault, FaultKind, Operation};
use scenarios::account::{Held, NEW, OLD, exported_once};
use scenarios::job::Finished;
use scenarios::proxy::{Proxy, Verdict};
use scenarios::text::redact;

/// Attempts of one call, the first one included.
const ATTEMPTS: usize = 6;

#[track_caller]
fn assert_failed(run: &Finished, status: i32, class: &str) {
    assert_eq!(run.status, status, "{}", run.stderr);
    assert_eq!(run.stdout, "");
    assert_eq!(run.termination["code"], status);
    assert_eq!(run.termination["class"], class);
    assert_eq!(run.termination["outcome"], "failed");
}

#[tokio::test]
async fn trouble_that_passes_is_a_matter_of_asking_again() -> Result<()> {
    let world = exported_once().await?;
    for kind in [
        FaultKind::Throttle,
        FaultKind::Internal,
        FaultKind::Unavailable,
        FaultKind::Reset,
        FaultKind::Truncate,
    ] {
        world.sim.clear_faults();
        world.sim.clear_calls();
        for operation in [Operation::ListMetrics, Operation::GetMetricData] {
            let once = Fault::new(kind.clone()).on(operation).calls(1, Some(1));
            world.sim.inject(once);
        }
        let run = world.run(&[]).await?;
        assert_eq!(run.status, 0, "{kind}: {}", run.stderr);
        assert_eq!(run.termination["pushed"], true);
        let throttled = if kind == FaultKind::Throttle { 2 } else { 0 };
        let told = format!(" rules_failed=0 throttled={throttled} ");
        assert!(run.stderr.contains(&told), "{kind}: {}", run.stderr);
        assert!(!run.stderr.contains("WARN"), "{kind}: {}", run.stderr);
        assert_eq!(
            world.sim.calls().count(Operation::GetMetricData),
            2,
            "{kind}"
        );
        assert_eq!(world.series().await?, Held::all(NEW).series(), "{kind}");
    }
    Ok(())
}

/// A run whose every `GetMetricData` is struck: by the simulated AWS, or else on its way back.
async fn run_under(fault: Option<FaultKind>) -> Result<Finished> {
    let world = exported_once().await?;
    let before = world.push_time("aws_es").await?;
    let proxy = Proxy::start(world.sim.addr(), |request| {
        if request.path.ends_with("/GetMetricData") {
            Verdict::PassHalfTheAnswer
        } else {
            Verdict::Pass
        }
    })
    .await?;
    let run = if let Some(kind) = fault {
        let always = Fault::new(kind).on(Operation::GetMetricData);
        world.sim.inject(always);
        world.run(&[]).await?
    } else {
        let job = world.run_job(&[])?;
        job.env("AWS_ENDPOINT_URL", &proxy.url()).run().await?
    };
    assert_eq!(world.sim.calls().count(Operation::GetMetricData), ATTEMPTS);
    assert_eq!(world.series().await?, Held::all(OLD).series());
    assert_eq!(
        world.push_time("aws_es").await?,
        before,
        "nothing looks fresh that is not"
    );
    Ok(run)
}

#[tokio::test]
async fn trouble_that_stays_ends_with_1_and_leaves_every_group_as_it_was() -> Result<()> {
    // At once, because each of them pauses for seconds between its attempts.
    let (throttled, internal, reset, truncated) = tokio::try_join!(
        run_under(Some(FaultKind::Throttle)),
        run_under(Some(FaultKind::Internal)),
        run_under(Some(FaultKind::Reset)),
        run_under(None),
    )?;
    for (name, class, run) in [
        ("throttled", "aws-throttled", throttled),
        ("internal", "aws-server-error", internal),
        ("reset", "aws-unreachable", reset),
        ("truncated", "aws-garbled-answer", truncated),
    ] {
        assert_failed(&run, 1, class);
        insta::assert_snapshot!(name, redact(&run.stderr));
    }
    Ok(())
}

#[tokio::test]
async fn whoever_may_not_read_ends_with_4_and_leaves_every_group_as_it_was() -> Result<()> {
    let world = exported_once().await?;
    for (kind, class) in [
        (FaultKind::AccessDenied, "aws-denied"),
        (FaultKind::ExpiredToken, "aws-credentials-expired"),
    ] {
        for operation in [Operation::ListMetrics, Operation::GetMetricData] {
            world.sim.clear_faults();
            world.sim.clear_calls();
            world.sim.inject(Fault::new(kind.clone()).on(operation));
            let run = world.run(&[]).await?;
            assert_failed(&run, 4, class);
            insta::assert_snapshot!(format!("{class}-{operation}"), redact(&run.stderr));
            let struck = world.sim.calls();
            let struck = struck.of(operation).filter(|call| call.fault.is_some());
            let needed = if operation == Operation::ListMetrics {
                2
            } else {
                1
            };
            assert_eq!(struck.count(), needed, "a refusal is not asked again");
            assert_eq!(world.series().await?, Held::all(OLD).series());
        }
    }
    Ok(())
}

#[tokio::test]
async fn without_credentials_a_person_reads_where_to_get_some() -> Result<()> {
    let world = exported_once().await?;
    let run = world
        .run_job(&[])?
        .env("AWS_ACCESS_KEY_ID", "")
        .env("AWS_SECRET_ACCESS_KEY", "")
        .run()
        .await?;
    assert_failed(&run, 4, "aws-no-credentials");
    insta::assert_snapshot!(redact(&run.stderr));
    assert_eq!(world.sim.calls().totals().calls, 0);
    assert_eq!(world.series().await?, Held::all(OLD).series());
    Ok(())
}

#[tokio::test]
async fn a_namespace_that_may_not_be_listed_keeps_its_group_while_the_others_go_on() -> Result<()> {
    let world = exported_once().await?;
    let before = world.push_time("aws_efs").await?;
    let efs = Fault::new(FaultKind::AccessDenied).on(Operation::ListMetrics);
    world.sim.inject(efs.metric("AWS/EFS", "ClientConnections"));
    let run = world.run(&[]).await?;
    assert_failed(&run, 4, "aws-denied");
    insta::assert_snapshot!(redact(&run.stderr));
    let held = Held {
        efs: Some(OLD),
        ..Held::all(NEW)
    };
    assert_eq!(world.series().await?, held.series());
    assert_eq!(world.push_time("aws_efs").await?, before);
    assert_eq!(run.termination["changes"], 1);
    Ok(())
}

#[tokio::test]
async fn an_aws_that_says_nothing_is_left_at_the_deadline() -> Result<()> {
    for operation in [Operation::ListMetrics, Operation::GetMetricData] {
        let world = exported_once().await?;
        world.sim.inject(Fault::new(FaultKind::Hang).on(operation));
        let run = world.run(&["--deadline", "1s"]).await?;
        assert_eq!(run.status, 1, "{}", run.stderr);
        assert_eq!(run.termination["outcome"], "deadline");
        assert_eq!(run.termination["class"], "deadline");
        let took = run.termination["duration_ms"].as_u64();
        let took = took.context("a duration")?;
        assert!((1_000..4_000).contains(&took), "{took} ms");
        insta::assert_snapshot!(format!("hang-{operation}"), redact(&run.stderr));
        assert_eq!(world.series().await?, Held::all(OLD).series());
    }
    Ok(())
}

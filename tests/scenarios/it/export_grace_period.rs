//! A run that is told to stop ends in time to say so, whatever hangs then; and what a run without
//! that time, which was killed, leaves to the next one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use sandbox::aws::{Fault, FaultKind, Operation};
use scenarios::account::{CONFIG, Held, NEW, OLD, content, exported_once};
use scenarios::job::{Finished, Running};
use scenarios::proxy::{Proxy, Request, Verdict};
use scenarios::world::World;
use tokio::time::Instant;

/// The exporter's pods have so long before the kubelet kills them.
const GRACE_PERIOD: Duration = Duration::from_secs(20);

/// Nothing that is waited for takes longer, unless it never comes.
const PATIENCE: Duration = Duration::from_secs(30);

/// No server of these scenarios comes to its answer.
const NEVER: Duration = Duration::from_mins(10);

#[track_caller]
fn assert_interrupted(run: &Finished) {
    assert_eq!(run.status, 1, "{}", run.stderr);
    for key in ["outcome", "class"] {
        assert_eq!(run.termination.get(key), Some(&"interrupted".into()));
    }
}

fn puts(request: &Request, job: &str) -> bool {
    request.method == "PUT" && request.path == format!("/metrics/job/{job}")
}

/// Until the proxy has received such a request.
async fn received(proxy: &Proxy, is_it: impl Fn(&Request) -> bool) -> Result<()> {
    let received = async {
        while !proxy.seen().iter().any(&is_it) {
            tokio::task::yield_now().await;
        }
    };
    let received = tokio::time::timeout(PATIENCE, received).await;
    received.context("the request never came")
}

fn start_in_a_pod(world: &World, gateway: &Proxy) -> Result<Running> {
    let job = world.run_job(&[])?.in_a_pod();
    job.env("PUSHGATEWAY_URL", &gateway.url()).start()
}

/// Tells a pod to stop when its first request that `strikes` has met a Pushgateway which is silent
/// from then on.
async fn stopped_before_a_silent_gateway(strikes: fn(&Request) -> bool) -> Result<Finished> {
    let world = exported_once().await?;
    let is_silent = AtomicBool::new(false);
    let proxy = Proxy::start(world.gateway.address(), move |request| {
        let strikes = strikes(request);
        if is_silent.fetch_or(strikes, Ordering::Relaxed) || strikes {
            Verdict::PassAfter(NEVER)
        } else {
            Verdict::Pass
        }
    })
    .await?;
    let running = start_in_a_pod(&world, &proxy)?;
    received(&proxy, strikes).await?;
    let told = Instant::now();
    running.signal("TERM")?;
    let run = running.finish().await?;
    let took = told.elapsed();
    assert!(took < GRACE_PERIOD, "{took:?}: {}", run.stderr);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert_eq!(run.termination.get("pushed"), Some(&false.into()));
    assert_eq!(world.series().await?, Held::all(OLD).series());
    Ok(run)
}

#[tokio::test]
async fn a_pod_says_that_it_was_told_to_stop_before_the_kubelet_kills_it() -> Result<()> {
    // At once, because each of them lasts as long as a pod may.
    let (start, look, group) = tokio::join!(
        stopped_before_a_silent_gateway(|request| request.path.contains("/cronjob/")),
        stopped_before_a_silent_gateway(|request| request.method == "GET"),
        stopped_before_a_silent_gateway(|request| puts(request, "aws_efs")),
    );
    for run in [start, look, group] {
        let run = run?;
        // Either the signal or the silence is named: they end the run in the same instant.
        let outcome = run.termination["outcome"].as_str().unwrap_or_default();
        assert!(["interrupted", "failed"].contains(&outcome), "{outcome}");
        for told in [
            "WARN told to stop: finishing the running call, starting no new one\n",
            "WARN end of the run not delivered to the Pushgateway: no answer in time\n",
            "\n\nhint: ",
        ] {
            assert!(run.stderr.contains(told), "{}", run.stderr);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_pause_before_a_throttled_call_is_not_waited_for() -> Result<()> {
    let world = exported_once().await?;
    let throttled = Fault::new(FaultKind::Throttle).on(Operation::GetMetricData);
    world.sim.inject(throttled);
    let running = world.run_job(&[])?.start()?;
    let throttled_twice = async {
        while world.sim.calls().count(Operation::GetMetricData) < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, throttled_twice).await?;
    let told = Instant::now();
    running.signal("TERM")?;
    let run = running.finish().await?;
    let took = told.elapsed();
    assert!(took < Duration::from_secs(4), "{took:?}");
    assert_interrupted(&run);
    assert_eq!(world.series().await?, Held::all(OLD).series());
    Ok(())
}

#[tokio::test]
async fn a_signal_during_the_last_group_changes_nothing_any_more() -> Result<()> {
    let world = exported_once().await?;
    let proxy = Proxy::start(world.gateway.address(), |request| {
        if puts(request, "aws_es") {
            Verdict::PassAfter(Duration::from_millis(500))
        } else {
            Verdict::Pass
        }
    })
    .await?;
    let running = start_in_a_pod(&world, &proxy)?;
    received(&proxy, |request| puts(request, "aws_es")).await?;
    running.signal("TERM")?;
    let run = running.finish().await?;
    // What was to be written is there and proven: a run like any other.
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("WARN told to stop"), "{}", run.stderr);
    assert_eq!(run.termination["outcome"], "ok");
    assert_eq!(run.termination["pushed"], true);
    assert_eq!(world.series().await?, Held::all(NEW).series());
    Ok(())
}

#[tokio::test]
async fn a_killed_run_leaves_no_group_that_nobody_would_ever_remove() -> Result<()> {
    let world = World::start(&content(NEW), CONFIG).await?;
    let proxy = Proxy::start(world.gateway.address(), |request| {
        if puts(request, "aws_es") {
            Verdict::PassAfter(NEVER)
        } else {
            Verdict::Pass
        }
    })
    .await?;
    let running = start_in_a_pod(&world, &proxy)?;
    received(&proxy, |request| puts(request, "aws_es")).await?;
    running.signal("KILL")?;
    assert_eq!(running.finish().await?.status, -1);
    let efs_only = Held {
        efs: Some(NEW),
        nodes: None,
        cpu: None,
    };
    assert_eq!(world.series().await?, efs_only.series());

    let without_efs = CONFIG.lines().filter(|line| !line.contains("AWS/EFS"));
    world.configure(&without_efs.collect::<Vec<_>>().join("\n"))?;
    let run = world.run_job(&[])?.in_a_pod().run().await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    // The Pushgateway deletes a moment after it has accepted.
    let removal = async {
        while world.push_time("aws_efs").await?.is_some() {
            tokio::task::yield_now().await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(PATIENCE, removal)
        .await
        .with_context(|| run.stderr.clone())??;
    let without_efs = Held {
        efs: None,
        ..Held::all(NEW)
    };
    assert_eq!(world.series().await?, without_efs.series());
    Ok(())
}

//! A Pushgateway that drops what it has accepted, cannot be read or says nothing: the run ends in time, and its
//! message says that its state did not arrive.

use std::time::Duration;

use anyhow::{Context as _, Result};
use common::metrics;
use scenarios::proxy::{Proxy, Request, Verdict};
use scenarios::scheduled::{self, BROKEN_CONFIG, CONFIG, CONTENT};
use scenarios::world::World;
use tokio::time::Instant;

use super::{state, value, whole};

/// Whether a run tells that it has ended.
fn ends(request: &Request) -> bool {
    request.method == "POST" && request.body.contains(metrics::JOB_LAST_FINISH.name)
}

/// Until a request like this has come by.
async fn seen(proxy: &Proxy, like: impl Fn(&Request) -> bool) -> Result<()> {
    let waiting = async {
        while !proxy.seen().iter().any(&like) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(30), waiting).await;
    waited.context("the request never came")
}

#[tokio::test]
async fn an_end_that_was_accepted_and_dropped_is_not_delivered() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    // The group has every family already, and the start of the next run makes it look fresh.
    assert_eq!(scheduled::run(&world).await?.status, 0);
    let proxy = Proxy::start(world.gateway.address(), |request| {
        if ends(request) {
            Verdict::Answer(202, "")
        } else {
            Verdict::Pass
        }
    })
    .await?;
    let job = world.run_job(&[])?.in_a_pod();
    let run = job.env("PUSHGATEWAY_URL", &proxy.url()).run().await?;
    assert_eq!(run.status, 0, "the work itself was done: {}", run.stderr);
    assert_eq!(run.termination["pushed"], false, "{}", run.stderr);
    let told = "end of the run not delivered to the Pushgateway";
    assert!(run.stderr.contains(told), "{}", run.stderr);
    Ok(())
}

#[tokio::test]
async fn failures_that_cannot_be_read_are_not_counted_anew() -> Result<()> {
    let world = World::start(CONTENT, BROKEN_CONFIG).await?;
    for _ in 0..2 {
        assert_eq!(scheduled::run(&world).await?.status, 2);
    }
    let before = value(&state(&world).await?, metrics::JOB_LAST_FINISH)?;
    let proxy = Proxy::start(world.gateway.address(), |request| {
        if request.writes() {
            Verdict::Pass
        } else {
            Verdict::Answer(500, "no memory")
        }
    })
    .await?;
    let job = world.run_job(&[])?.in_a_pod();
    let run = job.env("PUSHGATEWAY_URL", &proxy.url()).run().await?;
    assert_eq!(run.status, 2, "{}", run.stderr);
    assert_eq!(run.termination["pushed"], false);
    let state = state(&world).await?;
    assert!(value(&state, metrics::JOB_LAST_FINISH)? > before);
    assert_eq!(whole(value(&state, metrics::JOB_CONSECUTIVE_FAILURES)?), 2);
    Ok(())
}

#[tokio::test]
async fn a_signal_ends_a_run_within_its_grace_though_the_pushgateway_says_nothing() -> Result<()> {
    const GRACE: Duration = Duration::from_secs(20);
    let world = World::start(CONTENT, CONFIG).await?;
    let proxy = Proxy::start(world.gateway.address(), |_| {
        Verdict::PassAfter(Duration::from_mins(5))
    })
    .await?;
    let job = world.run_job(&[])?.in_a_pod();
    let running = job.env("PUSHGATEWAY_URL", &proxy.url()).start()?;
    seen(&proxy, |_| true).await?;
    let told = Instant::now();
    running.signal("TERM")?;
    let run = running.finish().await?;
    assert!(told.elapsed() < GRACE, "{:?}", told.elapsed());
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert_eq!(run.termination["outcome"], "interrupted");
    assert_eq!(run.termination["pushed"], false);
    Ok(())
}

#[tokio::test]
async fn a_run_that_is_killed_while_it_reports_has_left_its_message() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let proxy = Proxy::start(world.gateway.address(), |request| {
        if ends(request) {
            Verdict::PassAfter(Duration::from_mins(5))
        } else {
            Verdict::Pass
        }
    })
    .await?;
    let job = world.run_job(&[])?.in_a_pod();
    let running = job.env("PUSHGATEWAY_URL", &proxy.url()).start()?;
    seen(&proxy, ends).await?;
    running.signal("KILL")?;
    let run = running.finish().await?;
    assert_eq!(run.status, -1);
    assert_eq!(run.termination["outcome"], "ok");
    assert_eq!(run.termination["code"], 0);
    assert_eq!(run.termination["pushed"], false);
    Ok(())
}

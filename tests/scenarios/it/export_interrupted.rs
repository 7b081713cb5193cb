//! A run that is told to stop, or killed, in the middle: every group is the old or the new one, and
//! the next run makes everything new.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, Result};
use sandbox::aws::{Fault, FaultKind, Operation};
use scenarios::account::{Held, NEW, OLD, content, exported_once};
use scenarios::job::{Finished, Pid};
use scenarios::proxy::{Proxy, Request, Verdict};
use scenarios::text::redact;
use scenarios::world::World;
use tokio::time::Instant;

/// Longer than the process takes to notice a signal, and longer than it may take to end after it.
const NOTICED: Duration = Duration::from_millis(500);

/// Work that was told to stop may go on for 10 seconds; nothing here may have to wait for that.
const AT_ONCE: Duration = Duration::from_secs(5);

#[track_caller]
fn assert_interrupted(run: &Finished) {
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert_eq!(run.stdout, "");
    assert_eq!(run.termination["code"], 1);
    assert_eq!(run.termination["outcome"], "interrupted");
    assert_eq!(run.termination["class"], "interrupted");
}

/// Waits until AWS has been asked for this.
async fn asked(world: &World, operation: Operation) -> Result<()> {
    let asked = async {
        while world.sim.calls().count(operation) == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), asked)
        .await
        .with_context(|| format!("{operation} was never called"))
}

#[tokio::test]
async fn a_signal_while_aws_is_asked_leaves_everything_as_it_was() -> Result<()> {
    for operation in [Operation::ListMetrics, Operation::GetMetricData] {
        for signal in ["TERM", "INT"] {
            let world = exported_once().await?;
            let before = world.push_time("aws_es").await?;
            world.sim.inject(Fault::new(FaultKind::Hang).on(operation));
            let running = world.run_job(&[])?.start()?;
            asked(&world, operation).await?;
            let told = Instant::now();
            running.signal(signal)?;
            let run = running.finish().await?;
            assert!(told.elapsed() < AT_ONCE, "{:?}", told.elapsed());
            assert_interrupted(&run);
            insta::assert_snapshot!(format!("while-{operation}"), redact(&run.stderr));
            assert_eq!(world.series().await?, Held::all(OLD).series());
            assert_eq!(world.push_time("aws_es").await?, before);
        }
    }
    Ok(())
}

/// The process of a run whose requests come through a proxy.
type Job = Mutex<Option<Pid>>;

/// To its end. `judge` gets each request to the Pushgateway, and can signal the run that makes it.
async fn run_through(
    world: &World,
    judge: impl Fn(&Request, Pid) -> Verdict + Send + Sync + 'static,
) -> Result<(Finished, Vec<Request>)> {
    let job = Arc::<Job>::default();
    let proxy = Proxy::start(world.gateway.address(), {
        let job = Arc::clone(&job);
        move |request| judge(request, job.lock().unwrap().unwrap())
    })
    .await?;
    let run = world.run_job(&[])?.env("PUSHGATEWAY_URL", &proxy.url());
    let running = {
        // The first request can be there before the process is known: then it waits here.
        let mut job = job.lock().unwrap();
        let running = run.start()?;
        *job = Some(running.pid()?);
        running
    };
    Ok((running.finish().await?, proxy.seen()))
}

fn puts(request: &Request, job: &str) -> bool {
    request.method == "PUT" && request.path == format!("/metrics/job/{job}")
}

#[tokio::test]
async fn a_signal_between_two_groups_leaves_one_new_and_one_old() -> Result<()> {
    let world = exported_once().await?;
    let (run, seen) = run_through(&world, |request, job| {
        if puts(request, "aws_efs") {
            job.signal("TERM").unwrap();
            Verdict::PassAfter(NOTICED)
        } else {
            Verdict::Pass
        }
    })
    .await?;
    assert_interrupted(&run);
    insta::assert_snapshot!(redact(&run.stderr));
    assert_eq!(run.termination["changes"], 1);
    assert_eq!(run.termination["pushed"], false);
    assert!(!seen.iter().any(|request| puts(request, "aws_es")));
    let held = Held {
        efs: Some(NEW),
        ..Held::all(OLD)
    };
    assert_eq!(world.series().await?, held.series());

    let next = world.run(&[]).await?;
    assert_eq!(next.status, 0, "{}", next.stderr);
    assert_eq!(world.series().await?, Held::all(NEW).series());
    Ok(())
}

#[tokio::test]
async fn a_second_signal_ends_the_run_at_once() -> Result<()> {
    let world = exported_once().await?;
    let running = world.run_job(&[])?;
    let proxy = Proxy::start(world.gateway.address(), |request| {
        if puts(request, "aws_efs") {
            Verdict::PassAfter(Duration::from_mins(1))
        } else {
            Verdict::Pass
        }
    })
    .await?;
    let running = running.env("PUSHGATEWAY_URL", &proxy.url()).start()?;
    let waiting = async {
        while !proxy.seen().iter().any(|request| puts(request, "aws_efs")) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await?;
    running.signal("TERM")?;
    // Two signals that are pending together are one: this one must have been taken.
    tokio::time::sleep(NOTICED).await;
    let told = Instant::now();
    running.signal("TERM")?;
    let run = running.finish().await?;
    assert!(told.elapsed() < AT_ONCE, "{:?}", told.elapsed());
    assert_eq!(run.status, 1, "{}", run.stderr);
    insta::assert_snapshot!(redact(&run.stderr));
    assert_eq!(world.series().await?, Held::all(OLD).series());
    Ok(())
}

/// The two groups, each as a whole old or new.
fn whole() -> [Held; 4] {
    let es = |held: Held, value| Held {
        nodes: Some(value),
        cpu: Some(value),
        ..held
    };
    let (old, new) = (Held::all(OLD), Held::all(NEW));
    [old, new, es(old, NEW), es(new, OLD)]
}

#[tokio::test]
async fn wherever_a_run_ends_every_group_is_old_or_new_and_the_next_run_heals_it() -> Result<()> {
    let world = exported_once().await?;
    let (whole_run, seen) = run_through(&world, |_, _| Verdict::Pass).await?;
    assert_eq!(whole_run.status, 0, "{}", whole_run.stderr);
    let requests = seen.len();
    assert!(requests >= 5, "{seen:?}");
    for name in ["TERM", "KILL"] {
        for at in 1..=requests {
            world.publish(&content(OLD))?;
            assert_eq!(world.run(&[]).await?.status, 0);
            world.publish(&content(NEW))?;
            let count = Mutex::new(0);
            let (run, _) = run_through(&world, move |_, job| {
                let mut count = count.lock().unwrap();
                *count += 1;
                if *count == at {
                    job.signal(name).unwrap();
                }
                Verdict::Pass
            })
            .await?;
            let place = format!("SIG{name} at request {at} of {requests}");
            assert_ne!(run.status, 101, "{place}: {}", run.stderr);
            let held = world.series().await?;
            assert!(
                whole().iter().any(|whole| whole.series() == held),
                "{place}: {held:?}"
            );
            if run.status == 0 {
                assert_eq!(held, Held::all(NEW).series(), "{place}");
            }
            let next = world.run(&[]).await?;
            assert_eq!(next.status, 0, "{place}: {}", next.stderr);
            assert_eq!(world.series().await?, Held::all(NEW).series(), "{place}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_pushgateway_that_takes_a_push_and_says_nothing_does_not_hold_the_run_for_long()
-> Result<()> {
    let world = exported_once().await?;
    let proxy = Proxy::start(world.gateway.address(), |request| {
        if puts(request, "aws_es") {
            Verdict::PassAfter(Duration::from_mins(1))
        } else {
            Verdict::Pass
        }
    })
    .await?;
    let job = world.run_job(&["--deadline", "3s"])?;
    let run = job.env("PUSHGATEWAY_URL", &proxy.url()).run().await?;
    assert_eq!(run.status, 1, "{}", run.stderr);
    // The deadline starts nothing new; the push in hand has its ten seconds.
    let took = run.termination["duration_ms"].as_u64();
    assert!(took.is_some_and(|took| took < 15_000), "{took:?} ms");
    insta::assert_snapshot!(redact(&run.stderr));
    let held = Held {
        efs: Some(NEW),
        ..Held::all(OLD)
    };
    assert_eq!(world.series().await?, held.series());
    Ok(())
}

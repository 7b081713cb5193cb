//! A Pushgateway that is down, empty, slow, sick, picky, dishonest or locked: what is asked of
//! CloudWatch, what arrives, and what a person reads.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Result;
use sandbox::servers::ConsistencyCheck;
use scenarios::job::Finished;
use scenarios::proxy::{Proxy, Request, Verdict};
use scenarios::text::redact;
use scenarios::world::World;

const CONTENT: &str = "
metrics:
  - namespace: AWS/ES
    dims: { DomainName: prod }
    publish: { Nodes: { unit: Count, constant: 3 } }
  - namespace: AWS/EFS
    dims: { FileSystemId: fs-1 }
    publish: { ClientConnections: { unit: Count, constant: 18 } }
";

const CONFIG: &str = "
region: us-east-1
metrics:
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [DomainName], aws_statistics: [Average]}
- {aws_namespace: AWS/EFS, aws_metric_name: ClientConnections, aws_dimensions: [FileSystemId], aws_statistics: [Average]}
";

const EFS: &str =
    "aws_efs_client_connections_average{file_system_id=\"fs-1\",instance=\"\",job=\"aws_efs\"} 18";
const ES: &str = "aws_es_nodes_average{domain_name=\"prod\",instance=\"\",job=\"aws_es\"} 3";

fn everything() -> BTreeSet<String> {
    [EFS, ES].map(str::to_owned).into()
}

async fn world() -> Result<World> {
    World::start(CONTENT, CONFIG).await
}

/// A proxy in front of the world's Pushgateway.
async fn proxy(
    world: &World,
    judge: impl Fn(&Request) -> Verdict + Send + Sync + 'static,
) -> Result<Proxy> {
    Proxy::start(world.gateway.address(), judge).await
}

/// A run that pushes to `url`.
async fn run_to(world: &World, url: &str) -> Result<Finished> {
    let job = world.run_job(&[])?;
    job.env("PUSHGATEWAY_URL", url).run().await
}

/// What the termination message says of a run that did not deliver.
#[track_caller]
fn assert_undelivered(run: &Finished, status: i32, class: &str) {
    assert_eq!(run.status, status, "{}", run.stderr);
    assert_eq!(run.stdout, "");
    let said = |key: &str| run.termination.get(key).cloned().unwrap_or_default();
    assert_eq!(said("code"), status);
    assert_eq!(said("class"), class);
    assert_eq!(said("outcome"), "failed");
    assert_ne!(said("pushed"), true);
}

#[tokio::test]
async fn without_a_pushgateway_cloudwatch_is_asked_for_nothing() -> Result<()> {
    let world = world().await?;
    world.gateway.process().kill();
    let run = world.run(&[]).await?;
    assert_undelivered(&run, 1, "push-unreachable");
    insta::assert_snapshot!(redact(&run.stderr));
    assert_eq!(
        world.sim.calls().totals().calls,
        0,
        "what cannot be delivered is not paid for"
    );
    Ok(())
}

#[tokio::test]
async fn a_pushgateway_that_lost_everything_is_whole_again_after_one_run() -> Result<()> {
    let mut world = world().await?;
    assert_eq!(world.run(&[]).await?.status, 0);
    let families = |world: BTreeSet<String>| -> BTreeSet<String> {
        world
            .into_iter()
            .filter(|name| name.starts_with("monitoring_") || name.starts_with("aws_"))
            .collect()
    };
    let before = families(world.families().await?.into_keys().collect());
    world.gateway.restart().await?;
    assert_eq!(world.series().await?, BTreeSet::new());
    let run = world.run(&[]).await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(world.series().await?, everything());
    assert_eq!(
        families(world.families().await?.into_keys().collect()),
        before
    );
    Ok(())
}

#[tokio::test]
async fn a_pushgateway_that_dies_between_two_groups_fails_the_run_and_the_next_one_heals_it()
-> Result<()> {
    let world = Arc::new(world().await?);
    let victim = Arc::clone(&world);
    let proxy = proxy(&world, move |request| {
        if request.method == "PUT" && request.path == "/metrics/job/aws_es" {
            victim.gateway.process().kill();
        }
        Verdict::Pass
    })
    .await?;
    let run = run_to(&world, &proxy.url()).await?;
    assert_undelivered(&run, 1, "push-unreachable");
    assert_eq!(run.termination["changes"], 1, "the first group was written");
    insta::assert_snapshot!(redact(&run.stderr));

    drop(proxy);
    // The closure above is gone with the last connection; nobody else holds the world.
    let mut shared = world;
    let mut world = loop {
        match Arc::try_unwrap(shared) {
            Ok(world) => break world,
            Err(still_shared) => shared = still_shared,
        }
        tokio::task::yield_now().await;
    };
    world.gateway.restart().await?;
    assert_eq!(world.run(&[]).await?.status, 0);
    assert_eq!(world.series().await?, everything());
    Ok(())
}

#[tokio::test]
async fn a_slow_pushgateway_delays_a_run_and_nothing_else() -> Result<()> {
    const PAUSE: Duration = Duration::from_millis(400);
    let world = world().await?;
    let proxy = proxy(&world, |_| Verdict::PassAfter(PAUSE)).await?;
    let run = run_to(&world, &proxy.url()).await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(world.series().await?, everything());
    let requests = proxy.seen().len();
    let took = run.termination["duration_ms"].as_u64();
    let expected = u64::try_from(PAUSE.as_millis() * u128::try_from(requests)?)?;
    assert!(took >= Some(expected), "{requests} requests, {took:?} ms");
    assert!(!run.stderr.contains("asked again"), "{}", run.stderr);
    Ok(())
}

#[tokio::test]
async fn a_pushgateway_that_only_fails_is_asked_three_times_and_then_reported() -> Result<()> {
    let world = world().await?;
    let proxy = proxy(&world, |_| Verdict::Answer(500, "disk full\n")).await?;
    let run = run_to(&world, &proxy.url()).await?;
    assert_undelivered(&run, 1, "push-unavailable");
    insta::assert_snapshot!(redact(&run.stderr));
    assert_eq!(proxy.seen().len(), 3);
    assert_eq!(world.sim.calls().totals().calls, 0);
    Ok(())
}

#[tokio::test]
async fn one_failure_of_the_pushgateway_is_a_line_in_the_log() -> Result<()> {
    let world = world().await?;
    let failed = AtomicBool::new(false);
    let proxy = proxy(&world, move |request| {
        if request.path == "/metrics/job/aws_es" && !failed.swap(true, Ordering::Relaxed) {
            Verdict::Answer(502, "bad gateway")
        } else {
            Verdict::Pass
        }
    })
    .await?;
    let run = run_to(&world, &proxy.url()).await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    insta::assert_snapshot!(redact(&run.stderr));
    assert_eq!(world.series().await?, everything());
    assert_eq!(run.termination["pushed"], true);
    Ok(())
}

#[tokio::test]
async fn a_pushgateway_that_refuses_every_write_is_not_asked_again() -> Result<()> {
    let world = world().await?;
    let refusal = "text format parsing error in line 1: unexpected end of input stream";
    let proxy = proxy(&world, move |request| {
        if request.writes() {
            Verdict::Answer(400, refusal)
        } else {
            Verdict::Pass
        }
    })
    .await?;
    let run = run_to(&world, &proxy.url()).await?;
    assert_undelivered(&run, 1, "push-rejected");
    insta::assert_snapshot!(redact(&run.stderr));
    let writes: Vec<String> = proxy
        .seen()
        .into_iter()
        .filter(Request::writes)
        .map(|request| request.path)
        .collect();
    let expected = [
        "/metrics/job/export-cloudwatch/part/rules",
        "/metrics/job/aws_efs",
    ];
    assert_eq!(writes, expected, "one try each, and not all groups");
    assert_eq!(world.series().await?, BTreeSet::new());

    // The same with groups that are on the list already.
    assert_eq!(world.run(&[]).await?.status, 0);
    let run = run_to(&world, &proxy.url()).await?;
    assert_undelivered(&run, 1, "push-rejected");
    assert_eq!(run.termination["changes"], 0);
    assert_eq!(world.series().await?, everything(), "nothing is lost");
    Ok(())
}

#[tokio::test]
async fn a_group_that_is_refused_as_a_whole_leaves_the_others_in_place() -> Result<()> {
    let world = world().await?;
    let proxy = proxy(&world, |request| {
        if request.writes() && request.path == "/metrics/job/aws_efs" {
            Verdict::Answer(400, "pushed metrics are invalid")
        } else {
            Verdict::Pass
        }
    })
    .await?;
    let run = run_to(&world, &proxy.url()).await?;
    assert_undelivered(&run, 5, "family-refused");
    insta::assert_snapshot!(redact(&run.stderr));
    assert_eq!(world.series().await?, [ES.to_owned()].into());
    Ok(())
}

#[tokio::test]
async fn metrics_of_our_own_that_are_refused_do_not_keep_the_data_back() -> Result<()> {
    let world = world().await?;
    let foreign = "# TYPE monitoring_cloudwatch_group counter\nmonitoring_cloudwatch_group 1\n";
    world.push_foreign("somebody", foreign).await?;
    let run = world.run(&[]).await?;
    assert_undelivered(&run, 5, "family-refused");
    insta::assert_snapshot!(redact(&run.stderr));
    assert_eq!(world.series().await?, everything());
    let families = world.families().await?;
    assert!(families.contains_key("monitoring_cloudwatch_rule_series"));
    Ok(())
}

/// A timestamp behind every sample: a Pushgateway without its check answers 202 and drops the push.
fn with_timestamps(body: &str) -> String {
    let stamped = |line: &str| {
        if line.starts_with('#') {
            format!("{line}\n")
        } else {
            format!("{line} 1\n")
        }
    };
    body.lines().map(stamped).collect()
}

#[tokio::test]
async fn a_push_that_is_dropped_behind_a_202_is_found_by_reading_back() -> Result<()> {
    let world = World::start_with(CONTENT, CONFIG, ConsistencyCheck::Off).await?;
    assert_eq!(
        world.run(&[]).await?.status,
        0,
        "without the check a good push is proven too"
    );
    let proxy = proxy(&world, |request| {
        if request.path == "/metrics/job/aws_es" {
            Verdict::PassSpoilt(with_timestamps)
        } else {
            Verdict::Pass
        }
    })
    .await?;
    let run = run_to(&world, &proxy.url()).await?;
    assert_undelivered(&run, 1, "push-readback");
    assert_eq!(run.termination["pushed"], false);
    let read = scenarios::text::replace_after(&redact(&run.stderr), "last written ", "[s]", |c| {
        c.is_ascii_digit() || c == '.'
    });
    insta::assert_snapshot!(read);
    assert_eq!(world.series().await?, everything(), "the old group stays");
    Ok(())
}

#[tokio::test]
async fn a_type_that_contradicts_another_group_is_found_where_the_pushgateway_does_not_look()
-> Result<()> {
    let world = World::start_with(CONTENT, CONFIG, ConsistencyCheck::Off).await?;
    let foreign = "# TYPE aws_es_nodes_average counter\naws_es_nodes_average 1\n";
    world.push_foreign("somebody", foreign).await?;
    let run = world.run(&[]).await?;
    assert_undelivered(&run, 1, "push-readback");
    assert_eq!(run.termination["pushed"], false);
    insta::assert_snapshot!(redact(&run.stderr));
    assert!(
        world.gateway.exposition().await.is_err(),
        "what the text says is true"
    );
    Ok(())
}

#[tokio::test]
async fn a_url_that_cannot_be_a_pushgateways_is_one_clear_error() -> Result<()> {
    let world = world().await?;
    let mut read = String::new();
    for url in [
        "pushgateway:9091",
        "pushgateway.monitoring.svc",
        "http://pushgateway:9091/metrics/job/aws_es",
        "http://reporter:hunter2@pushgateway:9091?timeout=5",
    ] {
        let run = run_to(&world, url).await?;
        assert_undelivered(&run, 2, "push-address");
        assert_eq!(run.stderr.matches("error: ").count(), 1, "{}", run.stderr);
        let error = run.stderr.lines().find(|line| line.starts_with("error: "));
        read += error.unwrap_or_default();
        read += "\n";
    }
    assert_eq!(world.sim.calls().totals().calls, 0);
    insta::assert_snapshot!(read);
    Ok(())
}

#[tokio::test]
async fn a_user_name_and_a_password_reach_the_pushgateway_and_no_line_that_is_printed() -> Result<()>
{
    let world = world().await?;
    let proxy = proxy(&world, |_| Verdict::Pass).await?;
    let run = world
        .run_job(&["-vv"])?
        .env("PUSHGATEWAY_URL", &proxy.url_as("reporter:hunter2"))
        .run()
        .await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    let seen = proxy.seen();
    // base64 of reporter:hunter2
    let basic = "authorization: basic cmvwb3j0zxi6ahvudgvymg==";
    assert!(
        seen.iter()
            .all(|request| request.head.to_ascii_lowercase().contains(basic)),
        "{seen:?}"
    );
    let shown = format!("{}{}{}", run.stdout, run.stderr, run.termination);
    for secret in ["reporter", "hunter2", "cmVwb3J0ZXI6aHVudGVyMg"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    Ok(())
}

#[tokio::test]
async fn a_pushgateway_that_lets_nobody_in_is_a_matter_of_credentials() -> Result<()> {
    let world = world().await?;
    for (status, text) in [(401, "Unauthorized"), (403, "RBAC: access denied")] {
        let proxy = proxy(&world, move |_| Verdict::Answer(status, text)).await?;
        let run = run_to(&world, &proxy.url_as("reporter:hunter2")).await?;
        assert_undelivered(&run, 4, "push-denied");
        insta::assert_snapshot!(format!("status_{status}"), redact(&run.stderr));
        assert_eq!(proxy.seen().len(), 1, "a refusal is not asked again");
    }
    assert_eq!(world.sim.calls().totals().calls, 0);
    Ok(())
}

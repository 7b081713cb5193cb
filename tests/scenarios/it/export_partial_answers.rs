//! Answers of CloudWatch that are good in part: pages, missing points, metrics that are refused one
//! by one. Whatever is wrong stays with its rule, and the others go on.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, ensure};
use common::metrics::CLOUDWATCH_RULE_LAST_SUCCESS;
use sandbox::aws::{Fault, FaultKind, Operation};
use scenarios::account::{Held, NEW, OLD, content, exported_once};
use scenarios::job::Finished;
use scenarios::text::redact;
use scenarios::world::World;

/// What the Pushgateway holds when the last values of AWS/ES Nodes are kept.
const NODES_KEPT: Held = Held {
    nodes: Some(OLD),
    ..Held::all(NEW)
};

/// The same when they are given up.
const NODES_GONE: Held = Held {
    nodes: None,
    ..Held::all(NEW)
};

#[track_caller]
fn assert_failed(run: &Finished, status: i32, class: &str) {
    assert_eq!(run.status, status, "{}", run.stderr);
    assert_eq!(run.termination["code"], status);
    assert_eq!(run.termination["class"], class);
    assert_eq!(run.termination["outcome"], "failed");
}

/// Strikes the results of AWS/ES Nodes, whoever else is asked for in the same call.
fn nodes(kind: FaultKind) -> Fault {
    let fault = Fault::new(kind).on(Operation::GetMetricData);
    fault.metric("AWS/ES", "Nodes")
}

fn calls(world: &World) -> usize {
    world.sim.calls().count(Operation::GetMetricData)
}

#[tokio::test]
async fn an_answer_in_many_pages_is_read_to_its_end() -> Result<()> {
    let world = exported_once().await?;
    // 3 queries of 11 minutes each.
    world.sim.inject(Fault::new(FaultKind::SmallPages(5)));
    let run = world.run(&[]).await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(calls(&world), 7);
    assert!(run.stderr.contains("datapoints=33"), "{}", run.stderr);
    assert_eq!(world.series().await?, Held::all(NEW).series());
    Ok(())
}

#[tokio::test]
async fn what_is_missing_in_an_answer_is_asked_for_again() -> Result<()> {
    for kind in [FaultKind::PartialWithoutToken, FaultKind::InternalStatus] {
        let world = exported_once().await?;
        world.sim.inject(nodes(kind.clone()).calls(1, Some(1)));
        let run = world.run(&[]).await?;
        assert_eq!(run.status, 0, "{kind}: {}", run.stderr);
        assert_eq!(world.series().await?, Held::all(NEW).series(), "{kind}");
        let log = world.sim.calls();
        let queries: Vec<u64> = log
            .of(Operation::GetMetricData)
            .map(|call| call.queries)
            .collect();
        assert_eq!(queries, [3, 1], "{kind}: only what is missing costs again");
    }
    Ok(())
}

#[tokio::test]
async fn a_metric_that_stays_incomplete_ends_with_1_and_shows_what_there_is() -> Result<()> {
    for (kind, held) in [
        // Of a part, the newest points come first.
        (FaultKind::PartialWithoutToken, Held::all(NEW)),
        (FaultKind::InternalStatus, NODES_KEPT),
    ] {
        let world = exported_once().await?;
        world.sim.inject(nodes(kind.clone()));
        let run = world.run(&[]).await?;
        assert_failed(&run, 1, "incomplete-answer");
        insta::assert_snapshot!(format!("stays-{kind}"), redact(&run.stderr));
        assert_eq!(calls(&world), 3, "{kind}");
        assert_eq!(world.series().await?, held.series(), "{kind}");
    }
    Ok(())
}

/// When AWS/ES Nodes was last read in full, as the Pushgateway says it.
async fn nodes_last_read(world: &World) -> Result<Option<f64>> {
    let families = world.families().await?;
    let family = families.get(CLOUDWATCH_RULE_LAST_SUCCESS.name);
    let samples = family.map(|family| family.samples.as_slice());
    let of_nodes = samples.unwrap_or_default().iter().find(|sample| {
        let rule = sample.labels.get("rule").unwrap_or_default();
        rule.contains("Nodes")
    });
    Ok(of_nodes.map(|sample| sample.value))
}

#[tokio::test]
async fn a_forbidden_metric_keeps_its_last_values_for_the_grace_and_not_longer() -> Result<()> {
    let world = exported_once().await?;
    let read = nodes_last_read(&world).await?;
    assert!(read.is_some());
    world.sim.inject(nodes(FaultKind::Forbidden));

    let within = world.run(&["--grace", "15m"]).await?;
    assert_failed(&within, 4, "metric-forbidden");
    insta::assert_snapshot!("forbidden-within-the-grace", redact(&within.stderr));
    assert_eq!(world.series().await?, NODES_KEPT.series());
    assert_eq!(nodes_last_read(&world).await?, read, "says since when");

    // A second failure does not start the grace anew: it counts from the last good reading.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let after = world.run(&["--grace", "1s"]).await?;
    assert_failed(&after, 4, "metric-forbidden");
    insta::assert_snapshot!("forbidden-after-the-grace", redact(&after.stderr));
    assert_eq!(world.series().await?, NODES_GONE.series());
    assert_eq!(nodes_last_read(&world).await?, read);

    world.sim.clear_faults();
    assert_eq!(world.run(&[]).await?.status, 0);
    assert_eq!(world.series().await?, Held::all(NEW).series());
    assert!(nodes_last_read(&world).await? > read);
    Ok(())
}

#[tokio::test]
async fn nothing_is_kept_of_a_metric_that_the_pushgateway_has_lost() -> Result<()> {
    let mut world = exported_once().await?;
    world.gateway.restart().await?;
    world.sim.inject(nodes(FaultKind::Forbidden));
    let run = world.run(&[]).await?;
    assert_failed(&run, 4, "metric-forbidden");
    assert_eq!(world.series().await?, NODES_GONE.series());
    Ok(())
}

#[tokio::test]
async fn a_page_token_that_comes_again_ends_the_reading_instead_of_the_night() -> Result<()> {
    for (operation, held) in [
        (Operation::ListMetrics, Held::all(OLD)),
        // Values that came before the token came again are good ones.
        (Operation::GetMetricData, Held::all(NEW)),
    ] {
        let world = exported_once().await?;
        let again = Fault::new(FaultKind::RepeatToken).on(operation);
        world.sim.inject(again);
        let run = world.run(&[]).await?;
        assert_failed(&run, 1, "repeated-page-token");
        insta::assert_snapshot!(format!("token-{operation}"), redact(&run.stderr));
        assert!(world.sim.calls().count(operation) < 10);
        assert_eq!(world.series().await?, held.series());
    }
    Ok(())
}

#[tokio::test]
async fn a_remark_of_aws_is_a_warning_with_its_code() -> Result<()> {
    let world = exported_once().await?;
    world.sim.inject(Fault::new(FaultKind::Message {
        code: "MaxMetricsExceeded".to_owned(),
        value: "The maximum number of metrics was exceeded".to_owned(),
    }));
    let run = world.run(&[]).await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    insta::assert_snapshot!(redact(&run.stderr));
    assert_eq!(world.series().await?, Held::all(NEW).series());
    Ok(())
}

#[tokio::test]
async fn the_newest_point_is_exported_wherever_it_stands_in_the_answer() -> Result<()> {
    // The newest point of the window of a run at 12:00:30, and one before it.
    let points =
        "points: [{ at: 2026-11-24T11:48:00Z, value: 1 }, { at: 2026-11-24T11:49:00Z, value: 2 }]";
    let changing = content(0).replace("constant: 0", points);
    let world = exported_once().await?;
    world.publish(&changing)?;
    world.sim.inject(Fault::new(FaultKind::Unsorted));
    let run = world.run(&[]).await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(world.series().await?, Held::all(NEW).series());
    Ok(())
}

const DOMAINS: usize = 500;

fn domains(value: u32) -> String {
    format!(
        "
metrics:
  - namespace: AWS/ES
    dims: {{ DomainName: 'd-{{001..{DOMAINS}}}' }}
    publish: {{ Nodes: {{ unit: Count, constant: {value} }} }}
"
    )
}

/// One series for each domain; that of `bad` has the old value.
fn domain_series(bad: usize) -> BTreeSet<String> {
    let series = (1..=DOMAINS).map(|domain| {
        let value = if domain == bad { OLD } else { NEW };
        format!(
            r#"aws_es_nodes_average{{domain_name="d-{domain:03}",instance="",job="aws_es"}} {value}"#
        )
    });
    series.collect()
}

#[tokio::test]
async fn one_bad_query_among_500_is_found_and_the_others_are_exported() -> Result<()> {
    const BAD: usize = 137;
    let config = "
region: us-east-1
metrics:
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [DomainName], aws_statistics: [Average]}
";
    let one_call = ["--calls", "fewest"];
    let world = World::start(&domains(OLD), config).await?;
    let first = world.run(&one_call).await?;
    ensure!(first.status == 0, "{}", first.stderr);
    assert_eq!(calls(&world), 1);

    world.publish(&domains(NEW))?;
    world.sim.clear_calls();
    let refusal = FaultKind::Refuse {
        code: "ValidationError".to_owned(),
        status: 400,
        message: "The parameter MetricDataQueries.member.137 is not valid".to_owned(),
    };
    let domain = format!("d-{BAD:03}");
    world
        .sim
        .inject(nodes(refusal).dimension("DomainName", &domain));
    let run = world.run(&one_call).await?;
    assert_failed(&run, 2, "aws-rejected");
    insta::assert_snapshot!(redact(&run.stderr));
    assert_eq!(world.series().await?, domain_series(BAD));

    let extra = calls(&world) - 1;
    // 2 · log2(500), rounded up.
    assert!((1..=18).contains(&extra), "{extra} extra calls");
    let billed = world.sim.calls().totals().billed_metrics;
    assert_eq!(billed, 499, "no metric is paid for twice");
    Ok(())
}

#[tokio::test]
async fn a_call_whose_every_query_is_bad_is_not_taken_apart_to_the_last() -> Result<()> {
    let config = "
region: us-east-1
metrics:
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [DomainName], aws_statistics: [Average]}
";
    let world = World::start(&domains(NEW), config).await?;
    world.sim.inject(
        Fault::new(FaultKind::Refuse {
            code: "ValidationError".to_owned(),
            status: 400,
            message: "no".to_owned(),
        })
        .on(Operation::GetMetricData),
    );
    let run = world.run(&["--calls", "fewest"]).await?;
    assert_failed(&run, 2, "aws-rejected");
    assert!(calls(&world) <= 41, "{} calls", calls(&world));
    assert_eq!(world.series().await?, BTreeSet::new());
    Ok(())
}

//! What our own metrics tell of a rule that fails alone, and of an AWS that nobody reaches.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};

use anyhow::Result;
use common::metrics::{CLOUDWATCH_RULE_ERRORS, CLOUDWATCH_RULE_LAST_SUCCESS, Metric};
use sandbox::aws::{Fault, FaultKind, Operation};
use scenarios::account::{CONFIG, Held, NEW, OLD, exported_once};
use scenarios::text::redact;
use scenarios::world::World;

const NODES: &str = "AWS/ES Nodes by DomainName";

const ALL: [&str; 3] = [
    "AWS/EFS ClientConnections by FileSystemId",
    "AWS/ES CPUUtilization by DomainName",
    NODES,
];

/// The samples of one of our own metrics, by rule and class; without a class, that is empty.
async fn by_rule(world: &World, metric: Metric) -> Result<BTreeMap<(String, String), f64>> {
    let families = world.families().await?;
    let family = families.get(metric.name);
    let samples = family.map(|family| family.samples.as_slice());
    let of_rule = samples.unwrap_or_default().iter().map(|sample| {
        let label = |name: &str| sample.labels.get(name).unwrap_or_default().to_owned();
        ((label("rule"), label("class")), sample.value)
    });
    Ok(of_rule.collect())
}

async fn last_read(world: &World) -> Result<BTreeMap<String, f64>> {
    let samples = by_rule(world, CLOUDWATCH_RULE_LAST_SUCCESS).await?;
    let by_rule = samples.into_iter().map(|((rule, _), at)| (rule, at));
    Ok(by_rule.collect())
}

#[tokio::test]
async fn a_rule_that_fails_alone_is_counted_carried_and_dated() -> Result<()> {
    let world = exported_once().await?;
    // Selected by name, so that in its namespace only the other rule has to be listed.
    let cpu = "aws_metric_name: CPUUtilization";
    let selected = format!("{cpu}, aws_dimension_select: {{DomainName: [prod]}}");
    world.configure(&CONFIG.replace(cpu, &selected))?;
    let read = last_read(&world).await?;
    assert_eq!(read.keys().map(String::as_str).collect::<Vec<_>>(), ALL);
    let pushed = world.push_time("aws_es").await?;
    let fault = Fault::new(FaultKind::AccessDenied).on(Operation::ListMetrics);
    world.sim.inject(fault.metric("AWS/ES", "Nodes"));

    let run = world.run(&[]).await?;
    assert_eq!(run.status, 4, "{}", run.stderr);
    assert_eq!(run.termination["class"], "aws-denied");
    insta::assert_snapshot!("alone", redact(&run.stderr));
    let held = Held {
        nodes: Some(OLD),
        ..Held::all(NEW)
    };
    assert_eq!(world.series().await?, held.series());
    assert!(world.push_time("aws_es").await? > pushed);
    let class = (NODES.to_owned(), "aws-denied".to_owned());
    let errors = by_rule(&world, CLOUDWATCH_RULE_ERRORS).await?;
    assert_eq!(errors, [(class, 1.0)].into());
    let read_now = last_read(&world).await?;
    for rule in ALL {
        assert_eq!(read_now[rule] > read[rule], rule != NODES, "{rule}");
    }

    world.sim.clear_faults();
    assert_eq!(world.run(&[]).await?.status, 0);
    assert_eq!(world.series().await?, Held::all(NEW).series());
    let errors = by_rule(&world, CLOUDWATCH_RULE_ERRORS).await?;
    assert_eq!(errors, BTreeMap::new());
    assert!(last_read(&world).await?[NODES] > read[NODES]);
    Ok(())
}

#[tokio::test]
async fn an_aws_that_takes_no_connection_leaves_every_group_and_tells_each_rule() -> Result<()> {
    let world = exported_once().await?;
    let pushed = world.push_time("aws_es").await?;
    // Bound by nobody again as soon as it is known.
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let job = world.run_job(&[])?;
    let run = job
        .env("AWS_ENDPOINT_URL", &format!("http://{closed}"))
        .run()
        .await?;
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert_eq!(run.termination["class"], "aws-unreachable");
    insta::assert_snapshot!("no-connection", redact(&run.stderr));
    assert_eq!(world.series().await?, Held::all(OLD).series());
    assert_eq!(world.push_time("aws_es").await?, pushed);
    let errors = by_rule(&world, CLOUDWATCH_RULE_ERRORS).await?;
    let expected = ALL.map(|rule| ((rule.to_owned(), "aws-unreachable".to_owned()), 1.0));
    assert_eq!(errors, expected.into());
    Ok(())
}

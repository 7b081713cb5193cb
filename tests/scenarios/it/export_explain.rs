//! Why a series is missing, as a person and a program are told.

use anyhow::{Context as _, Result};
use sandbox::aws::{Fault, FaultKind, Operation};
use scenarios::scheduled::CONTENT;
use scenarios::text::redact;
use scenarios::world::World;
use serde_json::{Value, json};

/// Found, filtered, with other dimensions, and not there at all.
const CONFIG: &str = "
region: us-east-1
metrics:
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [DomainName], aws_statistics: [Average]}
- aws_namespace: AWS/ES
  aws_metric_name: Nodes
  aws_dimensions: [DomainName]
  aws_dimension_select_regex: {DomainName: [stage.*]}
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [DomainName, ClientId]}
- {aws_namespace: AWS/EFS, aws_metric_name: ClientConections, aws_dimensions: [FileSystemId]}
";

#[tokio::test]
async fn each_reason_for_a_missing_series_is_told_in_words() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let run = world.job("explain", &[])?.run().await?;
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(run.stdout);
    Ok(())
}

#[tokio::test]
async fn programs_are_told_with_tags_and_objects() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let run = world.job("explain", &["-o", "json"])?.run().await?;
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    let rules: Vec<Value> = serde_json::from_str(&run.stdout)?;
    let kinds: Vec<&Value> = rules
        .iter()
        .map(|rule| &rule["why"]["finding"]["kind"])
        .collect();
    assert_eq!(
        kinds,
        [
            "selected",
            "all_filtered",
            "nothing_listed",
            "nothing_listed"
        ]
    );
    let first = rules.first().context("a rule")?;
    assert_eq!(first["region"], "us-east-1");
    assert_eq!(
        first["metrics"][0],
        json!({"namespace": "AWS/ES", "name": "Nodes", "dimensions": {"DomainName": "prod"}})
    );
    assert_eq!(first["nearest_sets"], Value::Null);
    let nearest: Vec<&Value> = rules.iter().map(|rule| &rule["nearest_sets"]).collect();
    assert_eq!(nearest[2][0]["names"], json!(["DomainName"]));
    assert_eq!(nearest[3], &json!([]));
    Ok(())
}

#[tokio::test]
async fn a_look_for_other_dimensions_that_fails_is_told_with_its_reason() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    // The listing of the rule passes; the look for other dimensions is the second call.
    let fault = Fault::new(FaultKind::AccessDenied).on(Operation::ListMetrics);
    world.sim.inject(fault.calls(2, None));
    let run = world.job("explain", &["--rule", "4"])?.run().await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(world.sim.calls().count(Operation::ListMetrics), 2);
    insta::assert_snapshot!(redact(&run.stdout));
    Ok(())
}

#[tokio::test]
async fn a_look_for_other_dimensions_ends_with_the_run() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let fault = Fault::new(FaultKind::Hang).on(Operation::ListMetrics);
    world.sim.inject(fault.calls(2, None));
    let arguments = ["--rule", "4", "--deadline", "2s"];
    let run = world.job("explain", &arguments)?.run().await?;
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert_eq!(run.termination["outcome"], "deadline");
    assert!(
        run.stdout
            .contains("its dimensions could not be looked up: the run's time was over\n"),
        "{}",
        run.stdout
    );
    Ok(())
}

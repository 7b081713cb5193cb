//! The simulated AWS is accepted by clients that nobody here wrote.

use std::path::{Path, PathBuf};

use anyhow::Result;
use sandbox::aws::{AwsSim, Content, Operation, Options, Protocol};
use sandbox::peers::{Boto3, CloudwatchExporter};
use sandbox::tools::Tools;

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

fn company() -> Result<AwsSim> {
    let content = Content::from_file(&project("tests/sandbox/content/company.yaml"))?;
    Ok(AwsSim::start(content, Options::default())?)
}

#[tokio::test]
async fn cloudwatch_exporter_scrapes_the_company_s_configuration_without_an_error() -> Result<()> {
    let Some(exporter) = CloudwatchExporter::locate(&Tools::from_process()?).await? else {
        return Ok(());
    };
    let sim = company()?;
    let configuration = std::fs::read_to_string(project("k8s/chart/files/cloudwatch.yaml"))?;
    let exposition = exporter.scrape(&configuration, &sim.endpoint()).await?;
    assert!(
        exposition.contains("\ncloudwatch_exporter_scrape_error 0.0\n"),
        "{exposition}"
    );
    let families = exposition
        .lines()
        .filter(|line| line.starts_with("# TYPE aws_"))
        .count();
    assert_eq!(
        families,
        24 * 5 + 1,
        "each rule's statistics, and aws_resource_info"
    );
    let calls = sim.calls();
    // Two of the 24 rules select every dimension, so they need no listing.
    assert_eq!(calls.count(Operation::ListMetrics), 22);
    assert!(
        calls
            .of(Operation::ListMetrics)
            .all(|call| call.protocol == Protocol::Query)
    );
    Ok(())
}

#[tokio::test]
async fn boto3_lists_and_reads_with_its_own_decoder() -> Result<()> {
    let Some(boto3) = Boto3::locate(&Tools::from_process()?).await? else {
        return Ok(());
    };
    let sim = company()?;
    let script = r#"
import boto3, datetime
cloudwatch = boto3.client("cloudwatch")
pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace="AWS/EFS")
metrics = [metric for page in pages for metric in page["Metrics"]]
now = datetime.datetime.now(datetime.timezone.utc)
queries = [
    {"Id": f"q{i}", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Average"}}
    for i, metric in enumerate(metrics)
]
results = cloudwatch.get_metric_data(
    StartTime=now - datetime.timedelta(minutes=20),
    EndTime=now - datetime.timedelta(minutes=10),
    MetricDataQueries=queries,
)["MetricDataResults"]
complete = [result for result in results if result["StatusCode"] == "Complete"]
print(len(metrics) > 0, len(complete) == len(metrics), any(result["Values"] for result in results))
"#;
    let output = boto3.run(script, &sim.endpoint()).await?;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "True True True\n",
        "{errors}"
    );
    Ok(())
}

//! The simulated AWS is accepted by clients that nobody here wrote.

use anyhow::Result;
use sandbox::aws::{AwsSim, Content, Operation, Options, Protocol};
use sandbox::checkout;
use sandbox::peers::{Boto3, CloudwatchExporter};
use sandbox::tools::Tools;

fn company() -> Result<AwsSim> {
    let content = Content::from_file(&checkout::file("tests/sandbox/content/company.yaml"))?;
    Ok(AwsSim::start(content, Options::default())?)
}

#[tokio::test]
async fn cloudwatch_exporter_scrapes_the_company_s_configuration_without_an_error() -> Result<()> {
    let Some(exporter) = CloudwatchExporter::locate(&Tools::from_process()?).await? else {
        return Ok(());
    };
    let sim = company()?;
    let configuration = std::fs::read_to_string(checkout::file("k8s/chart/files/cloudwatch.yaml"))?;
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
async fn boto3_hears_what_it_would_hear_from_aws() -> Result<()> {
    let Some(boto3) = Boto3::locate(&Tools::from_process()?).await? else {
        return Ok(());
    };
    let sim = company()?;
    let script = std::fs::read_to_string(checkout::file("tests/sandbox/peers/boto3_check.py"))?;
    let output = boto3.run(&script, &sim.endpoint()).await?;
    let (said, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{said}{errors}");
    Ok(())
}

//! The short walk: both clusters from nothing, runs by schedule and by hand, and a failure whose mail
//! arrives and is taken back.

use anyhow::{Context as _, Result, ensure};
use sandbox::kubernetes::Change;
use sandbox::nodes::estate::Estate;
use sandbox::nodes::{self, NodeCluster};
use sandbox::tools::Tools;
use serde_json::json;

use super::{mail, possible, told};

const NAMESPACE: &str = "monitoring-credentials";
const JOB: &str = "rotate-credentials";

#[tokio::test]
#[ignore = "two whole clusters, run alone: cargo test -p scenarios --test it nodes:: -- --ignored --test-threads 1"]
async fn runs_by_schedule_and_by_hand_end_well_and_a_failure_is_told_by_mail() -> Result<()> {
    if !possible(nodes::possible())? {
        return Ok(());
    }
    let tools = Tools::from_process()?;
    let estate = Box::pin(Estate::start(&tools, told)).await?;
    let pods = estate.ready().await?;
    for whole in estate.pair.both() {
        let (bytes, processes) = whole.resident()?;
        told(&format!(
            "{}: {processes} processes, {} MiB",
            whole.cluster().name(),
            bytes >> 20
        ));
    }
    told(&format!("{pods} pods are ready"));
    let home = &estate.pair.a;

    let run = home
        .scheduled_run("monitoring", "export-cloudwatch")
        .await?;
    ensure!(run.good, "by schedule: {run:#?}");
    for whole in estate.pair.both() {
        let run = whole.run_by_hand(NAMESPACE, JOB, "rotate-now-1").await?;
        ensure!(run.good, "by hand in {}: {run:#?}", whole.cluster().name());
    }
    let twin = "rotate-credentials-plan";
    let run = home.run_by_hand(NAMESPACE, twin, "rotate-plan-1").await?;
    ensure!(run.good, "the twin: {run:#?}");
    let plan = home.log_of(NAMESPACE, "rotate-plan-1").await?;
    assert!(plan.contains("prod-monitoring-email-user"), "{plan}");

    a_failure_is_told_and_taken_back(&estate, home).await?;
    assert_eq!(estate.mail.refusals(), [], "nobody was ever refused");
    Ok(())
}

async fn a_failure_is_told_and_taken_back(estate: &Estate, home: &NodeCluster) -> Result<()> {
    let good = configure(home, "role: nobody\n").await?;
    let run = home.run_by_hand(NAMESPACE, JOB, "rotate-broken").await?;
    assert_eq!(
        (run.good, run.reason.as_str()),
        (false, "PodFailurePolicy"),
        "{run:#?}"
    );
    assert_eq!(
        run.statuses,
        [2],
        "one pod, and status 2 is a matter of configuration"
    );
    let failed = mail(estate, |mail| {
        !mail.subject.contains("[over]") && mail.data.contains("alert    JobFailed")
    })
    .await?;
    told(&failed.subject);
    // The subject names the job, unless another one has failed too.
    for line in ["cluster  prod-e1-1", "job      rotate-credentials"] {
        assert!(failed.data.contains(line), "{line}: {}", failed.data);
    }
    assert!(
        failed
            .data
            .contains("kubectl --namespace monitoring-credentials logs"),
        "{}",
        failed.data
    );
    let key = estate.aws.iam().keys("prod-monitoring-email-user")?;
    assert_eq!(
        Some(&failed.user),
        key.last().map(|key| &key.id),
        "by the key of the secret"
    );

    configure(home, &good).await?;
    let run = home.run_by_hand(NAMESPACE, JOB, "rotate-mended").await?;
    ensure!(run.good, "mended: {run:#?}");
    let over = mail(estate, |mail| {
        mail.subject.contains("[over]") && mail.data.contains("alert    JobFailed")
    })
    .await?;
    told(&over.subject);
    Ok(())
}

/// Gives the job another configuration. Returns the one that it had.
async fn configure(home: &NodeCluster, text: &str) -> Result<String> {
    let client = home.cluster().client().await?;
    let path = format!("/api/v1/namespaces/{NAMESPACE}/configmaps/{JOB}-config");
    let object = client.get(&path).await?;
    let old = object
        .pointer("/data/config.yaml")
        .and_then(|it| it.as_str());
    let old = old.context("the job has no configuration")?.to_owned();
    let change = json!({"data": {"config.yaml": text}});
    client.patch(&path, Change::Merge, &change).await?;
    Ok(old)
}

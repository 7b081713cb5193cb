//! The short walk: both clusters from nothing, installed and found well, runs by schedule and by hand, and a
//! failure whose mail arrives and is taken back.

use anyhow::{Context as _, Result, ensure};
use sandbox::kubernetes::Change;
use sandbox::nodes::estate::Estate;
use sandbox::nodes::{self, NodeCluster};
use serde_json::json;

use super::installed::{all_is_well, installed};
use super::mails::When::{Beginning, End};
use super::mails::{mail, of};
use super::{CREDENTIALS, MONITORING, ROTATE, posed, possible, told};

#[tokio::test]
#[ignore = "two whole clusters, run alone: cargo test -p scenarios --test it nodes:: -- --ignored --test-threads 1"]
async fn runs_by_schedule_and_by_hand_end_well_and_a_failure_is_told_by_mail() -> Result<()> {
    if !possible(nodes::possible())? {
        told("ran on: processes that pose as pods, in API servers without nodes");
        return Box::pin(posed::walk()).await;
    }
    let estate = Box::pin(installed()).await?;
    for whole in estate.pair.both() {
        let (bytes, processes) = whole.resident()?;
        told(&format!(
            "{}: {processes} processes, {} MiB",
            whole.cluster().name(),
            bytes >> 20
        ));
    }
    let home = &estate.pair.a;
    // What is begun by hand ends while the schedule is waited for.
    let by_hand = "rotate-now-1";
    for whole in estate.pair.both() {
        whole.start_by_hand(CREDENTIALS, ROTATE, by_hand).await?;
    }
    let (twin, of_twin) = ("rotate-credentials-plan", "rotate-plan-1");
    home.start_by_hand(CREDENTIALS, twin, of_twin).await?;
    home.scheduled_run(MONITORING, "export-cloudwatch").await?;
    for whole in estate.pair.both() {
        let run = whole.end_of(CREDENTIALS, by_hand).await?;
        ensure!(run.good, "by hand in {}: {run:#?}", whole.cluster().name());
    }
    let run = home.end_of(CREDENTIALS, of_twin).await?;
    ensure!(run.good, "the twin: {run:#?}");
    let plan = home.log_of(CREDENTIALS, of_twin).await?;
    assert!(plan.contains("prod-monitoring-email-user"), "{plan}");
    all_is_well(&estate).await?;

    a_failure_is_told_and_taken_back(&estate, home).await?;
    assert_eq!(estate.mail.refusals(), [], "nobody was ever refused");
    Ok(())
}

async fn a_failure_is_told_and_taken_back(estate: &Estate, home: &NodeCluster) -> Result<()> {
    let good = configure(home, "role: nobody\n").await?;
    let run = home
        .run_by_hand(CREDENTIALS, ROTATE, "rotate-broken")
        .await?;
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
    let (alert, cluster) = ("JobFailed", "prod-e1-1");
    let failed = mail(estate, of(alert, cluster, ROTATE, Beginning)).await?;
    told(&failed.subject);
    assert!(
        failed
            .data
            .contains("kubectl --context prod-e1-1 --namespace monitoring-credentials logs"),
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
    let run = home
        .run_by_hand(CREDENTIALS, ROTATE, "rotate-mended")
        .await?;
    ensure!(run.good, "mended: {run:#?}");
    let over = mail(estate, of(alert, cluster, ROTATE, End)).await?;
    told(&over.subject);
    Ok(())
}

/// Gives the job another configuration. Returns the one that it had.
async fn configure(home: &NodeCluster, text: &str) -> Result<String> {
    let client = home.cluster().client().await?;
    let path = format!("/api/v1/namespaces/{CREDENTIALS}/configmaps/{ROTATE}-config");
    let object = client.get(&path).await?;
    let old = object
        .pointer("/data/config.yaml")
        .and_then(|it| it.as_str());
    let old = old.context("the job has no configuration")?.to_owned();
    let change = json!({"data": {"config.yaml": text}});
    client.patch(&path, Change::Merge, &change).await?;
    Ok(old)
}

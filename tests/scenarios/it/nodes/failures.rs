//! What can go wrong with jobs, each told by its own mail; what mends it is the installation, and then each
//! is taken back.

use anyhow::{Context as _, Result, ensure};
use sandbox::aws::{Fault, FaultKind};
use sandbox::kubernetes::Change;
use sandbox::nodes::NodeCluster;
use sandbox::nodes::estate::Estate;
use serde_json::{Value, json};

use super::mails::When::{Beginning, End};
use super::mails::{mail, of};
use super::{CREDENTIALS, MONITORING, ROTATE, field, pod_of, suspend, told};

/// Alert, cluster, and job as far as the mail names one: several of one kind share a mail, and then its
/// subject names none.
const TOLD: [(&str, &str, &str); 4] = [
    ("MonitoringJobSuspended", "prod-e1-1", "check-consistency"),
    ("MonitoringJobPodCannotStart", "prod-e1-1", ""),
    ("MonitoringJobMissing", "remoting-prod-e1-1", ROTATE),
    ("JobFailed", "prod-e1-1", ROTATE),
];

/// A job that is suspended, one without an image, one that is gone and one that hangs.
pub(super) async fn are_told_and_taken_back(estate: &Estate) -> Result<()> {
    let (home, other) = (&estate.pair.a, &estate.pair.b);
    suspend(home.cluster(), MONITORING, "check-consistency", true).await?;
    take_the_image_away(home, "export-cloudwatch").await?;
    delete(other, CREDENTIALS, ROTATE).await?;
    a_run_that_hangs_is_ended(estate).await?;
    for (alert, cluster, job) in TOLD {
        let mail = mail(estate, of(alert, cluster, job, Beginning))
            .await
            .with_context(|| format!("a mail of {alert}"))?;
        told(&mail.subject);
    }
    // What the mails say: install again, and end the pause, which is people's and stays when somebody installs.
    for (cluster, more) in [
        ("prod-e1-1", &["--take-fields"][..]),
        ("remoting-prod-e1-1", &[]),
    ] {
        let words = [&["--cluster", cluster, "--stack", "kinds"], more].concat();
        let run = estate.install_monitoring(&words).await?;
        // Of what went wrong before, something may still be there for a minute, and is told.
        ensure!(
            matches!(run.status, 0 | 3),
            "installing again in {cluster}: {run:#?}"
        );
    }
    let path = format!("/apis/batch/v1/namespaces/{MONITORING}/cronjobs/check-consistency");
    let paused = field(home.cluster(), &path, "/spec/suspend").await?;
    assert_eq!(paused.as_deref(), Some("true"), "somebody has paused it");
    suspend(home.cluster(), MONITORING, "check-consistency", false).await?;
    let run = home
        .run_by_hand(CREDENTIALS, ROTATE, "after-the-hang")
        .await?;
    ensure!(run.good, "after the hang: {run:#?}");
    for (alert, cluster, job) in TOLD {
        let over = mail(estate, of(alert, cluster, job, End))
            .await
            .with_context(|| format!("a mail that {alert} is over"))?;
        told(&over.subject);
    }
    Ok(())
}

async fn take_the_image_away(whole: &NodeCluster, cronjob: &str) -> Result<()> {
    let path = format!("/apis/batch/v1/namespaces/{MONITORING}/cronjobs/{cronjob}");
    let client = whole.cluster().client().await?;
    let image = "/spec/jobTemplate/spec/template/spec/containers/0/image";
    let nowhere = format!("registry.local/monitoring-jobs@sha256:{:064}", 0);
    let change = json!([{"op": "replace", "path": image, "value": nowhere}]);
    client.patch(&path, Change::Json, &change).await?;
    Ok(())
}

async fn delete(whole: &NodeCluster, namespace: &str, cronjob: &str) -> Result<()> {
    let path = format!("/apis/batch/v1/namespaces/{namespace}/cronjobs/{cronjob}");
    whole.cluster().client().await?.delete(&path).await
}

/// AWS does not answer, and the run may take five seconds.
async fn a_run_that_hangs_is_ended(estate: &Estate) -> Result<()> {
    let home = &estate.pair.a;
    let cluster = home.cluster();
    estate.aws.inject(Fault::new(FaultKind::Hang));
    let from = format!("--from=cronjob/{ROTATE}");
    let create = [
        "-n",
        CREDENTIALS,
        "create",
        "job",
        "hangs",
        &from,
        "--dry-run=client",
        "-o",
        "json",
    ];
    let job = cluster.kubectl(&create, "").await?;
    let mut job: Value = serde_json::from_str(&job)?;
    let deadline = job.pointer_mut("/spec/activeDeadlineSeconds");
    *deadline.context("a job without a deadline")? = json!(5);
    cluster
        .kubectl(&["create", "--filename=-"], &job.to_string())
        .await?;
    let run = home.end_of(CREDENTIALS, "hangs").await?;
    estate.aws.clear_faults();
    assert_eq!(
        (run.good, run.reason.as_str()),
        (false, "DeadlineExceeded"),
        "{run:#?}"
    );
    let pod = pod_of(cluster, CREDENTIALS, "hangs").await?;
    told(&format!(
        "of the run that hung is left: {:?}",
        pod.is_some()
    ));
    Ok(())
}

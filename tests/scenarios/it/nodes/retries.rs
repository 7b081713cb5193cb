//! What Kubernetes makes of the end of a run: its status decides whether there is another attempt, and a run
//! that was evicted was none.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use sandbox::aws::{Fault, FaultKind};
use sandbox::nodes::NodeCluster;
use sandbox::nodes::estate::Estate;
use scenarios::wait;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{CREDENTIALS, MONITORING, ROTATE, say, told};

/// The job that may fail once and be tried again.
const RETRIED: &str = "check-consistency";

/// Statuses, and how a Job ends whose runs all end with it: `None` is well.
const STATUSES: [(i64, Option<&str>); 9] = [
    (0, None),
    (1, Some("BackoffLimitExceeded")),
    (2, Some("PodFailurePolicy")),
    (3, Some("PodFailurePolicy")),
    (4, Some("PodFailurePolicy")),
    (5, Some("PodFailurePolicy")),
    (101, Some("PodFailurePolicy")),
    // Killed, and told to end.
    (137, Some("BackoffLimitExceeded")),
    (143, Some("BackoffLimitExceeded")),
];

/// The CronJob's own policy, with a program that ends as it is told.
pub(super) async fn each_status_has_its_consequence(home: &NodeCluster) -> Result<()> {
    let directory = TempDir::new()?;
    let archive = directory.path().join("say.tar");
    let image = say().await?.write(&archive)?.to_string();
    home.import(&archive).await?;
    let cluster = home.cluster();
    let path = format!("/apis/batch/v1/namespaces/{MONITORING}/cronjobs/{RETRIED}");
    let cronjob = cluster.client().await?.get(&path).await?;
    for (status, _) in STATUSES {
        let mut spec = cronjob["spec"]["jobTemplate"]["spec"].clone();
        // Neither by its labels nor by its account one of ours, whose image would have to be ours.
        spec["template"]["metadata"] = json!({});
        spec["template"]["spec"]["serviceAccountName"] = json!("default");
        let container = spec.pointer_mut("/template/spec/containers/0");
        let container = container.context("a CronJob without a container")?;
        container["image"] = json!(image);
        container["command"] = json!(["/bin/say", status.to_string(), "said"]);
        container["args"] = json!([]);
        // Nobody's, so that no history takes it away before it was looked at.
        let job = json!({
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": {"name": name(status), "namespace": MONITORING},
            "spec": spec,
        });
        let create = ["create", "--filename=-"];
        cluster.kubectl(&create, &job.to_string()).await?;
    }
    for (status, reason) in STATUSES {
        let run = home.end_of(MONITORING, &name(status)).await?;
        let attempts = match reason {
            Some("BackoffLimitExceeded") => 2,
            Some(_) | None => 1,
        };
        ensure!(
            run.good == reason.is_none()
                && run.reason == reason.unwrap_or_default()
                && run.statuses == vec![status; attempts],
            "{status}: {run:#?}"
        );
    }
    Ok(())
}

fn name(status: i64) -> String {
    format!("ends-with-{status}")
}

/// Drained from its node while AWS does not answer: replaced by another pod, although the job may fail no
/// more than once.
pub(super) async fn an_evicted_run_is_replaced(estate: &Estate) -> Result<()> {
    let home = &estate.pair.a;
    estate.aws.inject(Fault::new(FaultKind::Hang));
    home.start_by_hand(CREDENTIALS, ROTATE, "evicted").await?;
    let first = running(home, "evicted", None).await?;
    let path = format!("/api/v1/namespaces/{CREDENTIALS}/pods/{first}/eviction");
    let eviction = json!({
        "apiVersion": "policy/v1", "kind": "Eviction",
        "metadata": {"name": first, "namespace": CREDENTIALS},
    });
    home.cluster()
        .client()
        .await?
        .create(&path, &eviction)
        .await?;
    let second = running(home, "evicted", Some(&first)).await?;
    ensure!(first != second, "the pod that was evicted goes on");
    estate.aws.clear_faults();
    let run = home.end_of(CREDENTIALS, "evicted").await?;
    ensure!(run.good, "the second pod: {run:#?}");
    told("an evicted run was replaced, and that was no attempt");
    Ok(())
}

/// Waits for a running pod of a Job that is not `but`.
async fn running(home: &NodeCluster, job: &str, but: Option<&str>) -> Result<String> {
    let mut found = None;
    let what = format!("a pod of {job} runs");
    wait::until_within(Duration::from_mins(3), &what, async || {
        let pods = home
            .cluster()
            .client()
            .await?
            .get(&format!(
                "/api/v1/namespaces/{CREDENTIALS}/pods?labelSelector=batch.kubernetes.io/job-name={job}"
            ))
            .await?;
        let items = pods.get("items").and_then(Value::as_array);
        for pod in items.into_iter().flatten() {
            let name = pod.pointer("/metadata/name").and_then(Value::as_str);
            let phase = pod.pointer("/status/phase").and_then(Value::as_str);
            if phase == Some("Running") && name != but {
                found = name.map(str::to_owned);
            }
        }
        Ok(found.is_some())
    })
    .await?;
    found.context("no pod")
}

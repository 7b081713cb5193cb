//! What can go wrong with jobs in a cluster, each told by its own mail; how Kubernetes treats runs that are
//! evicted or started twice; and whom networks and admission refuse.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use sandbox::aws::{Fault, FaultKind};
use sandbox::kubernetes::Change;
use sandbox::mail::Mail;
use sandbox::nodes::estate::Estate;
use sandbox::nodes::{self, NodeCluster};
use sandbox::tools::Tools;
use scenarios::wait;
use serde_json::{Value, json};

use super::network::each_reaches_what_it_needs;
use super::{mail, pod_of, possible, told};

const CREDENTIALS: &str = "monitoring-credentials";
const ROTATE: &str = "rotate-credentials";

/// A pod that is on its way.
const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test]
#[ignore = "two whole clusters, run alone: cargo test -p scenarios --test it nodes:: -- --ignored --test-threads 1"]
async fn whatever_goes_wrong_is_told_and_whoever_may_not_is_refused() -> Result<()> {
    if !possible(nodes::possible())? {
        return Ok(());
    }
    let tools = Tools::from_process()?;
    let estate = Box::pin(Estate::start(&tools, told)).await?;
    let pods = estate.ready().await?;
    told(&format!("{pods} pods are ready"));
    let (home, other) = (&estate.pair.a, &estate.pair.b);

    strangers_are_refused(home).await?;
    each_reaches_what_it_needs(home).await?;
    two_at_once(home).await?;
    an_evicted_run_is_replaced(&estate).await?;
    suspend(home, "check-consistency").await?;
    take_the_image_away(home, "export-cloudwatch").await?;
    delete(other, CREDENTIALS, ROTATE).await?;
    a_run_that_hangs_is_ended(&estate).await?;
    for (alert, cluster, job) in [
        ("MonitoringJobSuspended", "prod-e1-1", "check-consistency"),
        ("MonitoringJobPodCannotStart", "prod-e1-1", ""),
        ("MonitoringJobMissing", "remoting-prod-e1-1", ROTATE),
        ("JobFailed", "prod-e1-1", ROTATE),
    ] {
        // Several of one kind share a mail, and then its subject names no job.
        let wanted = |mail: &Mail| {
            mail.data.contains(&format!("alert    {alert}"))
                && mail.data.contains(&format!("cluster  {cluster}\r\n"))
                && (job.is_empty() || mail.data.contains(&format!("job      {job}")))
        };
        let mail = mail(&estate, wanted)
            .await
            .with_context(|| format!("a mail of {alert}"))?;
        told(&mail.subject);
    }
    Ok(())
}

/// A pod of nobody does not reach the gateway, and a pod that is not the rotation's is not even admitted to
/// its namespace.
async fn strangers_are_refused(home: &NodeCluster) -> Result<()> {
    let cluster = home.cluster();
    let image = cluster
        .kubectl(
            &[
                "-n",
                "monitoring",
                "get",
                "cronjob",
                "export-cloudwatch",
                "-o",
                "jsonpath={.spec.jobTemplate.spec.template.spec.containers[0].image}",
            ],
            "",
        )
        .await?;
    let stranger = |namespace: &str| {
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "stranger", "namespace": namespace},
            "spec": {
                "restartPolicy": "Never",
                "securityContext": {
                    "runAsNonRoot": true, "runAsUser": 65532,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "containers": [{
                    "name": "job", "image": image, "command": ["/bin/rotate-credentials"],
                    "securityContext": {
                        "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]},
                    },
                }],
            },
        })
        .to_string()
    };
    // A policy takes a moment until it is in force.
    wait::until_within(PATIENCE, "a stranger is refused", async || {
        let create = ["create", "--dry-run=server", "--filename=-"];
        let refused = cluster.kubectl(&create, &stranger(CREDENTIALS)).await;
        Ok(refused.is_err_and(|error| {
            format!("{error:#}").contains("only the rotation's service accounts have pods here")
        }))
    })
    .await
}

/// Both end well. There is nothing to do here; who works where there is, the rotation's own scenarios show.
async fn two_at_once(home: &NodeCluster) -> Result<()> {
    for name in ["at-once-1", "at-once-2"] {
        home.start_by_hand(CREDENTIALS, ROTATE, name).await?;
    }
    let first = home.end_of(CREDENTIALS, "at-once-1").await?;
    let second = home.end_of(CREDENTIALS, "at-once-2").await?;
    ensure!(first.good && second.good, "{first:#?} {second:#?}");
    told(&format!("at once: {} / {}", first.message, second.message));
    Ok(())
}

/// Drained from its node while AWS does not answer: replaced by another pod, although the job may fail no
/// more than once.
async fn an_evicted_run_is_replaced(estate: &Estate) -> Result<()> {
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
    assert_ne!(first, second);
    estate.aws.clear_faults();
    let run = home.end_of(CREDENTIALS, "evicted").await?;
    ensure!(run.good, "the second pod: {run:#?}");
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

async fn suspend(whole: &NodeCluster, cronjob: &str) -> Result<()> {
    let path = format!("/apis/batch/v1/namespaces/monitoring/cronjobs/{cronjob}");
    let client = whole.cluster().client().await?;
    let change = json!({"spec": {"suspend": true}});
    client.patch(&path, Change::Merge, &change).await?;
    Ok(())
}

async fn take_the_image_away(whole: &NodeCluster, cronjob: &str) -> Result<()> {
    let path = format!("/apis/batch/v1/namespaces/monitoring/cronjobs/{cronjob}");
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

//! Jobs ask for nothing that they are refused, and one that lacks a right names it.

use anyhow::{Context as _, Result, ensure};
use sandbox::kubernetes::{Change, Cluster, Mark};
use sandbox::nodes::NodeCluster;
use sandbox::nodes::estate::Estate;
use serde_json::{Value, json};

use super::{MONITORING, suspend, told};

const CHECK: &str = "check-consistency";

/// Whom the chart gives rights in both clusters: service accounts at home, AWS roles from elsewhere.
const JOBS: [&str; 3] = ["rotate-credentials", "sync-dashboards", CHECK];

/// Since `marks`, which were taken in both clusters, no job was refused anything.
pub(super) fn nobody_was_refused(estate: &Estate, marks: [Mark; 2]) -> Result<()> {
    for (whole, mark) in estate.pair.both().into_iter().zip(marks) {
        let entries = whole.cluster().audit_since(mark)?.into_iter();
        let of_jobs: Vec<_> = entries
            .filter(|entry| JOBS.iter().any(|job| entry.user.contains(job)))
            .collect();
        let refused: Vec<String> = of_jobs
            .iter()
            .filter(|entry| matches!(entry.code, 401 | 403))
            .map(ToString::to_string)
            .collect();
        let name = whole.cluster().name();
        ensure!(refused.is_empty(), "{name}: {refused:#?}");
        ensure!(!of_jobs.is_empty(), "{name}: no job has asked for anything");
        told(&format!(
            "{name}: jobs made {} calls, and none was refused",
            of_jobs.len()
        ));
    }
    Ok(())
}

/// Without one verb the check ends as not permitted, tells which, and does not call the clusters equal.
pub(super) async fn a_missing_right_is_named(home: &NodeCluster) -> Result<()> {
    let cluster = home.cluster();
    let whole = rules(cluster).await?;
    let mut fewer = whole.clone();
    for rule in fewer.as_array_mut().into_iter().flatten() {
        if rule["resources"] == json!(["cronjobs"]) {
            rule["verbs"] = json!(["get"]);
        }
    }
    ensure!(fewer != whole, "there is no rule about CronJobs: {whole:#}");
    // A run by the schedule would fail too, and only the newest of the failed ones is kept.
    suspend(cluster, MONITORING, CHECK, true).await?;
    set(cluster, &fewer).await?;
    let run = home.run_by_hand(MONITORING, CHECK, "check-without").await?;
    set(cluster, &whole).await?;
    suspend(cluster, MONITORING, CHECK, false).await?;
    ensure!(run.statuses == [4], "{run:#?}");
    let log = home.log_of(MONITORING, "check-without").await?;
    ensure!(
        run.message.contains("list") && run.message.contains("cronjobs"),
        "{}\n{log}",
        run.message
    );
    told(&run.message);
    Ok(())
}

async fn rules(cluster: &Cluster) -> Result<Value> {
    let role = cluster.client().await?.get(&role()).await?;
    role.get("rules").cloned().context("a Role without rules")
}

async fn set(cluster: &Cluster, rules: &Value) -> Result<()> {
    let change = json!({"rules": rules});
    let client = cluster.client().await?;
    client.patch(&role(), Change::Merge, &change).await?;
    Ok(())
}

fn role() -> String {
    format!("/apis/rbac.authorization.k8s.io/v1/namespaces/{MONITORING}/roles/{CHECK}")
}

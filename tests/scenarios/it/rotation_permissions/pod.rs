//! The objects that a run in a pod has behind it: its CronJob, its Job and the pod itself.

use anyhow::{Context as _, Result};
use sandbox::company::{Company, HOME, Site};
use serde_json::json;

/// As the scenarios' pods are called.
const JOB: &str = "rotate-credentials-29401937";
const POD: &str = "rotate-credentials-29401937-m4r2d";

const NAMESPACE: &str = "monitoring-credentials";

/// The cluster with the Lease.
pub(super) fn home(company: &Company) -> Result<&Site> {
    let mut sites = company.clusters.iter();
    let home = sites.find(|site| site.cluster.name() == HOME);
    home.context("no home cluster")
}

/// Creates them in the cluster where the Lease is. Returns the uid of the CronJob.
pub(super) async fn create(site: &Site) -> Result<String> {
    let admin = site.cluster.client().await?;
    let core = format!("/api/v1/namespaces/{NAMESPACE}");
    let batch = format!("/apis/batch/v1/namespaces/{NAMESPACE}");
    let container = json!({
        "name": "job", "image": "rotate-credentials",
        "securityContext": {
            "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]},
        },
    });
    let spec = json!({
        "restartPolicy": "Never", "automountServiceAccountToken": false,
        "serviceAccountName": "rotate-credentials",
        "securityContext": {
            "runAsNonRoot": true, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
    });
    let account = json!({
        "apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "rotate-credentials"},
    });
    admin
        .create(&format!("{core}/serviceaccounts"), &account)
        .await?;
    let cronjob = json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "rotate-credentials"},
        "spec": {
            "schedule": "17 * * * *", "jobTemplate": {"spec": {"template": {"spec": spec}}},
        },
    });
    let cronjob = admin.create(&format!("{batch}/cronjobs"), &cronjob).await?;
    let job = json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {
            "name": JOB,
            "ownerReferences": [owner("CronJob", "rotate-credentials", &cronjob)],
        },
        "spec": {"template": {"spec": spec}},
    });
    let job = admin.create(&format!("{batch}/jobs"), &job).await?;
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": POD, "ownerReferences": [owner("Job", JOB, &job)]},
        "spec": spec,
    });
    admin.create(&format!("{core}/pods"), &pod).await?;
    let uid = cronjob["metadata"]["uid"].as_str();
    Ok(uid.context("a CronJob without uid")?.to_owned())
}

fn owner(kind: &str, name: &str, object: &serde_json::Value) -> serde_json::Value {
    json!({
        "apiVersion": "batch/v1", "kind": kind, "name": name, "controller": true,
        "uid": object["metadata"]["uid"],
    })
}

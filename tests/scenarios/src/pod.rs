//! A run as a CronJob's pod: the objects that it has behind it, its CronJob, its Job and the pod itself,
//! and what its process finds.

use std::fs;

use anyhow::{Context as _, Result, bail};
use sandbox::kubernetes::Cluster;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::job::Job;

/// The pod of a run, as far as the API server and the run itself can tell.
#[derive(Debug)]
pub struct Pod {
    name: String,
    namespace: String,
    cronjob: String,
    variables: Vec<(&'static str, String)>,
    /// Where its process finds its token.
    _account: TempDir,
}

impl Pod {
    /// Creates what a run of the CronJob `job` has behind it: the account of this name and the CronJob, if
    /// they are not there, a Job and a pod.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn create(cluster: &Cluster, namespace: &str, job: &str) -> Result<Self> {
        let (run, pod) = (format!("{job}-29401937"), format!("{job}-29401937-m4r2d"));
        let account = account(cluster, namespace, job).await?;
        let admin = cluster.client().await?;
        let batch = format!("/apis/batch/v1/namespaces/{namespace}");
        let spec = spec(job);
        let work = json!({"template": {"spec": spec}});
        let there = admin.find(&format!("{batch}/cronjobs/{job}")).await?;
        let cronjob = if let Some(cronjob) = there {
            cronjob
        } else {
            let cronjob = json!({
                "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": job},
                "spec": {"schedule": "17 * * * *", "jobTemplate": {"spec": work}},
            });
            admin.create(&format!("{batch}/cronjobs"), &cronjob).await?
        };
        let object = json!({
            "apiVersion": "batch/v1", "kind": "Job",
            "metadata": {"name": run, "ownerReferences": [owner("CronJob", job, &cronjob)]},
            "spec": work,
        });
        let object = admin.create(&format!("{batch}/jobs"), &object).await?;
        let object = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": pod, "ownerReferences": [owner("Job", &run, &object)]},
            "spec": spec,
        });
        let pods = format!("/api/v1/namespaces/{namespace}/pods");
        admin.create(&pods, &object).await?;
        let url = cluster.server_url();
        let address = url.strip_prefix("https://").context("not over TLS")?;
        let (host, port) = address.rsplit_once(':').context("no port")?;
        let directory = account.path().to_string_lossy().into_owned();
        Ok(Self {
            namespace: namespace.to_owned(),
            cronjob: uid(&cronjob).context("a CronJob without uid")?.to_owned(),
            variables: vec![
                ("CRONJOB_NAME", job.to_owned()),
                ("POD_NAMESPACE", namespace.to_owned()),
                ("POD_NAME", pod.clone()),
                ("CLUSTER", cluster.name().to_owned()),
                ("KUBERNETES_SERVICE_HOST", host.to_owned()),
                ("KUBERNETES_SERVICE_PORT", port.to_owned()),
                ("KUBERNETES_SERVICE_ACCOUNT_DIR", directory),
            ],
            name: pod,
            _account: account,
        })
    }

    /// The uid of the CronJob.
    pub fn cronjob(&self) -> &str {
        &self.cronjob
    }

    /// The Events that the pod's runs have published since they were taken last.
    ///
    /// # Errors
    /// When the API server refuses.
    pub async fn take_events(&self, cluster: &Cluster) -> Result<Vec<Value>> {
        let admin = cluster.client().await?;
        let path = format!(
            "/apis/events.k8s.io/v1/namespaces/{}/events",
            self.namespace
        );
        let mut events = admin.get(&path).await?;
        let events = events.pointer_mut("/items").map(Value::take);
        let Some(Value::Array(mut events)) = events else {
            bail!("no list at {path}")
        };
        events.retain(|event| {
            event
                .get("reportingInstance")
                .is_some_and(|it| *it == *self.name)
        });
        for event in &events {
            let name = event.pointer("/metadata/name").and_then(Value::as_str);
            let name = name.context("an Event without a name")?;
            admin.delete(&format!("{path}/{name}")).await?;
        }
        Ok(events)
    }

    /// Lets a run be in this pod, with its account's token.
    #[must_use]
    pub fn enter(&self, job: Job) -> Job {
        let variables = self.variables.iter();
        variables.fold(job, |job, (name, value)| job.env(name, value))
    }
}

/// The files that a pod finds about its account.
async fn account(cluster: &Cluster, namespace: &str, name: &str) -> Result<TempDir> {
    let directory = TempDir::new()?;
    let token = cluster.service_account_token(namespace, name).await?;
    fs::write(directory.path().join("token"), token)?;
    fs::write(directory.path().join("ca.crt"), cluster.ca_pem())?;
    Ok(directory)
}

fn spec(job: &str) -> Value {
    let container = json!({
        "name": "job", "image": job,
        "securityContext": {
            "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]},
        },
    });
    json!({
        "restartPolicy": "Never", "automountServiceAccountToken": false, "serviceAccountName": job,
        "securityContext": {
            "runAsNonRoot": true, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
    })
}

fn owner(kind: &str, name: &str, object: &Value) -> Value {
    json!({
        "apiVersion": "batch/v1", "kind": kind, "name": name, "controller": true, "uid": uid(object),
    })
}

fn uid(object: &Value) -> Option<&str> {
    object.pointer("/metadata/uid")?.as_str()
}

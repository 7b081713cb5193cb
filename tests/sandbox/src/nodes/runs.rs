//! Runs of CronJobs, as people start and see them: with `kubectl`.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::NodeCluster;
use super::node_cluster::condition;

/// Longer than two slots of the shortest schedule and a run's own deadline.
const DEADLINE: Duration = Duration::from_mins(7);

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// A Job that has come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The Job's name.
    pub job: String,
    /// Whether it is complete; otherwise it has failed.
    pub good: bool,
    /// Why it failed, in the controller's word: `PodFailurePolicy`, `DeadlineExceeded`,
    /// `BackoffLimitExceeded`. Empty when it did not.
    pub reason: String,
    /// The exit status of each of its pods' containers, oldest first, of those that are still there.
    pub statuses: Vec<i64>,
    /// The last pod's termination message: the job's own report.
    pub message: String,
}

impl NodeCluster {
    /// Starts a Job from a CronJob by hand, as `kubectl create job NAME --from=cronjob/CRONJOB` does, and
    /// waits for its end.
    ///
    /// # Errors
    /// When it is refused or does not end.
    pub async fn run_by_hand(&self, namespace: &str, cronjob: &str, job: &str) -> Result<Run> {
        self.start_by_hand(namespace, cronjob, job).await?;
        self.end_of(namespace, job).await
    }

    /// Starts a Job from a CronJob by hand.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn start_by_hand(&self, namespace: &str, cronjob: &str, job: &str) -> Result<()> {
        let from = format!("--from=cronjob/{cronjob}");
        let arguments = ["--namespace", namespace, "create", "job", job, &from];
        self.cluster().kubectl(&arguments, "").await?;
        Ok(())
    }

    /// Waits until a Job has come to its end.
    ///
    /// # Errors
    /// When it does not.
    pub async fn end_of(&self, namespace: &str, job: &str) -> Result<Run> {
        self.look(&format!("{namespace}/{job} has ended"), async || {
            let path = format!("/apis/batch/v1/namespaces/{namespace}/jobs/{job}");
            let job = self.cluster().client().await?.get(&path).await?;
            self.ended(namespace, &job).await
        })
        .await
    }

    /// Waits for the good end of a run that the controller started by the CronJob's schedule.
    ///
    /// # Errors
    /// When none comes to a good end.
    pub async fn scheduled_run(&self, namespace: &str, cronjob: &str) -> Result<Run> {
        let path = format!("/apis/batch/v1/namespaces/{namespace}/jobs");
        let what = format!("a run of {namespace}/{cronjob} by its schedule has ended well");
        self.look(&what, async || {
            let list = self.cluster().client().await?.get(&path).await?;
            let jobs = list.get("items").and_then(Value::as_array);
            for job in jobs.into_iter().flatten() {
                if is_scheduled(job, cronjob)
                    && let Some(run) = self.ended(namespace, job).await?
                    && run.good
                {
                    return Ok(Some(run));
                }
            }
            Ok(None)
        })
        .await
    }

    /// What the pods of a Job printed.
    ///
    /// # Errors
    /// When there is none any more.
    pub async fn log_of(&self, namespace: &str, job: &str) -> Result<String> {
        let job = format!("job/{job}");
        let arguments = ["--namespace", namespace, "logs", &job];
        self.cluster().kubectl(&arguments, "").await
    }

    async fn ended(&self, namespace: &str, job: &Value) -> Result<Option<Run>> {
        let good = condition(job, "Complete");
        if !good && !condition(job, "Failed") {
            return Ok(None);
        }
        let name = text(job, "/metadata/name");
        let path = format!(
            "/api/v1/namespaces/{namespace}/pods?labelSelector=batch.kubernetes.io/job-name={name}"
        );
        let list = self.cluster().client().await?.get(&path).await?;
        let mut pods: Vec<&Value> = list
            .get("items")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .collect();
        pods.sort_by_key(|pod| text(pod, "/metadata/creationTimestamp"));
        let end = "/status/containerStatuses/0/state/terminated";
        let ends = || pods.iter().filter_map(|pod| pod.pointer(end));
        Ok(Some(Run {
            job: name,
            good,
            reason: reason(job),
            statuses: ends()
                .filter_map(|it| it.get("exitCode")?.as_i64())
                .collect(),
            message: ends()
                .next_back()
                .map(|it| text(it, "/message"))
                .unwrap_or_default(),
        }))
    }

    async fn look<T>(&self, what: &str, find: impl AsyncFn() -> Result<Option<T>>) -> Result<T> {
        let started = Instant::now();
        loop {
            // A server that is too busy to answer will be asked again.
            let look = find().await;
            if let Ok(Some(found)) = look {
                return Ok(found);
            }
            if started.elapsed() > DEADLINE {
                look.with_context(|| format!("until {what}"))?;
                let seen = ["get", "jobs,pods", "--all-namespaces", "--output=wide"];
                let seen = self.cluster().kubectl(&seen, "").await?;
                bail!(
                    "waited {} s in vain until {what}:\n{seen}",
                    DEADLINE.as_secs()
                )
            }
            sleep(PAUSE).await;
        }
    }
}

/// Whether the controller made a Job for a slot of this CronJob: a name that ends in a minute, and no mark
/// of `kubectl create job`.
fn is_scheduled(job: &Value, cronjob: &str) -> bool {
    let name = text(job, "/metadata/name");
    let minute = name
        .strip_prefix(cronjob)
        .and_then(|rest| rest.strip_prefix('-'));
    let by_hand = job.pointer("/metadata/annotations/cronjob.kubernetes.io~1instantiate");
    by_hand.is_none() && minute.is_some_and(|it| it.bytes().all(|byte| byte.is_ascii_digit()))
}

fn reason(job: &Value) -> String {
    let conditions = job.pointer("/status/conditions").and_then(Value::as_array);
    let failed = conditions
        .into_iter()
        .flatten()
        .find(|it| it.get("type").is_some_and(|it| it == "Failed"));
    failed.map(|it| text(it, "/reason")).unwrap_or_default()
}

fn text(object: &Value, pointer: &str) -> String {
    let value = object.pointer(pointer).and_then(Value::as_str);
    value.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{is_scheduled, reason};

    #[test]
    fn a_run_by_schedule_has_a_minute_in_its_name_and_nobody_who_started_it() {
        let job = |name: &str, marks| json!({"metadata": {"name": name, "annotations": marks}});
        let none = json!({});
        let mark = json!({"cronjob.kubernetes.io/instantiate": "manual"});
        assert!(is_scheduled(
            &job("export-29766124", none.clone()),
            "export"
        ));
        assert!(!is_scheduled(&job("export-29766124", mark), "export"));
        assert!(!is_scheduled(&job("export-plan-1", none.clone()), "export"));
        assert!(!is_scheduled(&job("other-29766124", none), "export"));
    }

    #[test]
    fn the_reason_is_that_of_the_failure() {
        let job = json!({"status": {"conditions": [
            {"type": "FailureTarget", "status": "True", "reason": "x"},
            {"type": "Failed", "status": "True", "reason": "DeadlineExceeded"},
        ]}});
        assert_eq!(reason(&job), "DeadlineExceeded");
        assert_eq!(reason(&json!({})), "");
    }
}

//! `CronJob`s with their last runs.

use std::collections::BTreeMap;

use common::schedule::Schedule;
use futures_util::future::try_join3;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Deserialize;

use super::{Asking, Seen};
use crate::screen;

/// The label by which a pod names its Job.
const JOB_NAME: &str = "batch.kubernetes.io/job-name";

/// Reasons for which a container waits that do not pass by themselves.
const CANNOT_START: [&str; 5] = [
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
];

/// One `CronJob`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenCronJob {
    /// Where it is.
    pub namespace: String,
    /// What it is called.
    pub name: String,
    /// As it stands there.
    pub schedule: String,
    /// The zone of its schedule.
    pub zone: Option<String>,
    /// Whether it is suspended.
    pub suspended: bool,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// When its last good run ended.
    pub succeeded: Option<Timestamp>,
    /// Runs that are kept, the newest first.
    pub runs: Vec<Run>,
}

/// A Job of a `CronJob`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The Job's name.
    pub name: String,
    /// When it began; absent when it has not.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// How it stands.
    pub state: RunState,
    /// What its newest pod has said at its end.
    pub message: Option<Message>,
}

/// How a run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunState {
    /// It goes on.
    Active,
    /// It goes on, and its pod waits for something that will not come by itself: the reason.
    CannotStart(String),
    /// It ended well.
    Complete,
    /// It failed: the reason that Kubernetes gives.
    Failed(String),
}

/// What a run has said at its end, in a run's own words. Nothing of it is a secret.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Message {
    /// Word of a closed list.
    pub outcome: String,
    /// Exit status.
    pub code: u8,
    /// Stable word for what went wrong.
    pub class: String,
    /// What went wrong.
    pub error: String,
    /// What to do about it.
    pub hint: String,
    /// How long it took.
    pub duration_ms: Option<u64>,
}

/// The `CronJob`s of a namespace, sorted by name, with the runs that are kept.
///
/// # Errors
/// When `CronJob`s, Jobs or pods cannot be listed.
pub async fn read(asking: Asking<'_>, namespace: &str) -> Seen<Vec<SeenCronJob>> {
    // On the heap: three calls at once make a large future.
    let reading = Box::pin(try_join3(
        asking.list::<CronJob>(namespace, ""),
        asking.list::<Job>(namespace, ""),
        asking.list::<Pod>(namespace, JOB_NAME),
    ));
    let (cron_jobs, jobs, pods) = reading.await?;
    let mut of_job: BTreeMap<String, Vec<Pod>> = BTreeMap::new();
    for pod in pods {
        let labels = pod.metadata.labels.as_ref();
        if let Some(job) = labels.and_then(|labels| labels.get(JOB_NAME)) {
            of_job.entry(job.clone()).or_default().push(pod);
        }
    }
    let mut runs: BTreeMap<String, Vec<Run>> = BTreeMap::new();
    // One that is being deleted is as good as gone.
    let jobs = jobs.into_iter();
    for job in jobs.filter(|job| job.metadata.deletion_timestamp.is_none()) {
        let pods = job
            .metadata
            .name
            .as_ref()
            .and_then(|name| of_job.remove(name));
        if let Some(owner) = owner(&job.metadata) {
            let run = Run::of(job, &pods.unwrap_or_default());
            runs.entry(owner).or_default().push(run);
        }
    }
    let mut seen: Vec<_> = cron_jobs
        .into_iter()
        .map(|cron_job| {
            let uid = cron_job.metadata.uid.clone().unwrap_or_default();
            let mut runs = runs.remove(&uid).unwrap_or_default();
            runs.sort_by(|a, b| (b.started, &b.name).cmp(&(a.started, &a.name)));
            SeenCronJob::of(cron_job, namespace, runs)
        })
        .collect();
    seen.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(seen)
}

/// The uid of the `CronJob` that a Job is of.
fn owner(metadata: &ObjectMeta) -> Option<String> {
    let owners = metadata.owner_references.as_ref()?;
    let owner = owners.iter().find(|owner| owner.kind == "CronJob")?;
    Some(owner.uid.clone())
}

impl SeenCronJob {
    fn of(object: CronJob, namespace: &str, runs: Vec<Run>) -> Self {
        let spec = object.spec.unwrap_or_default();
        let status = object.status.unwrap_or_default();
        Self {
            namespace: namespace.to_owned(),
            name: object.metadata.name.unwrap_or_default(),
            schedule: spec.schedule,
            zone: spec.time_zone.filter(|zone| !zone.is_empty()),
            suspended: spec.suspend.unwrap_or_default(),
            created: object.metadata.creation_timestamp.map(|time| time.0),
            succeeded: status.last_successful_time.map(|time| time.0),
            runs,
        }
    }

    /// The newest run.
    pub fn newest(&self) -> Option<&Run> {
        self.runs.first()
    }

    /// The newest run that has ended, if it failed.
    pub fn newest_failure(&self) -> Option<&Run> {
        let mut ended = self.runs.iter().filter(|run| run.has_ended());
        ended
            .next()
            .filter(|run| matches!(run.state, RunState::Failed(_)))
    }

    /// When it is due next. `None` when it is suspended, never due again, or its schedule is none.
    pub fn next_run(&self, now: Timestamp) -> Option<Timestamp> {
        if self.suspended {
            return None;
        }
        let zone = self.zone.as_deref().unwrap_or("Etc/UTC");
        Schedule::parse(&self.schedule, zone).ok()?.next_after(now)
    }
}

impl Run {
    fn of(job: Job, pods: &[Pod]) -> Self {
        let status = job.status.unwrap_or_default();
        let conditions = status.conditions.unwrap_or_default();
        let condition = |kind: &str| {
            let mut all = conditions.iter();
            all.find(|it| it.type_ == kind && it.status == "True")
        };
        let failed = condition("Failed");
        let state = match (condition("Complete"), failed) {
            (Some(_), _) => RunState::Complete,
            (None, Some(failed)) => {
                RunState::Failed(screen::line(failed.reason.as_deref().unwrap_or("Failed")))
            }
            (None, None) => match pods.iter().find_map(cannot_start) {
                Some(reason) => RunState::CannotStart(reason),
                None => RunState::Active,
            },
        };
        let completed = status.completion_time.map(|time| time.0);
        let failed_at = failed.and_then(|it| it.last_transition_time.as_ref().map(|time| time.0));
        Self {
            name: job.metadata.name.unwrap_or_default(),
            started: status.start_time.map(|time| time.0),
            finished: completed.or(failed_at),
            state,
            message: message(pods),
        }
    }

    /// Whether it has ended, one way or the other.
    pub fn has_ended(&self) -> bool {
        match self.state {
            RunState::Active | RunState::CannotStart(_) => false,
            RunState::Complete | RunState::Failed(_) => true,
        }
    }

    /// How long it took.
    pub fn duration(&self) -> Option<SignedDuration> {
        let said = self.message.as_ref().and_then(|it| it.duration_ms);
        let said = said.and_then(|millis| i64::try_from(millis).ok());
        let seen = || Some(self.finished?.duration_since(self.started?));
        said.map(SignedDuration::from_millis).or_else(seen)
    }

    /// The word for what it came to: the run's own where it left one.
    pub fn outcome(&self) -> String {
        let said = self.message.as_ref().map(|it| it.outcome.clone());
        match &self.state {
            RunState::Active => "running".to_owned(),
            RunState::CannotStart(reason) => reason.clone(),
            RunState::Complete => said.unwrap_or_else(|| "complete".to_owned()),
            RunState::Failed(reason) => said.unwrap_or_else(|| reason.clone()),
        }
    }
}

fn cannot_start(pod: &Pod) -> Option<String> {
    let statuses = pod.status.as_ref()?.container_statuses.as_ref()?;
    let mut reasons = statuses
        .iter()
        .filter_map(|it| it.state.as_ref()?.waiting.as_ref()?.reason.clone());
    reasons.find(|reason| CANNOT_START.contains(&reason.as_str()))
}

/// What the newest pod has said. The end of a log, which stands there after a crash, is nobody's words
/// and is left out.
fn message(pods: &[Pod]) -> Option<Message> {
    let ended = pods.iter().filter_map(|pod| {
        let statuses = pod.status.as_ref()?.container_statuses.as_ref()?;
        let mut ended = statuses.iter().filter_map(|it| {
            let ended = it.state.as_ref()?.terminated.as_ref()?;
            let at = ended.finished_at.as_ref().map(|time| time.0);
            Some((at, Message::read(ended.message.as_deref()?)?))
        });
        ended.next()
    });
    let newest = ended.max_by(|(a, _), (b, _)| a.cmp(b));
    newest.map(|(_, message)| message)
}

impl Message {
    fn read(text: &str) -> Option<Self> {
        let said: Self = serde_json::from_str(text).ok()?;
        Some(Self {
            outcome: screen::line(&said.outcome),
            class: screen::line(&said.class),
            error: screen::line(&said.error),
            hint: screen::line(&said.hint),
            ..said
        })
    }
}

#[cfg(test)]
mod tests;

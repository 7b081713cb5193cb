//! For programs: one document.

use jiff::Timestamp;
use serde::Serialize;

use super::{Cluster, JobLine, Pushed, Screen, State};
use crate::seen::cron_jobs::{Message, Run};
use common::trouble::Trouble;

/// A screen as it is printed.
#[derive(Debug, Serialize)]
pub struct Document<'a> {
    /// Rises when a reader would have to change.
    version: u8,
    at: Timestamp,
    clusters: Vec<OneCluster<'a>>,
}

#[derive(Debug, Serialize)]
struct OneCluster<'a> {
    cluster: &'a str,
    /// Why it was not seen; null when it was.
    trouble: Option<&'a Trouble>,
    jobs: Vec<OneJob<'a>>,
    key_created: Option<Timestamp>,
    phase: Option<&'a str>,
    drift: Option<u64>,
    comparison_complete: Option<bool>,
    /// Why the Pushgateway was not seen; null when it was.
    pushgateway_trouble: Option<&'a Trouble>,
}

#[derive(Debug, Serialize)]
struct OneJob<'a> {
    namespace: &'a str,
    name: &'a str,
    standing: &'static str,
    schedule: Option<&'a str>,
    suspended: Option<bool>,
    last_success: Option<Timestamp>,
    next_run: Option<Timestamp>,
    stale_after_seconds: Option<i64>,
    last_run: Option<OneRun<'a>>,
    /// What the newest run said that failed, if the newest one did.
    error: Option<&'a str>,
    hint: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct OneRun<'a> {
    job: &'a str,
    started: Option<Timestamp>,
    finished: Option<Timestamp>,
    outcome: String,
    duration_seconds: Option<f64>,
}

impl Screen {
    /// The screen for programs.
    pub fn document(&self) -> Document<'_> {
        let clusters = self.clusters.iter();
        Document {
            version: 1,
            at: self.at,
            clusters: clusters.map(|it| OneCluster::of(it, self.at)).collect(),
        }
    }
}

impl<'a> OneCluster<'a> {
    fn of(cluster: &'a Cluster, at: Timestamp) -> Self {
        let state: Option<&State> = cluster.state.as_ref().ok();
        let jobs = state.map_or(&[][..], |state| &state.jobs);
        let pushed: Option<&Pushed> = state.and_then(|state| state.pushed.as_ref().ok());
        Self {
            cluster: &cluster.name,
            trouble: cluster.state.as_ref().err(),
            jobs: jobs.iter().map(|job| OneJob::of(job, at)).collect(),
            key_created: pushed.and_then(|it| it.rotation.key_created),
            phase: pushed.and_then(|it| it.rotation.phase.as_deref()),
            drift: pushed.and_then(|it| it.drift),
            comparison_complete: pushed.and_then(|it| it.comparison_complete),
            pushgateway_trouble: state.and_then(|state| state.pushed.as_ref().err()),
        }
    }
}

impl<'a> OneJob<'a> {
    fn of(job: &'a JobLine, at: Timestamp) -> Self {
        let seen = job.seen.as_ref();
        let failure = seen.and_then(|seen| seen.newest_failure());
        let said: Option<&Message> = failure.and_then(|run| run.message.as_ref());
        let words = |text: &'a str| (!text.is_empty()).then_some(text);
        Self {
            namespace: &job.namespace,
            name: &job.name,
            standing: job.standing(at).word(),
            schedule: seen.map(|seen| seen.schedule.as_str()),
            suspended: seen.map(|seen| seen.suspended),
            last_success: seen.and_then(|seen| seen.succeeded),
            next_run: seen.and_then(|seen| seen.next_run(at)),
            stale_after_seconds: job.stale_after.map(|limit| limit.as_secs()),
            last_run: seen.and_then(|seen| seen.newest()).map(OneRun::of),
            error: said.and_then(|said| words(&said.error)),
            hint: said.and_then(|said| words(&said.hint)),
        }
    }
}

impl<'a> OneRun<'a> {
    fn of(run: &'a Run) -> Self {
        Self {
            job: &run.name,
            started: run.started,
            finished: run.finished,
            outcome: run.outcome(),
            duration_seconds: run.duration().map(|length| length.as_secs_f64()),
        }
    }
}

//! The run as metrics: the group that the alert rules join with kube-state-metrics.

use jiff::Timestamp;

use super::{Identity, Outcome, RunRecord};
use crate::exposition::Family;
use crate::metrics;
use crate::number::{from_time, from_truth, to_f64};

/// What the schedule and the pod's limits say, pushed with every run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Timetable {
    /// Next slot of the schedule.
    pub next_run: Option<Timestamp>,
    /// Distance of the next two slots.
    pub period_seconds: Option<f64>,
    /// `activeDeadlineSeconds`.
    pub deadline_seconds: Option<f64>,
}

/// What is pushed before the work begins, so that a run that never ends is seen.
pub fn start_families(
    identity: &Identity,
    started: Timestamp,
    timetable: Timetable,
) -> Vec<Family> {
    let info = [
        ("version", identity.version),
        ("revision", identity.revision.as_str()),
        ("mode", identity.mode.word()),
    ];
    let mut families = vec![
        metrics::JOB_INFO.family([(info, 1.0)]),
        metrics::JOB_LAST_START.single(from_time(started)),
    ];
    families.extend(timetable.families());
    families
}

impl Timetable {
    fn families(self) -> Vec<Family> {
        let next = self
            .next_run
            .map(|at| metrics::JOB_NEXT_RUN.single(from_time(at)));
        let period = self
            .period_seconds
            .map(|value| metrics::JOB_PERIOD.single(value));
        let deadline = self
            .deadline_seconds
            .map(|value| metrics::JOB_DEADLINE.single(value));
        [next, period, deadline].into_iter().flatten().collect()
    }
}

/// What is pushed when the work is over. `earlier_failures` is the number of failed runs right
/// before this one, if it is known. A failed run leaves out the last success, and the count of
/// failures when it cannot go on counting, so that a POST keeps the old ones.
pub fn finish_families(record: &RunRecord, earlier_failures: Option<f64>) -> Vec<Family> {
    let succeeded = record.status == 0;
    let conclusion = &record.conclusion;
    let outcomes = Outcome::ALL.map(|outcome| {
        (
            [("outcome", outcome.word())],
            from_truth(outcome == conclusion.outcome),
        )
    });
    let fault = conclusion
        .problem
        .as_ref()
        .map_or("none", |problem| problem.code.as_str());
    let calls = record.api_calls.iter().map(|(kind, count)| {
        let labels = [
            ("service", kind.service.as_str()),
            ("operation", kind.operation.as_str()),
            ("result", kind.result.word()),
        ];
        (labels, to_f64(*count))
    });
    let failures = if succeeded {
        Some(0.0)
    } else {
        earlier_failures.map(|earlier| earlier + 1.0)
    };
    let duration = record
        .finished
        .duration_since(record.started)
        .as_secs_f64()
        .max(0.0);
    let mut families = vec![
        metrics::JOB_LAST_FINISH.single(from_time(record.finished)),
        metrics::JOB_LAST_EXIT_CODE.single(f64::from(record.status)),
        metrics::JOB_LAST_OUTCOME.family(outcomes),
        metrics::JOB_LAST_FAULT.family([([("code", fault)], 1.0)]),
        metrics::JOB_LAST_DURATION.single(duration),
    ];
    families.extend(failures.map(|count| metrics::JOB_CONSECUTIVE_FAILURES.single(count)));
    // An outcome that skips the work proves nothing about it.
    if succeeded && conclusion.outcome != Outcome::SkippedLocked {
        families.push(metrics::JOB_LAST_SUCCESS.single(from_time(record.finished)));
    }
    families.extend(
        record
            .next_run
            .map(|at| metrics::JOB_NEXT_RUN.single(from_time(at))),
    );
    if !record.api_calls.is_empty() {
        families.push(metrics::JOB_API_CALLS.family(calls));
    }
    families
}

//! Whether every `CronJob` is there, runs, and has done its work of late.

use jiff::{SignedDuration, Timestamp};

use super::installation::CronJob;
use super::report::{Area, Check, Finding};
use crate::mend::Mend;
use crate::screen::{self, count};
use crate::seen::Seen;
use crate::seen::cron_jobs::{Run, RunState, SeenCronJob};

/// The `CronJob`s of one namespace.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    pub(super) namespace: String,
    pub(super) seen: Seen<Vec<SeenCronJob>>,
}

/// Holds the `CronJob`s that should be there against those that are; `places` are all where there should be some.
pub(super) fn judge(
    expected: &[CronJob],
    places: &[Place],
    now: Timestamp,
    mend: Mend<'_>,
) -> Check {
    let mut findings = Vec::new();
    let mut details = Vec::new();
    let (mut fresh, mut twins) = (0_usize, 0_usize);
    for place in places {
        let seen = match &place.seen {
            Ok(seen) => seen,
            Err(why) => {
                let object = format!("CronJobs in {}", place.namespace);
                findings.push(Finding::unseen(object, why));
                continue;
            }
        };
        for job in expected.iter().filter(|it| it.namespace == place.namespace) {
            let before = findings.len();
            match seen.iter().find(|it| it.name == job.name) {
                None => findings.push(Finding::wrong(
                    object(job),
                    "it is not there, so nothing runs it any more",
                    mend.install(),
                )),
                Some(seen) if job.is_twin => findings.extend(judge_twin(job, seen, mend)),
                Some(seen) => {
                    let judged = Judged {
                        job,
                        seen,
                        now,
                        mend,
                    };
                    findings.extend(judged.findings());
                    details.push(judged.row());
                }
            }
            if findings.len() == before {
                *if job.is_twin { &mut twins } else { &mut fresh } += 1;
            }
        }
    }
    let all = expected.iter().filter(|it| !it.is_twin).count();
    Check {
        area: Area::Jobs,
        well: format!(
            "{fresh} of {} fresh, {} suspended as meant",
            count(all, "CronJob"),
            count(twins, "plan twin")
        ),
        details,
        findings,
    }
}

fn object(job: &CronJob) -> String {
    format!("CronJob {}/{}", job.namespace, job.name)
}

fn patch(job: &CronJob, suspend: bool, mend: Mend<'_>) -> String {
    let name = &job.name;
    let patch = format!("patch cronjob {name} --patch '{{\"spec\":{{\"suspend\":{suspend}}}}}'");
    mend.kubectl(&job.namespace, patch)
}

fn judge_twin(job: &CronJob, seen: &SeenCronJob, mend: Mend<'_>) -> Option<Finding> {
    if seen.suspended {
        return None;
    }
    Some(Finding::warning(
        object(job),
        "it is not suspended, and only people should run it",
        patch(job, true, mend),
    ))
}

struct Judged<'a> {
    job: &'a CronJob,
    seen: &'a SeenCronJob,
    now: Timestamp,
    mend: Mend<'a>,
}

impl Judged<'_> {
    fn findings(&self) -> Vec<Finding> {
        let Self {
            job, seen, mend, ..
        } = self;
        let mut findings = Vec::new();
        if let Some(wanted) = job.schedule.as_ref().filter(|it| **it != seen.schedule) {
            let text = format!(
                "it runs at `{}`, and the chart says `{wanted}`",
                screen::line(&seen.schedule)
            );
            findings.push(Finding::warning(object(job), text, mend.install()));
        }
        if seen.suspended {
            let text = "it is suspended, so nothing runs it";
            findings.push(Finding::wrong(object(job), text, patch(job, false, *mend)));
            return findings;
        }
        if let Some(run) = seen.newest()
            && let RunState::CannotStart(reason) = &run.state
        {
            let text = format!("the pod of {} cannot start: {reason}", run.name);
            let pods = format!(
                "describe pods --selector batch.kubernetes.io/job-name={}",
                run.name
            );
            let mend = mend.kubectl(&job.namespace, pods);
            findings.push(Finding::wrong(object(job), text, mend));
        }
        match self.staleness() {
            Some(text) => {
                let finding = Finding::wrong(object(job), text, self.look());
                findings.push(Self::with_words(finding, seen.newest()));
            }
            None => {
                if let Some(run) = seen.newest_failure() {
                    let text = format!("its newest finished run failed: {}", run.outcome());
                    let finding = Finding::warning(object(job), text, self.logs(run));
                    findings.push(Self::with_words(finding, Some(run)));
                }
            }
        }
        findings
    }

    /// Why its last success is too old, if it is.
    fn staleness(&self) -> Option<String> {
        let limit = self.job.stale_after?;
        let ago = |at: Timestamp| self.now.duration_since(at);
        match (self.seen.succeeded, self.seen.created) {
            (Some(at), _) if ago(at) > limit => Some(format!(
                "its last good run ended {} ago, and more than {} is too long",
                screen::span(ago(at)),
                screen::span(limit)
            )),
            (None, Some(created)) if ago(created) > limit => Some(format!(
                "it was made {} ago and has never had a good run",
                screen::span(ago(created))
            )),
            _ => None,
        }
    }

    /// What shows why, or tries it.
    fn look(&self) -> String {
        match self.seen.newest_failure() {
            Some(run) => self.logs(run),
            None => self.mend.run(&self.job.namespace, &self.job.name),
        }
    }

    fn logs(&self, run: &Run) -> String {
        let logs = format!("logs job/{} --tail 20", run.name);
        self.mend.kubectl(&self.job.namespace, logs)
    }

    fn with_words(finding: Finding, run: Option<&Run>) -> Finding {
        let said = run.and_then(|run| run.message.as_ref());
        let Some(said) = said.filter(|said| said.code != 0) else {
            return finding;
        };
        finding
            .saying("outcome", &format!("{} ({})", said.outcome, said.class))
            .saying("error", &said.error)
            .saying("hint", &said.hint)
    }

    fn row(&self) -> Vec<String> {
        let Self { seen, now, .. } = self;
        let name = seen.name.clone();
        let next = match seen.next_run(*now) {
            Some(at) => format!("next {}", at.strftime("%H:%MZ")),
            None => String::new(),
        };
        let Some(run) = seen.newest() else {
            let said = match seen.succeeded {
                // Its Jobs are gone, and the CronJob remembers.
                Some(at) => format!("good {} ago", screen::about(now.duration_since(at))),
                None => "no run yet".to_owned(),
            };
            return vec![name, said, String::new(), next];
        };
        let when = run.finished.or(run.started);
        let when = when.map(|at| screen::about(now.duration_since(at)));
        let took = run.duration().map(short).unwrap_or_default();
        let said = match when {
            Some(when) => format!("{} {when} ago", run.outcome()),
            None => run.outcome(),
        };
        vec![name, said, took, next]
    }
}

/// `in 3 s`, or in tenths below ten seconds.
fn short(length: SignedDuration) -> String {
    let tenths = length.as_millis() / 100;
    if tenths < 100 {
        format!("in {}.{} s", tenths / 10, tenths % 10)
    } else {
        format!("in {}", screen::span(length))
    }
}

#[cfg(test)]
mod tests;

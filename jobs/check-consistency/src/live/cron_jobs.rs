//! Whether `CronJob`s have done their work of late.

use common::schedule::Schedule;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::batch::v1::CronJob;

use super::findings::{Found, findings, list, named};
use super::names::CRON_JOBS;
use super::reader::Reader;
use super::reading::{Reading, gaps, parts, seen};
use crate::config::CronJobs;
use crate::finding::{Finding, Standing, Unknown};
use crate::object::Kind;
use crate::path::Glob;
use crate::survey::{Gap, Part};

/// What a schedule without a zone is read in: the controller's own zone is nowhere to be seen.
const ASSUMED_ZONE: &str = "Etc/UTC";

/// What is known of the `CronJob`s of one cluster.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Jobs {
    jobs: Vec<Job>,
    /// When they were read.
    at: Timestamp,
}

/// One `CronJob`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Job {
    name: String,
    schedule: String,
    zone: Option<String>,
    suspended: bool,
    created: Option<Timestamp>,
    succeeded: Option<Timestamp>,
}

/// Reads the `CronJob`s of one cluster.
pub(super) async fn read(reader: &Reader<'_>) -> Result<Jobs, Gap> {
    let jobs = reader.list::<CronJob>("").await?;
    Ok(Jobs {
        jobs: jobs.into_iter().map(Job::of).collect(),
        at: reader.context.clock.now(),
    })
}

impl Job {
    fn of(object: CronJob) -> Self {
        let spec = object.spec.unwrap_or_default();
        let status = object.status.unwrap_or_default();
        Self {
            name: object.metadata.name.unwrap_or_default(),
            schedule: spec.schedule,
            zone: spec.time_zone.filter(|zone| !zone.is_empty()),
            suspended: spec.suspend.unwrap_or_default(),
            created: object.metadata.creation_timestamp.map(|time| time.0),
            succeeded: status.last_successful_time.map(|time| time.0),
        }
    }

    /// How it stands, and in words why.
    fn judge(&self, policy: &CronJobs, now: Timestamp) -> Result<(), (Standing, String)> {
        if self.suspended {
            let suspended = (Standing::Stale, "it is suspended".to_owned());
            return if policy.may_be_suspended {
                Ok(())
            } else {
                Err(suspended)
            };
        }
        let zone = self.zone.as_deref().unwrap_or(ASSUMED_ZONE);
        let schedule = Schedule::parse(&self.schedule, zone)
            .map_err(|error| (Standing::Unknown(Unknown::Garbled), error.to_string()))?;
        // The slot after the last success is the first one that can have been missed.
        let grace = SignedDuration::try_from(policy.grace).unwrap_or(SignedDuration::MAX);
        let missed = |since: Timestamp| {
            let slot = schedule.next_after(since)?;
            (slot.checked_add(grace).ok()? < now).then_some(slot)
        };
        let (slot, since) = match (self.succeeded, self.created) {
            (Some(succeeded), _) => {
                let since = format!("it has last succeeded at {}", second(succeeded));
                (missed(succeeded), since)
            }
            // The first slot may belong to a schedule that was changed since; two of them do not.
            (None, Some(created)) => {
                let slot = missed(created);
                let second_slot = slot.and_then(|slot| schedule.next_after(slot));
                let passed = second_slot.is_some_and(|slot| slot < now);
                (slot.filter(|_| passed), "it has never succeeded".to_owned())
            }
            (None, None) => return Ok(()),
        };
        let Some(slot) = slot else {
            return Ok(());
        };
        let next = schedule.next_after(now);
        let next = next.map_or("none is due any more".to_owned(), |next| {
            format!("the next one is due at {}", second(next))
        });
        let zone = if self.depends_on_zone() {
            ", its schedule read in UTC for want of a time zone"
        } else {
            ""
        };
        let slot = second(slot);
        let text = format!("{since}, while a run was due at {slot}; {next}{zone}");
        Err((Standing::Stale, text))
    }

    /// Whether its times depend on a zone that is nowhere to be seen.
    fn depends_on_zone(&self) -> bool {
        let by_clock = if self.schedule.starts_with('@') {
            !self.schedule.starts_with("@every") && self.schedule != "@hourly"
        } else {
            let mut fields = self.schedule.split_whitespace();
            fields.next();
            fields.any(|field| field != "*")
        };
        self.zone.is_none() && by_clock
    }
}

/// To the second.
fn second(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// Judges the `CronJob`s of all clusters. The first policy whose name fits decides.
pub(super) fn judge(
    readings: &[Reading<Jobs>],
    names: &[&str],
    namespace: &str,
    policies: &[CronJobs],
) -> (Vec<Finding>, Vec<Part>, Vec<String>) {
    let kind = Kind::new("batch", "CronJob");
    let mut found = Vec::new();
    let mut warnings = Vec::new();
    let mut used = vec![false; policies.len()];
    for (cluster, Jobs { jobs, at }) in seen(readings) {
        let name = names.get(cluster).copied().unwrap_or_default();
        let mut without_zone = Vec::new();
        for job in jobs {
            let mut fitting = policies.iter().zip(&mut used);
            let Some((policy, used)) =
                fitting.find(|(policy, _)| Glob::new(&policy.name).matches(&job.name))
            else {
                continue;
            };
            *used = true;
            let object = named(&kind, namespace, &job.name);
            found.push(match job.judge(policy, *at) {
                Ok(()) => Found::well(object, cluster),
                Err((standing, text)) => {
                    let text = format!("{name}: {text}");
                    Found::wrong(object, cluster, standing, text).hint(hint(standing, job))
                }
            });
            if job.depends_on_zone() {
                without_zone.push(job.name.as_str());
            }
        }
        if !without_zone.is_empty() {
            warnings.push(format!(
                "{name}: without a timeZone the controller's own decides when a run is due, and UTC is \
                 taken for it: {}",
                list(without_zone)
            ));
        }
    }
    // A cluster that was not read may have what fits.
    if readings.iter().all(|reading| reading.gap().is_none()) {
        let unused = policies.iter().zip(used).filter(|(_, used)| !used);
        found.extend(unused.map(|(policy, _)| Found {
            standing: Standing::Missing,
            text: Some("no cluster has it, and it must have succeeded of late".to_owned()),
            hint: Some("create it, or correct its name in the configuration".to_owned()),
            absent: seen(readings).map(|(cluster, _)| cluster).collect(),
            clusters: Vec::new(),
            ..Found::well(named(&kind, namespace, &policy.name), 0)
        }));
    }
    let parts = parts(CRON_JOBS, &kind, readings, |jobs| Ok(jobs.jobs.len()));
    (findings(CRON_JOBS, &gaps(readings), found), parts, warnings)
}

fn hint(standing: Standing, job: &Job) -> String {
    if standing.is_unknown() {
        "correct its schedule".to_owned()
    } else if job.suspended {
        "resume it, or allow in the configuration that it is suspended".to_owned()
    } else {
        format!("look at the Jobs of {} and at their pods", job.name)
    }
}

#[cfg(test)]
mod tests;

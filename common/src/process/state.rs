//! Pushes the state of a CronJob's run: at its start and at its end.
//!
//! Only a run that a CronJob started has a state group: a run by hand from a terminal must not
//! look like a scheduled one. Failing to push never stops the work.

use std::time::Duration;

use jiff::Timestamp;

use crate::cancel::{Cancellation, Cause};
use crate::clock::Clock;
use crate::env::Env;
use crate::exposition::Family;
use crate::fault::chain;
use crate::metrics::{JOB_CONSECUTIVE_FAILURES, JOB_LAST_FINISH, Metric};
use crate::pushgateway::{Detail, Gateway, GatewayError, GroupKey, StoredGroup, TIMEOUTS};
use crate::report::{Identity, Mode, RunRecord, Timetable, finish_families, start_families};
use crate::schedule::Schedule;
use crate::secret::{ExposeSecret as _, SecretString};

/// All requests of one push, with repetitions.
const BUDGET: Duration = Duration::from_secs(15);

/// The same from the moment on at which the run is told to stop: with the time that work has to
/// come to an end, it must fit into what Kubernetes grants after SIGTERM.
const BUDGET_WHEN_STOPPED: Duration = Duration::from_secs(5);

/// Where a run's state goes.
#[derive(Debug)]
pub(super) struct StateGroup {
    gateway: Gateway,
    key: GroupKey,
    pub(super) timetable: Timetable,
}

impl StateGroup {
    /// For a run that a CronJob started; `None` for any other. A gateway URL that is wrong is for
    /// the job to complain about: its data goes the same way. `deadline` is the pod's.
    pub(super) fn open(
        gateway: Option<&SecretString>,
        identity: &Identity,
        env: &Env,
        clock: &Clock,
        deadline: Option<Duration>,
    ) -> Option<Self> {
        let cronjob = identity.cronjob.as_deref()?;
        if identity.mode == Mode::Plan {
            return None;
        }
        let gateway = Gateway::new(gateway?.expose_secret(), TIMEOUTS).ok()?;
        let labels = [
            ("namespace", identity.namespace.as_str()),
            ("cronjob", cronjob),
        ];
        let key = GroupKey::new(identity.job, labels).ok()?;
        Some(Self {
            gateway,
            key,
            timetable: timetable(env, clock.now(), deadline),
        })
    }

    pub(super) async fn push_start(&self, identity: &Identity, started: Timestamp) {
        let families = start_families(identity, started, self.timetable);
        let push = self.gateway.post(&self.key, &families);
        match tokio::time::timeout(BUDGET, push).await {
            Ok(Ok(())) => (),
            Ok(Err(error)) => tracing::warn!("start of the run not pushed: {}", chain(&error)),
            Err(_) => tracing::warn!("start of the run not pushed: no answer in time"),
        }
    }

    /// Pushes the end of the run and reads it back; says whether both worked.
    pub(super) async fn push_finish(&self, record: &RunRecord, cancel: &Cancellation) -> bool {
        let overdue = async {
            let stopped = async {
                cancel.cancelled().await;
                // After the inner deadline the pod still has a minute; after a signal it has not.
                if cancel.cause() == Some(Cause::Signal) {
                    tokio::time::sleep(BUDGET_WHEN_STOPPED).await;
                } else {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                () = tokio::time::sleep(BUDGET) => (),
                () = stopped => (),
            }
        };
        let error = tokio::select! {
            result = self.deliver_finish(record) => match result {
                Ok(()) => return true,
                Err(error) => error,
            },
            () = overdue => "no answer in time".to_owned(),
        };
        tracing::warn!("end of the run not delivered to the Pushgateway: {error}");
        false
    }

    /// The proof of delivery is the end's own timestamp: no clock but ours has written it, and the
    /// families of one push are taken together or not at all.
    async fn deliver_finish(&self, record: &RunRecord) -> Result<(), String> {
        let earlier = if record.status == 0 {
            Some(0.0)
        } else {
            self.earlier_failures().await
        };
        let families = finish_families(record, earlier);
        let in_words = |error: GatewayError| chain(&error);
        let push = self.gateway.post(&self.key, &families);
        push.await.map_err(in_words)?;
        let held = self.held().await.map_err(in_words)?;
        let held = held.and_then(|group| value(&group, JOB_LAST_FINISH));
        let sent = families
            .iter()
            .find(|family| family.name == JOB_LAST_FINISH.name)
            .and_then(first_value);
        if held == sent {
            Ok(())
        } else {
            Err("it was accepted, but the Pushgateway does not hold it".to_owned())
        }
    }

    /// Failed runs right before this one; `None` when the Pushgateway does not say, so that the
    /// count is left alone.
    async fn earlier_failures(&self) -> Option<f64> {
        match self.held().await {
            Ok(group) => Some(
                group
                    .and_then(|group| value(&group, JOB_CONSECUTIVE_FAILURES))
                    .unwrap_or(0.0),
            ),
            Err(error) => {
                tracing::warn!(
                    "earlier failures of this CronJob not counted: {}",
                    chain(&error)
                );
                None
            }
        }
    }

    /// The group as the Pushgateway holds it.
    async fn held(&self) -> Result<Option<StoredGroup>, GatewayError> {
        let detail = |key: &GroupKey| {
            if *key == self.key {
                Detail::Samples
            } else {
                Detail::Counts
            }
        };
        let stored = self.gateway.stored(detail).await?;
        Ok(stored.into_iter().find(|group| group.key == self.key))
    }
}

fn value(group: &StoredGroup, metric: Metric) -> Option<f64> {
    first_value(&group.family(metric.name)?.family)
}

fn first_value(family: &Family) -> Option<f64> {
    family.samples.first().map(|sample| sample.value)
}

/// What `SCHEDULE` and `TIME_ZONE` say. The chart writes them from the values of the CronJob itself.
fn timetable(env: &Env, now: Timestamp, deadline: Option<Duration>) -> Timetable {
    let zone = env.get("TIME_ZONE").unwrap_or("UTC");
    let schedule = env
        .get("SCHEDULE")
        .and_then(|text| match Schedule::parse(text, zone) {
            Ok(schedule) => Some(schedule),
            Err(error) => {
                tracing::warn!("SCHEDULE is not pushed: {}", chain(&error));
                None
            }
        });
    Timetable {
        next_run: schedule
            .as_ref()
            .and_then(|schedule| schedule.next_after(now)),
        period_seconds: schedule
            .as_ref()
            .and_then(|schedule| schedule.period_after(now))
            .map(|period| period.as_secs_f64()),
        deadline_seconds: deadline.map(|deadline| deadline.as_secs_f64()),
    }
}

//! Pushes the state of a CronJob's run: at its start and at its end.
//!
//! Only a run that a CronJob started has a state group: a run by hand from a terminal must not
//! look like a scheduled one. Failing to push never stops the work.

use std::time::Duration;

use jiff::Timestamp;

use crate::cancel::Cause;
use crate::clock::Clock;
use crate::env::Env;
use crate::fault::chain;
use crate::metrics::JOB_CONSECUTIVE_FAILURES;
use crate::pushgateway::{Detail, Expected, Gateway, GroupKey, TIMEOUTS};
use crate::report::{Identity, Mode, RunRecord, Timetable, finish_families, start_families};
use crate::schedule::Schedule;
use crate::secret::{ExposeSecret as _, SecretString};

/// All requests of one push, with repetitions.
const BUDGET: Duration = Duration::from_secs(15);

/// The same after a signal: with the ten seconds of the work it fits into a pod's grace period of
/// twenty, after which there would be no report at all.
const BUDGET_AFTER_SIGNAL: Duration = Duration::from_secs(7);

/// Where a run's state goes.
#[derive(Debug)]
pub(super) struct StateGroup {
    gateway: Gateway,
    key: GroupKey,
    pub(super) timetable: Timetable,
}

impl StateGroup {
    /// For a run that a CronJob started; `None` for any other. A gateway URL that is wrong is for
    /// the job to complain about: its data goes the same way.
    pub(super) fn open(
        gateway: Option<&SecretString>,
        identity: &Identity,
        env: &Env,
        clock: &Clock,
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
            timetable: timetable(env, clock.now()),
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

    /// Pushes the end of the run and reads it back; says whether both worked. `stopped` is why the
    /// run was told to stop, if it was.
    pub(super) async fn push_finish(&self, record: &RunRecord, stopped: Option<Cause>) -> bool {
        let budget = match stopped {
            Some(Cause::Signal) => BUDGET_AFTER_SIGNAL,
            Some(Cause::Deadline) | None => BUDGET,
        };
        let push = async {
            let earlier = if record.status == 0 {
                0.0
            } else {
                self.earlier_failures().await
            };
            let families = finish_families(record, earlier);
            self.gateway
                .post(&self.key, &families)
                .await
                .map_err(|error| chain(&error))?;
            let expected = [Expected::after_post(&self.key, &families)];
            let verified = self.gateway.verify(&expected).await;
            verified.map_err(|error| chain(&error))
        };
        let error = match tokio::time::timeout(budget, push).await {
            Ok(Ok(())) => return true,
            Ok(Err(error)) => error,
            Err(_) => "no answer in time".to_owned(),
        };
        tracing::warn!("end of the run not delivered to the Pushgateway: {error}");
        false
    }

    /// Failed runs right before this one; 0 when the Pushgateway does not know.
    async fn earlier_failures(&self) -> f64 {
        let stored = self
            .gateway
            .stored(|key| {
                if *key == self.key {
                    Detail::Samples
                } else {
                    Detail::Counts
                }
            })
            .await
            .unwrap_or_default();
        stored
            .iter()
            .find(|group| group.key == self.key)
            .and_then(|group| group.family(JOB_CONSECUTIVE_FAILURES.name))
            .and_then(|stored| stored.family.samples.first())
            .map_or(0.0, |sample| sample.value)
    }
}

/// What `SCHEDULE`, `TIME_ZONE` and `ACTIVE_DEADLINE_SECONDS` say. The chart writes them from the
/// values of the CronJob itself.
fn timetable(env: &Env, now: Timestamp) -> Timetable {
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
        deadline_seconds: env
            .get("ACTIVE_DEADLINE_SECONDS")
            .and_then(|text| text.parse().ok()),
    }
}

//! What a run leaves behind: metrics, Events about what has changed, notes for the next run, and the
//! Lease.

pub(super) mod notes;

use std::time::Duration;

use common::events::{Event, Kind, Recorder};
use common::exit::Exit;
use common::fault::chain;
use common::lease::Guard;
use common::process::Context;
use common::report::Conclusion;
use common::secret::SecretString;

use crate::engine::Ended;
use crate::plan::Phase;
use crate::report::metrics;
use notes::Notes;

/// For each part of it.
const BUDGET: Duration = Duration::from_secs(15);

/// The same for a run that was told to stop: the process ends soon.
const BUDGET_WHEN_STOPPED: Duration = Duration::from_secs(3);

/// The end of a run.
pub(super) struct Parting<'a> {
    pub(super) context: &'a Context,
    pub(super) recorder: &'a Recorder,
    pub(super) pushgateway: Option<&'a SecretString>,
}

impl Parting<'_> {
    /// Does all of it; nothing of it changes the exit status.
    pub(super) async fn leave(
        &self,
        guard: Option<Guard>,
        ended: &Ended,
        conclusion: Conclusion,
    ) -> Conclusion {
        let earlier = Notes::read(&guard.as_ref().map(Guard::notes).unwrap_or_default());
        let now = earlier.after(ended, &conclusion);
        let pushed = self.push(ended, &now).await;
        for event in events(&earlier, ended, &conclusion) {
            self.within(self.recorder.publish(&event)).await;
        }
        if let Some(guard) = guard {
            now.write(&guard);
            match self.within(guard.release()).await {
                Some(Ok(())) => {}
                Some(Err(error)) => tracing::warn!("Lease not given back: {}", chain(&error)),
                None => tracing::warn!("Lease not given back: no answer in time"),
            }
        }
        Conclusion {
            pushed,
            ..conclusion
        }
    }

    /// Pushes the rotation's state and reads it back; says whether both worked.
    async fn push(&self, ended: &Ended, notes: &Notes) -> Option<bool> {
        let url = self.pushgateway?;
        let phase_since = notes.phase_since.unwrap_or(ended.world.now);
        let families = metrics::families(&ended.world, &ended.plan, phase_since, notes.probe);
        let what = "state of the rotation";
        let delivered = self.context.deliver(what, url, &families).await;
        if let Err(why) = &delivered {
            let event = Event {
                kind: Kind::Warning,
                reason: "PushFailed",
                action: "Push",
                note: why.to_string(),
            };
            self.within(self.recorder.publish(&event)).await;
        }
        Some(delivered.is_ok())
    }

    async fn within<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let budget = if self.context.cancel.is_cancelled() {
            BUDGET_WHEN_STOPPED
        } else {
            BUDGET
        };
        tokio::time::timeout(budget, work).await.ok()
    }
}

/// Events about what is not as it was after the run before.
fn events(earlier: &Notes, ended: &Ended, conclusion: &Conclusion) -> Vec<Event> {
    let problem = conclusion.problem.as_ref();
    let text = problem.map_or(ended.plan.because.as_str(), |it| it.error.as_str());
    let mut events = Vec::new();
    let blocked = ended.plan.phase == Phase::Blocked;
    if blocked && earlier.phase.as_deref() != Some(Phase::Blocked.word()) {
        events.push(Event {
            kind: Kind::Warning,
            reason: "RotationBlocked",
            action: "Rotate",
            note: text.to_owned(),
        });
    }
    let failed_before = earlier
        .last_code
        .is_some_and(|code| code != Exit::Done.status());
    let fails = conclusion.exit != Exit::Done;
    if fails && !failed_before {
        events.push(Event {
            kind: Kind::Warning,
            reason: "RunFailed",
            action: "Rotate",
            note: text.to_owned(),
        });
    } else if failed_before && !fails {
        events.push(Event {
            kind: Kind::Normal,
            reason: "RunSucceeded",
            action: "Rotate",
            note: ended.plan.because.clone(),
        });
    }
    events
}

#[cfg(test)]
mod tests;

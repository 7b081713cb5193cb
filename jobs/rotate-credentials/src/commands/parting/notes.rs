//! What runs leave to each other in the Lease. Lost notes cost a little: a phase seems younger, an
//! Event is published twice.

use std::collections::BTreeMap;

use common::lease::Guard;
use common::report::Conclusion;
use jiff::Timestamp;

use crate::engine::Ended;
use crate::report::metrics;
use crate::world::Rolls;

const PHASE: &str = "phase";
const PHASE_SINCE: &str = "phase-since";
const LAST_CODE: &str = "last-code";
const PROBE: &str = "smtp-probe";
const ROLLS: &str = "rolls";

/// The notes of one run; absent are those that were lost or never written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Notes {
    /// The phase that the rotation was in.
    pub(super) phase: Option<String>,
    /// Since when.
    pub(super) phase_since: Option<Timestamp>,
    /// Exit status.
    pub(super) last_code: Option<u8>,
    /// What the mail server said to the current login when it was last tried.
    pub(super) probe: Option<bool>,
    /// Logins that were written into clusters in the last day.
    pub(super) rolls: Rolls,
}

/// The writes that runs of the last day noted.
pub(in crate::commands) fn rolls(guard: &Guard) -> Rolls {
    Notes::read(&guard.notes()).rolls
}

impl Notes {
    pub(super) fn read(notes: &BTreeMap<String, String>) -> Self {
        let text = |name| notes.get(name).map(String::as_str);
        Self {
            phase: text(PHASE).map(str::to_owned),
            phase_since: text(PHASE_SINCE).and_then(|at| at.parse().ok()),
            last_code: text(LAST_CODE).and_then(|code| code.parse().ok()),
            probe: text(PROBE).and_then(|probe| probe.parse().ok()),
            rolls: text(ROLLS).map(Rolls::read).unwrap_or_default(),
        }
    }

    /// The notes after a run that found these.
    pub(super) fn after(&self, ended: &Ended, conclusion: &Conclusion) -> Self {
        let phase = ended.plan.phase.word();
        let lasts = self.phase.as_deref() == Some(phase);
        Self {
            phase: Some(phase.to_owned()),
            phase_since: self.phase_since.filter(|_| lasts).or(Some(ended.world.now)),
            last_code: Some(conclusion.exit.status()),
            probe: metrics::probe_of(&ended.world).or(self.probe),
            rolls: ended.world.run.rolls.clone(),
        }
    }

    pub(super) fn write(&self, guard: &Guard) {
        let notes = [
            (PHASE, self.phase.clone()),
            (PHASE_SINCE, self.phase_since.map(|at| at.to_string())),
            (LAST_CODE, self.last_code.map(|code| code.to_string())),
            (PROBE, self.probe.map(|probe| probe.to_string())),
            (ROLLS, Some(self.rolls.to_string())),
        ];
        for (name, value) in notes {
            if let Some(value) = value {
                guard.note(name, value);
            }
        }
    }
}

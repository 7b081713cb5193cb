//! What happened so far: the faults of each run, from which everything follows.

use std::hash::{DefaultHasher, Hash as _};

use crate::faults::Fault;
use crate::model::{Seconds, Terms};

/// The faults of each run, from the first on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// How the world behaves.
    pub terms: Terms,
    /// Each run's faults by boundary.
    pub runs: Vec<Vec<(usize, Fault)>>,
    /// When the run began in which the last fault happened.
    pub last_fault: Seconds,
}

impl Story {
    /// A story without any fault yet.
    pub(super) fn beginning_with(terms: Terms, now: Seconds) -> Self {
        Self {
            terms,
            runs: Vec::new(),
            last_fault: now,
        }
    }

    pub(super) fn add(&mut self, schedule: Vec<(usize, Fault)>) {
        self.runs.push(schedule);
    }

    pub(super) fn broken_at(&mut self, now: Seconds) {
        self.last_fault = now;
    }

    /// Every fault of it.
    pub fn faults(&self) -> impl Iterator<Item = Fault> {
        self.runs.iter().flatten().map(|(_, fault)| *fault)
    }

    /// What decides, beside the world, whether it ends well.
    pub(super) fn hash_context(&self, now: Seconds, hash: &mut DefaultHasher) {
        (now - self.last_fault).hash(hash);
        let mut actors: Vec<_> = self.faults().filter_map(Fault::actor).collect();
        actors.sort_unstable();
        actors.hash(hash);
    }
}

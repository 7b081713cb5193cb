//! I8: whether a story ended as it may, and in time.

use std::collections::BTreeMap;
use std::sync::MutexGuard;

use super::Search;
use super::ending::{End, Ending, allowed};
use super::report::Finding;
use super::story::Story;
use crate::faults::Fault;
use crate::invariants::Violation;
use crate::model::{DAY, Seconds, Terms, World};

/// A story ends within this time of its last fault.
const IN_TIME: Seconds = 10 * DAY;
/// The same where everything takes longer.
const IN_TIME_SLOW: Seconds = 12 * DAY;

impl Search {
    pub(super) fn endings(&self) -> MutexGuard<'_, BTreeMap<u64, Ending>> {
        match self.endings.lock() {
            Ok(endings) => endings,
            Err(poisoned) => poisoned.into_inner(),
        }
    }

    pub(super) fn conclude(&self, story: &Story, ending: Ending, world: &World) {
        self.conclude_at(story, &ending.later(0, world.now));
    }

    /// Judges the end of a story.
    pub(super) fn conclude_at(&self, story: &Story, ending: &Ending) {
        let actors = || story.faults().filter_map(Fault::actor);
        let code = match ending.end {
            End::Idle => "",
            End::IdleBesideForeign => "foreign-key",
            End::Stuck(code) => code,
            End::Broken => return,
        };
        let fine = ending.end == End::Idle || actors().any(|actor| allowed(actor).contains(&code));
        let text = if fine {
            let limit = if story.terms == Terms::QUICK {
                IN_TIME
            } else {
                IN_TIME_SLOW
            };
            let limit = limit + actors().map(crate::actors::Actor::delay).sum::<Seconds>();
            let took = ending.at - story.last_fault;
            if took <= limit || ending.end != End::Idle {
                return;
            }
            format!("it took {} hours to be idle", took / 3600)
        } else {
            format!("it ends with {:?}", ending.end)
        };
        self.add(
            story,
            Violation {
                invariant: "I8",
                text,
            },
        );
    }

    /// Notes a violation of that world; whether there was one.
    pub(super) fn found(&self, world: &World, story: &Story) -> bool {
        let Some(violation) = &world.ledger.violation else {
            return false;
        };
        self.add(story, violation.clone());
        true
    }

    pub(super) fn add(&self, story: &Story, violation: Violation) {
        let mut findings = match self.findings.lock() {
            Ok(findings) => findings,
            Err(poisoned) => poisoned.into_inner(),
        };
        findings.push(Finding {
            story: story.clone(),
            violation,
        });
    }

    /// Whether enough was found.
    pub(super) fn is_enough(&self) -> bool {
        match self.findings.lock() {
            Ok(findings) => findings.len() >= self.settings.findings,
            Err(poisoned) => poisoned.into_inner().len() >= self.settings.findings,
        }
    }
}

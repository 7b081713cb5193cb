//! What was explored and what was found, for people.

use std::cell::RefCell;
use std::fmt;
use std::sync::atomic::Ordering;

use super::Search;
use super::story::Story;
use crate::invariants::Violation;
use crate::lies::Lie;
use crate::model::{DAY, Seconds, World};
use crate::run::{Orders, once};

/// A story in which something was violated.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What happened.
    pub story: Story,
    /// What broke.
    pub violation: Violation,
}

/// How much was explored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Different worlds at the beginning of a run.
    pub worlds: usize,
    /// Effects that were made, refused or lost.
    pub effects: u64,
    /// Faults that struck something.
    pub faults: u64,
    /// Runs.
    pub runs: u64,
    /// The first residual risk: somebody acted between the last look at IAM and the call.
    pub acted_in_gap: u64,
    /// The second: a person's key was taken for our own lost one.
    pub mistaken: u64,
}

/// What was explored and found.
#[derive(Debug, Clone)]
pub struct Report {
    /// How much.
    pub counts: Counts,
    /// What broke.
    pub findings: Vec<Finding>,
    /// Seconds between two runs.
    pub every: Seconds,
    /// Readings that lied.
    pub lies: Vec<Lie>,
}

impl Search {
    pub(super) fn report(self) -> Report {
        let seen = self.seen.into_inner().map_or(0, |seen| seen.len());
        let endings = self.endings.into_inner().map_or(0, |endings| endings.len());
        Report {
            counts: Counts {
                worlds: seen + endings,
                effects: self.effects.load(Ordering::Relaxed),
                faults: self.faults.load(Ordering::Relaxed),
                runs: self.runs.load(Ordering::Relaxed),
                acted_in_gap: self.acted_in_gap.load(Ordering::Relaxed),
                mistaken: self.mistaken.load(Ordering::Relaxed),
            },
            findings: self.findings.into_inner().unwrap_or_default(),
            every: self.settings.every,
            lies: self.settings.lies,
        }
    }
}

impl Report {
    /// A finding as it can be read: every decision, effect and fault up to what broke.
    pub fn told(&self, finding: &Finding) -> String {
        let world = World::with_key_of_age(41 * DAY, finding.story.terms);
        let world = RefCell::new(world);
        let told = RefCell::new(Vec::new());
        let mut before: Vec<String> = Vec::new();
        // Some more runs than the story has, because it may have ended badly later.
        let runs = finding.story.runs.iter().map(Vec::as_slice);
        let more = std::iter::repeat_n(&[][..], 60);
        for schedule in runs.chain(more) {
            let trace = RefCell::new(Vec::new());
            let orders = Orders {
                schedule,
                lies: &self.lies,
                trace: Some(&trace),
                ..Orders::default()
            };
            once(&world, &orders);
            let trace = trace.into_inner();
            let without_times = trace.iter().map(|line: &String| line.splitn(3, ' ').last());
            let text: String = without_times.flatten().collect();
            // A run like one of the last is not told again.
            if !before.contains(&text) {
                told.borrow_mut().extend(trace);
                before.push(text);
            }
            let mut world = world.borrow_mut();
            if world.ledger.violation.is_some() {
                break;
            }
            world.advance_to_slot(self.every);
        }
        let mut lines = told.into_inner();
        lines.push(finding.violation.to_string());
        lines.join("\n")
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (run, schedule) in self.story.runs.iter().enumerate() {
            for (at, fault) in schedule {
                write!(f, "run {} boundary {at}: {fault}, ", run + 1)?;
            }
        }
        write!(f, "{}", self.violation)
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            worlds,
            effects,
            faults,
            runs,
            acted_in_gap,
            mistaken,
        } = self;
        write!(
            f,
            "{worlds} worlds, {effects} transitions, {faults} faults injected, {runs} runs; residual \
             risks: {acted_in_gap} acts between look and call, {mistaken} keys taken for lost ones"
        )
    }
}

//! From what is there and what should be to an ordered list of steps. Pure.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::FilesConfig;
use super::decide::{self, Effect, Question, Reason, Verdict};
use super::finish;
use super::known::Known;
use super::look::{Held, Observed, is_dashboard};
use crate::desired::Desired;
use crate::digest::Digest;
use crate::key::Key;
use crate::target::guard::{self, Grace, Refusal, Removal};
use crate::target::{Action, Item, Orders, State};

/// The decision about the folder. Nothing in it has been done yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FilesPlan {
    /// One line for each dashboard that is wanted, ours, or in the folder, by name.
    pub items: Vec<Item>,
    /// Why nothing is deleted, if something would have been.
    pub removal: Option<Refusal>,
    /// What is done, in this order.
    pub(super) steps: Vec<Step>,
    /// The chart's version, old and new.
    pub(super) raised: Option<(String, String)>,
    /// The estimated size of Helm's release, in bytes.
    pub(super) release: Option<usize>,
    /// From which size on to warn, in bytes.
    pub(super) warn: usize,
    /// Files in the folder that are somebody's own.
    pub(super) foreign: usize,
}

/// One write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) what: What,
    pub(super) path: PathBuf,
    /// What is there; nothing when no file is.
    pub(super) over: Option<Digest>,
    /// Whether what is there is as we left it.
    pub(super) ours: bool,
}

/// What is done to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    Write(Vec<u8>),
    Delete,
    Chart(Vec<u8>),
    Lock(Vec<u8>),
}

impl FilesPlan {
    /// What else there is to say.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if let Some((old, new)) = &self.raised {
            notes.push(format!("the chart's version: {old} → {new}"));
        }
        if let Some(size) = self.release.filter(|size| *size >= self.warn) {
            notes.push(format!(
                "the chart's release would have about {} kB, and Helm can keep 1048 kB",
                size / 1000
            ));
        }
        if self.foreign > 0 {
            notes.push(format!(
                "{} foreign files in the folder are left alone",
                self.foreign
            ));
        }
        let is_lock = |step: &Step| matches!(step.what, What::Lock(_));
        if !self.steps.is_empty() && self.steps.iter().all(is_lock) {
            notes.push("only the lock file is brought up to date".to_owned());
        }
        notes
    }

    /// How many dashboards would be written, deleted or taken over as they are.
    pub fn open(&self) -> usize {
        let is_file = |step: &&Step| matches!(step.what, What::Write(_) | What::Delete);
        let is_adopted = |item: &&Item| item.action == Action::Adopt;
        let files = self.steps.iter().filter(is_file).count();
        files + self.items.iter().filter(is_adopted).count()
    }
}

/// Decides how the folder is brought to the wanted set.
pub fn plan(
    observed: &Observed,
    desired: &Desired,
    known: &Known,
    orders: &Orders,
    grace: Grace,
    config: &FilesConfig,
) -> FilesPlan {
    let question = Question {
        observed,
        desired,
        known,
        orders,
        grace,
        config,
    };
    let verdicts = decide::all(question);
    let removal = removal(&verdicts, question);
    let mut plan = FilesPlan {
        removal,
        foreign: foreign(observed, &verdicts),
        warn: config.release_warn_bytes,
        ..FilesPlan::default()
    };
    let (mut writes, mut deletions) = (Vec::new(), Vec::new());
    let mut entries = BTreeMap::new();
    let mut after: BTreeMap<&str, &[u8]> = BTreeMap::new();
    for (name, held) in &observed.files {
        if let Held::Bytes(bytes) = held {
            after.insert(name, bytes);
        }
    }
    for (key, verdict) in &verdicts {
        let mut action = verdict.action;
        let mut entry = verdict.entry.clone();
        let step = |what, over: Option<Digest>| Step {
            what,
            path: config.dir.join(key.as_str()),
            over,
            ours: question
                .entry(key)
                .is_some_and(|entry| over == Some(entry.written)),
        };
        match &verdict.effect {
            Effect::None => {}
            Effect::Write { bytes, over } => {
                after.insert(key.as_str(), bytes);
                writes.push(step(What::Write(bytes.clone()), *over));
            }
            Effect::Delete { .. } if plan.removal.is_some() => action = Action::Keep,
            Effect::Delete { digest, .. } => {
                after.remove(key.as_str());
                entry = None;
                deletions.push(step(What::Delete, Some(*digest)));
            }
        }
        entries.extend(entry.map(|entry| (key.clone(), entry)));
        plan.items.push(Item {
            key: key.clone(),
            state: verdict.state,
            action,
            note: verdict.note.clone(),
            findings: verdict.findings.clone(),
        });
    }
    plan.steps.append(&mut writes);
    plan.steps.append(&mut deletions);
    if plan.steps.is_empty() && observed.lock.is_none() {
        // Everything that is wanted is there, and nobody asked for more.
        return plan;
    }
    finish::finish(&mut plan, entries, &after, question);
    plan
}

pub(super) fn foreign(observed: &Observed, verdicts: &BTreeMap<Key, Verdict>) -> usize {
    let is_own = |name: &&String| {
        is_dashboard(name)
            && verdicts.get(name.as_str()).is_none_or(|verdict| {
                verdict.state == State::Foreign && verdict.action == Action::Keep
            })
    };
    observed.files.keys().filter(is_own).count()
}

/// Why nothing may be deleted.
fn removal(verdicts: &BTreeMap<Key, Verdict>, question: Question<'_>) -> Option<Refusal> {
    let (desired, allowed) = (question.desired, question.orders.removals);
    let mut reasons = Vec::new();
    for verdict in verdicts.values() {
        if let Effect::Delete { reason, .. } = verdict.effect {
            reasons.push(reason);
        }
    }
    if reasons.is_empty() {
        return None;
    }
    let locked = question.lock().map(|lock| lock.dashboards.keys());
    let is_there = |key: &&Key| question.observed.files.contains_key(key.as_str());
    let here = locked.into_iter().flatten().filter(is_there).count();
    let gone = |reason: &&Reason| **reason == Reason::NoLongerWanted;
    let guard = guard::check(Removal {
        removals: reasons.iter().filter(gone).count(),
        here,
        wanted: desired.dashboards.len(),
        clean: desired.is_clean(),
        allowed,
    });
    let guard = guard.and_then(|()| match allowed {
        Some(_) => Ok(()),
        None => guard::believable(desired.upstream(), here),
    });
    // What only changes its name is not counted, and stays like everything else in a run that failed.
    match guard {
        Ok(()) if !desired.is_clean() => Some(Refusal::Failed),
        guard => guard.err(),
    }
}

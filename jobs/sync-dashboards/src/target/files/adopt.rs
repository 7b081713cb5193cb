//! Takes over files that nobody owns. Pure.

use std::collections::BTreeMap;

use super::FilesConfig;
use super::decide::{self, Question};
use super::entry::Entry;
use super::finish::{lock_step, mark_now};
use super::known::Known;
use super::lock::Lock;
use super::look::{Held, Observed};
use super::plan::{FilesPlan, foreign};
use crate::desired::Desired;
use crate::digest::Digest;
use crate::key::Key;
use crate::target::guard::{Absence, Grace};
use crate::target::{Action, Item, Orders, Restore, State};

/// Decides which files are taken over as ours, as they are: those that hold what is wanted, or what
/// upstream had at some time. Only the lock is written.
pub fn adopt(
    observed: &Observed,
    desired: &Desired,
    known: &Known,
    chosen: &Restore,
    config: &FilesConfig,
) -> FilesPlan {
    let question = Question {
        observed,
        desired,
        known,
        orders: &Orders::default(),
        grace: Grace::default(),
        config,
    };
    let verdicts = decide::all(question);
    let mut plan = FilesPlan {
        foreign: foreign(observed, &verdicts),
        warn: config.release_warn_bytes,
        ..FilesPlan::default()
    };
    let mut entries = question
        .lock()
        .map_or_else(BTreeMap::new, |lock| lock.dashboards.clone());
    let mut adopted = false;
    for (key, verdict) in verdicts {
        let mut item = Item {
            state: verdict.state,
            action: verdict.action,
            note: verdict.note,
            findings: verdict.findings,
            key: key.clone(),
        };
        let taken = adoptable(&key, question).filter(|_| chosen.covers(&key));
        if let Some((state, entry)) = taken {
            (item.state, item.action, item.note) = (state, Action::Adopt, None);
            entries.insert(key, entry);
            adopted = true;
        } else if item.action.writes() {
            // That is not what this is for.
            continue;
        }
        plan.items.push(item);
    }
    if !adopted {
        return plan;
    }
    // Of everything else the lock goes on saying what it said.
    let lock = match question.lock() {
        Some(lock) => lock.with_dashboards(entries),
        None => Lock::new(&desired.provenance, mark_now(observed), entries),
    };
    let over = observed.lock.as_ref().map(|(_, digest)| *digest);
    plan.steps.push(lock_step(lock.render(), over, question));
    plan
}

/// What the lock would say of a file that is not ours and that upstream has written.
fn adoptable(key: &Key, question: Question<'_>) -> Option<(State, Entry)> {
    let (desired, known) = (question.desired, question.known);
    let Held::Bytes(bytes) = question.observed.files.get(key.as_str())? else {
        return None;
    };
    if question.entry(key).is_some() || desired.rejected.contains_key(key) {
        return None;
    }
    let digest = Digest::of(bytes);
    if let Some(dashboard) = desired.dashboards.get(key) {
        if *bytes == question.config.bytes(dashboard) {
            return Some((State::Foreign, Entry::of(dashboard, bytes)));
        }
        let known = dashboard.upstream == digest || known.has(key, digest);
        let entry = Entry::adopted(bytes, None).filter(|_| known)?;
        return Some((State::Foreign, entry));
    }
    if !known.has(key, digest) {
        return None;
    }
    if desired.excluded.contains(key) {
        return Some((State::Foreign, Entry::adopted(bytes, None)?));
    }
    let reference = desired.provenance.reference.as_str();
    let absence = Absence::under(reference, None);
    Some((State::Orphan, Entry::adopted(bytes, Some(absence))?))
}

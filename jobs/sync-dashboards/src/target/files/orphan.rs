//! What is done about our own files that nobody wants any more. Pure.

use std::collections::BTreeMap;

use super::decide::{Effect, Question, Reason, Verdict};
use super::entry::{Entry, Facts};
use super::look::Held;
use crate::digest::Digest;
use crate::key::Key;
use crate::target::guard::Absence;
use crate::target::{Action, State};

/// Adds a verdict for each file that the lock lists and that is not decided upon. One that is gone
/// already is only dropped from the lock.
pub(super) fn judge(question: Question<'_>, verdicts: &mut BTreeMap<Key, Verdict>) {
    let Some(lock) = question.lock() else { return };
    let mut orphans = BTreeMap::new();
    for (key, entry) in &lock.dashboards {
        if verdicts.contains_key(key) {
            continue;
        }
        let Some(held) = question.observed.files.get(key.as_str()) else {
            continue;
        };
        let verdict = match held {
            Held::Bytes(bytes) => orphan(key, entry, bytes, question, verdicts),
            Held::Link => Verdict::of(State::Edited, Action::Refuse)
                .note("no longer wanted, and somebody made it a link")
                .locked(Some(entry.clone())),
        };
        orphans.insert(key.clone(), verdict);
    }
    verdicts.append(&mut orphans);
}

fn orphan(
    key: &Key,
    entry: &Entry,
    held: &[u8],
    question: Question<'_>,
    wanted: &BTreeMap<Key, Verdict>,
) -> Verdict {
    let digest = Digest::of(held);
    let untouched = digest == entry.written
        || Facts::of(held).is_some_and(|facts| facts.canonical == entry.canonical);
    if !untouched && !question.orders.restore.covers(key) {
        return Verdict::of(State::Edited, Action::Refuse)
            .note("no longer wanted, and edited by somebody")
            .locked(Some(entry.clone()));
    }
    let deleting = |reason, note: String| Verdict {
        effect: Effect::Delete { digest, reason },
        ..Verdict::of(State::Orphan, Action::Delete)
            .note(note)
            // For as long as it is not deleted it is ours.
            .locked(Some(entry.clone()))
    };
    if let Some(heir) = heir(entry, question, wanted) {
        return deleting(Reason::Renamed, format!("now {heir}"));
    }
    if question.desired.excluded.contains(key) {
        let note = "excluded by the configuration".to_owned();
        return deleting(Reason::NoLongerWanted, note);
    }
    let reference = question.desired.provenance.reference.as_str();
    let absence = Absence::under(reference, entry.absence.as_ref());
    let entry = Entry {
        absence: Some(absence.clone()),
        ..entry.clone()
    };
    if absence.is_over(question.grace) {
        let verdict = deleting(Reason::NoLongerWanted, "gone upstream".to_owned());
        return verdict.locked(Some(entry));
    }
    let left = question.grace.pins + 1 - absence.pins.get();
    Verdict::of(State::Orphan, Action::Keep)
        .note(format!(
            "gone upstream; stays for {left} more change of the pin"
        ))
        .locked(Some(entry))
}

/// The wanted dashboard with which it cannot live side by side, because Grafana knows both as one. One
/// that cannot be written takes nobody's place.
fn heir<'a>(
    entry: &Entry,
    question: Question<'a>,
    wanted: &BTreeMap<Key, Verdict>,
) -> Option<&'a Key> {
    let written = |key: &Key| {
        let verdict = wanted.get(key);
        verdict.is_some_and(|verdict| verdict.action != Action::Refuse)
    };
    let dashboards = question.desired.dashboards.values();
    dashboards
        .filter(|dashboard| {
            (entry.uid.is_some() && entry.uid == dashboard.uid)
                || (!entry.title.is_empty() && entry.title == dashboard.title)
        })
        .map(|dashboard| &dashboard.key)
        .find(|key| written(key))
}

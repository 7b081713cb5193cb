//! What is done about our own objects that nobody wants any more.

use std::collections::BTreeMap;

use super::{Effect, Question, Reason, Verdict, identity};
use crate::dashboard::json;
use crate::digest::Digest;
use crate::key::Key;
use crate::target::clusters::object::{self, Notes, Object};
use crate::target::clusters::plan::{Deletion, Write};
use crate::target::guard::Absence;
use crate::target::{Action, State};

pub(super) enum Judgement {
    /// Decided upon already.
    Wanted,
    /// No longer wanted.
    Orphan(Key, Box<Verdict>),
    /// Marked as ours, and not called like anything of ours.
    Stray(String),
}

pub(super) fn judge(
    object: &Object,
    wanted: &BTreeMap<Key, Verdict>,
    question: Question<'_>,
) -> Judgement {
    let name = |key: &Key| question.style.object_name(key) == object.name;
    if wanted.keys().any(name) {
        return Judgement::Wanted;
    }
    let base = object.name.strip_prefix(&question.style.prefix);
    let key = base.and_then(|base| Key::parse(&format!("{base}.json")).ok());
    match (key, object.only()) {
        (Some(key), Some((held, text))) if key == held => {
            let verdict = orphan(&key, object, text, wanted, question);
            Judgement::Orphan(key, Box::new(verdict))
        }
        // Under another name than its own, or with something added: a person has been at it, and
        // whatever the name says, it is not deleted.
        (Some(key), _) => {
            let verdict = Verdict::of(State::Edited, Action::Refuse)
                .note("no longer wanted, and not as this job left it");
            Judgement::Orphan(key, Box::new(verdict))
        }
        (None, _) => Judgement::Stray(format!(
            "{} has our labels and a name that is not ours",
            object.place()
        )),
    }
}

fn orphan(
    key: &Key,
    object: &Object,
    text: &str,
    wanted: &BTreeMap<Key, Verdict>,
    question: Question<'_>,
) -> Verdict {
    let untouched = object.digest("content-sha256") == Some(Digest::of(text));
    if !untouched && !question.orders.restore.covers(key) {
        let by = object.last_writer.as_ref();
        let by = by.map_or_else(|| "somebody".to_owned(), ToString::to_string);
        return Verdict::of(State::Edited, Action::Refuse)
            .note(format!("no longer wanted, and edited by {by}"));
    }
    if let Some(heir) = heir(text, question) {
        let refused = |verdict: &Verdict| verdict.action == Action::Refuse;
        if wanted.get(heir).is_none_or(refused) {
            // Without it the dashboard would be gone.
            return Verdict::of(State::Orphan, Action::Keep).note(format!(
                "{heir} is to take its place, and cannot be written"
            ));
        }
        return deleting(key, object, Reason::Renamed).note(format!("now {heir}"));
    }
    if question.desired.excluded.contains(key) {
        return deleting(key, object, Reason::NoLongerWanted).note("excluded by the configuration");
    }
    if !question.desired.is_clean() {
        // It may be what could not be read.
        return Verdict::of(State::Orphan, Action::Keep)
            .note("not among what could be read of upstream's file");
    }
    let before = object.absence();
    let reference = question.desired.provenance.reference.as_str();
    let absence = Absence::under(reference, before.as_ref());
    if absence.is_over(question.style.grace) {
        return deleting(key, object, Reason::NoLongerWanted).note("gone upstream");
    }
    let left = question.style.grace.pins + 1 - absence.pins.get();
    let note = format!("gone upstream; stays for {left} more change of the pin");
    if before.as_ref() == Some(&absence) || object.immutable {
        return Verdict::of(State::Orphan, Action::Keep).note(note);
    }
    let notes = Notes::kept(object, &absence);
    let write = Write {
        key: key.clone(),
        name: object.name.clone(),
        body: object::body(question.namespace, key, text, &notes, question.style),
        force: false,
        replaces: None,
    };
    Verdict::of(State::Orphan, Action::Relabel)
        .note(note)
        .writing(write)
}

/// The wanted dashboard with which it cannot live side by side, because Grafana knows both as one.
fn heir<'a>(text: &str, question: Question<'a>) -> Option<&'a Key> {
    let value = json::parse(text).ok()?;
    let word = |name: &str| value.get(name).and_then(serde_json::Value::as_str);
    let uid = word("uid").filter(|uid| !uid.is_empty());
    let title = word("title").filter(|title| !title.is_empty());
    let dashboards = question.desired.dashboards.values();
    dashboards
        .filter(|dashboard| {
            (uid.is_some() && uid == dashboard.uid.as_deref())
                || (title.is_some() && title == Some(dashboard.title.as_str()))
        })
        .map(|dashboard| &dashboard.key)
        .next()
}

fn deleting(key: &Key, object: &Object, reason: Reason) -> Verdict {
    Verdict {
        effect: Effect::Delete(
            Deletion {
                key: key.clone(),
                name: object.name.clone(),
                identity: identity(object),
            },
            reason,
        ),
        ..Verdict::of(State::Orphan, Action::Delete)
    }
}

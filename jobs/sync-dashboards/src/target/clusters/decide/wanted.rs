//! What is done about the dashboards that are wanted.

use std::collections::BTreeMap;

use super::{Observed, Question, Verdict, identity, owner_of};
use crate::dashboard::Dashboard;
use crate::dashboard::{canonical, json};
use crate::digest::Digest;
use crate::finding::Finding;
use crate::key::Key;
use crate::target::clusters::OnEdit;
use crate::target::clusters::object::{self, Notes, Object};
use crate::target::clusters::owner::Owner;
use crate::target::clusters::plan::Write;
use crate::target::{Action, State};
use crate::validate::Identity;
use crate::validate::codes;

/// What a `ConfigMap` holds at most, in bytes. Its API server counts the texts alone.
const TEXT_MAX: usize = 1024 * 1024;

/// A verdict for each wanted dashboard.
pub(super) fn all(observed: &Observed, question: Question<'_>) -> BTreeMap<Key, Verdict> {
    let mut collisions = collisions(observed, question);
    let dashboards = question.desired.dashboards.values();
    dashboards
        .map(|dashboard| {
            let name = question.style.object_name(&dashboard.key);
            let there = observed
                .objects
                .iter()
                .find(|object| object.name == name && object.namespace == question.namespace);
            let verdict = match (there, collisions.remove(&dashboard.key)) {
                // Whose it is says more than that it is in the way.
                (Some(object), _) if owner_of(object, question.style) != Owner::Ours => {
                    foreign(dashboard, object, question)
                }
                (_, Some(findings)) => Verdict {
                    findings,
                    ..Verdict::of(State::Rejected, Action::Refuse)
                },
                (None, None) => missing(dashboard, question),
                (Some(object), None) => present(dashboard, object, question),
            };
            (dashboard.key.clone(), if_it_fits(verdict, dashboard))
        })
        .collect()
}

/// What an API server would refuse is seen before it is sent.
fn if_it_fits(verdict: Verdict, dashboard: &Dashboard) -> Verdict {
    let bytes = dashboard.text.len();
    if bytes <= TEXT_MAX || !verdict.action.writes() {
        return verdict;
    }
    let note = format!("it has {bytes} bytes, and a ConfigMap holds {TEXT_MAX}");
    Verdict::of(verdict.state, Action::Refuse).note(note)
}

fn foreign(dashboard: &Dashboard, object: &Object, question: Question<'_>) -> Verdict {
    let owner = owner_of(object, question.style);
    let text = object.only().map(|(_, text)| text);
    let equal = text == Some(&dashboard.text);
    if owner == Owner::Nobody && equal && question.orders.adopt.covers(&dashboard.key) {
        return Verdict::of(State::Foreign, Action::Adopt).writing(write(dashboard, question));
    }
    let note = format!("{} belongs to {owner}", object.place());
    Verdict::of(State::Foreign, Action::Refuse).note(note)
}

fn missing(dashboard: &Dashboard, question: Question<'_>) -> Verdict {
    Verdict::of(State::Missing, Action::Create).writing(write(dashboard, question))
}

fn write(dashboard: &Dashboard, question: Question<'_>) -> Write {
    let notes = notes(dashboard, question);
    Write {
        key: dashboard.key.clone(),
        name: question.style.object_name(&dashboard.key),
        body: object::body(
            question.namespace,
            &dashboard.key,
            &dashboard.text,
            &notes,
            question.style,
        ),
        force: false,
        replaces: None,
    }
}

fn notes(dashboard: &Dashboard, question: Question<'_>) -> Notes {
    Notes::of(dashboard, &question.desired.provenance, question.style)
}

fn present(dashboard: &Dashboard, object: &Object, question: Question<'_>) -> Verdict {
    let text = object.data.get(dashboard.key.as_str());
    let alone = object.data.len() == 1 && !object.has_binary_data;
    let Some(text) = text.filter(|_| alone) else {
        let others: Vec<_> = object
            .data
            .keys()
            .filter(|key| *key != dashboard.key.as_str())
            .map(String::as_str)
            .collect();
        let note = match others.as_slice() {
            [] => "its dashboard was taken out of it".to_owned(),
            others => format!("it also holds {}", others.join(", ")),
        };
        // Applying takes nothing out that others have put in.
        return edited(dashboard, object, &note, Remedy::MakeAnew, question);
    };
    let known = object.digest("content-sha256");
    if *text == dashboard.text {
        return if labelled(object, question) && notes(dashboard, question).hold_for(object) {
            Verdict::of(State::Ok, Action::Keep)
        } else {
            changing(State::Relabel, Action::Relabel, dashboard, object, question)
        };
    }
    let meaning = json::parse(text)
        .ok()
        .map(|value| canonical::digest(&value));
    let same = meaning == Some(dashboard.canonical);
    if known == Some(Digest::of(text)) {
        return if same && labelled(object, question) && object.absence().is_none() {
            Verdict::of(State::Ok, Action::Keep).note("other bytes, the same meaning")
        } else {
            changing(State::Outdated, Action::Update, dashboard, object, question)
        };
    }
    if same || (meaning.is_some() && meaning == object.digest("canonical-sha256")) {
        let verdict = Verdict::of(State::Reformatted, Action::Keep);
        return if same {
            verdict.note(format!(
                "written anew by {}, the same meaning",
                writer(object)
            ))
        } else {
            changing(
                State::Reformatted,
                Action::Update,
                dashboard,
                object,
                question,
            )
        };
    }
    edited(dashboard, object, "", Remedy::Apply, question)
}

fn labelled(object: &Object, question: Question<'_>) -> bool {
    let wanted = object::labels(question.style);
    wanted
        .iter()
        .all(|(name, value)| object.labels.get(name) == Some(value))
}

/// A change of one of our own objects, if it can be changed.
fn changing(
    state: State,
    action: Action,
    dashboard: &Dashboard,
    object: &Object,
    question: Question<'_>,
) -> Verdict {
    let mut write = write(dashboard, question);
    if object.immutable {
        if !question.orders.replace_immutable {
            return Verdict::of(state, Action::Refuse).note(super::IMMUTABLE_NOTE);
        }
        write.replaces = Some(identity(object));
    }
    Verdict::of(state, action).writing(write)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Remedy {
    Apply,
    MakeAnew,
}

fn edited(
    dashboard: &Dashboard,
    object: &Object,
    note: &str,
    remedy: Remedy,
    question: Question<'_>,
) -> Verdict {
    let by = format!("edited by {}", writer(object));
    let note = if note.is_empty() {
        by
    } else {
        format!("{by}: {note}")
    };
    let ordered =
        question.style.on_edit == OnEdit::Restore || question.orders.restore.covers(&dashboard.key);
    if !ordered {
        return Verdict::of(State::Edited, Action::Refuse).note(note);
    }
    let mut verdict = changing(State::Edited, Action::Restore, dashboard, object, question);
    if let super::Effect::Write(write) = &mut verdict.effect {
        write.force = true;
        if remedy == Remedy::MakeAnew {
            write.replaces = Some(identity(object));
        }
    }
    verdict.note(note)
}

fn writer(object: &Object) -> String {
    match &object.last_writer {
        Some(writer) => writer.to_string(),
        None => "somebody".to_owned(),
    }
}

/// What stands in the way of a wanted dashboard in this cluster: other people's dashboards with its
/// file name, uid or title.
fn collisions(observed: &Observed, question: Question<'_>) -> BTreeMap<Key, Vec<Finding>> {
    let style = question.style;
    let folder = |annotations: &BTreeMap<String, String>| match &style.folder {
        Some((name, _)) => annotations.get(name).cloned().unwrap_or_default(),
        None => String::new(),
    };
    let wanted_folder = style.folder.as_ref().map(|(_, value)| value.as_str());
    let foreign: Vec<_> = observed
        .objects
        .iter()
        .filter(|object| object.labels.contains_key(&style.sidecar_label))
        .filter(|object| {
            object.namespace != question.namespace || owner_of(object, style) != Owner::Ours
        })
        .flat_map(|object| {
            let folder = folder(&object.annotations);
            object.data.iter().map(move |(file, text)| {
                let value = json::parse(text).ok();
                let word = |name: &str| {
                    let value = value.as_ref()?.get(name)?.as_str()?;
                    Some(value.to_owned())
                };
                Other {
                    file: file.clone(),
                    uid: word("uid").unwrap_or_default(),
                    title: word("title").unwrap_or_default(),
                    folder: folder.clone(),
                    place: object.place(),
                }
            })
        })
        .collect();
    let mut found: BTreeMap<Key, Vec<Finding>> = BTreeMap::new();
    for dashboard in question.desired.dashboards.values() {
        let own = Identity {
            key: dashboard.key.as_str(),
            uid: dashboard.uid.as_deref().unwrap_or_default(),
            title: &dashboard.title,
            folder: wanted_folder.unwrap_or_default(),
            owner: "this dashboard",
        };
        for other in &foreign {
            let twin = Identity {
                key: &other.file,
                uid: &other.uid,
                title: &other.title,
                folder: &other.folder,
                owner: &other.place,
            };
            if let Some(text) = own.collides(&twin) {
                let finding = codes::COLLISION.at("", text);
                found
                    .entry(dashboard.key.clone())
                    .or_default()
                    .push(finding);
            }
        }
    }
    found
}

struct Other {
    file: String,
    uid: String,
    title: String,
    folder: String,
    place: String,
}

//! People's own files that Grafana would take for one of the wanted dashboards: with two of one uid or
//! title in a folder it saves neither. Pure.

use std::collections::BTreeMap;

use super::decide::{Effect, Question, Verdict};
use super::entry::Facts;
use super::look::{Held, is_dashboard};
use crate::key::Key;
use crate::target::{Action, State};
use crate::validate::{Identity, codes};

/// Refuses what would be written beside its twin; of what is there already it is only said.
pub(super) fn judge(question: Question<'_>, verdicts: &mut BTreeMap<Key, Verdict>) {
    let mut others = Vec::new();
    for (name, held) in &question.observed.files {
        let key = Key::parse(name).ok();
        let is_own = key.is_none_or(|key| {
            question.entry(&key).is_none() && !question.desired.dashboards.contains_key(&key)
        });
        if let Held::Bytes(bytes) = held
            && is_own
            && is_dashboard(name)
        {
            others.extend(Facts::of(bytes).map(|facts| (name, format!("file {name}"), facts)));
        }
    }
    for (key, dashboard) in &question.desired.dashboards {
        let Some(verdict) = verdicts.get_mut(key) else {
            continue;
        };
        let own = Identity {
            key: key.as_str(),
            uid: dashboard.uid.as_deref().unwrap_or_default(),
            title: &dashboard.title,
            folder: "",
            owner: "this dashboard",
        };
        let texts = others.iter().filter_map(|(name, owner, facts)| {
            own.collides(&Identity {
                key: name,
                uid: facts.uid.as_deref().unwrap_or_default(),
                title: facts.title.as_deref().unwrap_or_default(),
                folder: "",
                owner,
            })
        });
        let texts: Vec<_> = texts.collect();
        if texts.is_empty() {
            continue;
        }
        if verdict.action.writes() {
            let findings = texts.iter().map(|text| codes::COLLISION.at("", text));
            *verdict = Verdict {
                findings: findings.collect(),
                effect: Effect::None,
                ..Verdict::of(State::Rejected, Action::Refuse)
            }
            .locked(question.entry(key).cloned());
        } else {
            verdict.note.get_or_insert(texts.join("; "));
        }
    }
}

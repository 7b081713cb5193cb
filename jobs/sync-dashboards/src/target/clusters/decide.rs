//! From what a cluster holds and what it should hold to a plan. Pure.

mod orphan;
#[cfg(test)]
mod tests;
mod wanted;

use std::collections::BTreeMap;

use common::cluster::ClusterName;

use super::Style;
use super::object::Object;
use super::owner::{self, Owner};
use super::plan::{Deletion, Identity, Plan, Write};
use crate::desired::Desired;
use crate::finding::Finding;
use crate::key::Key;
use crate::target::guard::{self, Removal};
use crate::target::{Action, Item, Orders, State};

/// What is said of an object that cannot be changed.
pub const IMMUTABLE_NOTE: &str = "it is immutable";

/// What a cluster holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observed {
    /// Every `ConfigMap` that the sidecar reads, and those without its label that have a name of ours.
    pub objects: Vec<Object>,
}

/// What is decided on besides the cluster.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The wanted set.
    pub desired: &'a Desired,
    /// What a person has allowed.
    pub orders: &'a Orders,
    /// How objects are named and marked.
    pub style: &'a Style,
    /// Where ours are.
    pub namespace: &'a str,
    /// Whether everything before this went well.
    pub clean: bool,
}

/// What is decided about one dashboard.
#[derive(Debug, Clone, PartialEq)]
struct Verdict {
    state: State,
    action: Action,
    note: Option<String>,
    findings: Vec<Finding>,
    effect: Effect,
}

#[derive(Debug, Clone, PartialEq)]
enum Effect {
    None,
    Write(Box<Write>),
    /// With whether it only makes room for another dashboard of the same identity.
    Delete(Deletion, Reason),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    NoLongerWanted,
    Renamed,
}

impl Verdict {
    fn of(state: State, action: Action) -> Self {
        Self {
            state,
            action,
            note: None,
            findings: Vec::new(),
            effect: Effect::None,
        }
    }

    fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    fn writing(mut self, write: Write) -> Self {
        self.effect = Effect::Write(Box::new(write));
        self
    }
}

/// Decides about one cluster.
pub fn decide(cluster: &ClusterName, observed: &Observed, question: Question<'_>) -> Plan {
    let ours: Vec<_> = observed
        .objects
        .iter()
        .filter(|object| object.namespace == question.namespace)
        .filter(|object| owner_of(object, question.style) == Owner::Ours)
        .collect();
    let mut verdicts = wanted::all(observed, question);
    for (key, findings) in &question.desired.rejected {
        let verdict = Verdict {
            findings: findings.clone(),
            ..Verdict::of(State::Rejected, Action::Refuse)
        };
        verdicts.insert(key.clone(), verdict);
    }
    let mut strays = Vec::new();
    for object in &ours {
        match orphan::judge(object, &verdicts, question) {
            orphan::Judgement::Wanted => {}
            orphan::Judgement::Orphan(key, verdict) => {
                verdicts.insert(key, *verdict);
            }
            orphan::Judgement::Stray(what) => strays.push(what),
        }
    }
    assemble(cluster, verdicts, strays, ours.len(), question)
}

fn assemble(
    cluster: &ClusterName,
    verdicts: BTreeMap<Key, Verdict>,
    strays: Vec<String>,
    here: usize,
    question: Question<'_>,
) -> Plan {
    let removals = verdicts
        .values()
        .filter(|verdict| matches!(verdict.effect, Effect::Delete(_, Reason::NoLongerWanted)));
    let upstream = question.desired.upstream();
    let deletes = verdicts
        .values()
        .any(|verdict| matches!(verdict.effect, Effect::Delete(..)));
    let guard = guard::check(Removal {
        removals: removals.count(),
        here,
        wanted: question.desired.dashboards.len(),
        clean: question.clean && question.desired.is_clean(),
        allowed: question.orders.removals,
    });
    let guard = guard.and_then(|()| match question.orders.removals {
        Some(_) => Ok(()),
        None => guard::believable(upstream, here),
    });
    // What only changes its name is not counted, and stays like everything else in a run that failed.
    let clean = question.clean && question.desired.is_clean();
    let guard = match guard {
        Ok(()) if deletes && !clean => Err(guard::Refusal::Failed),
        guard => guard,
    };
    let refusal = guard.err().filter(|_| deletes);
    let mut plan = Plan {
        cluster: cluster.clone(),
        items: Vec::new(),
        strays,
        writes: Vec::new(),
        deletions: Vec::new(),
        refusal,
    };
    for (key, verdict) in verdicts {
        let mut action = verdict.action;
        match verdict.effect {
            Effect::None => {}
            Effect::Write(write) => plan.writes.push(*write),
            Effect::Delete(..) if plan.refusal.is_some() => action = Action::Keep,
            Effect::Delete(deletion, _) => plan.deletions.push(deletion),
        }
        plan.items.push(Item {
            key,
            state: verdict.state,
            action,
            note: verdict.note,
            findings: verdict.findings,
        });
    }
    plan
}

fn owner_of(object: &Object, style: &Style) -> Owner {
    owner::of(&object.labels, &object.annotations, style)
}

fn identity(object: &Object) -> Identity {
    Identity {
        uid: object.uid.clone(),
        resource_version: object.resource_version.clone(),
    }
}

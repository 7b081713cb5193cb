//! What is asked of the clusters about an object, and what their answers make of its place.

use common::trouble::Trouble;
use serde_json::Value;

use super::subjects::Subject;
use crate::finding::{Presence, Unknown};
use crate::survey::Gap;
use crate::verdict;

/// What one cluster answered; absent when it was not asked, `Ok(None)` when the object is not there.
pub(super) type Answer = Option<Result<Option<Value>, Gap>>;

/// Where an object is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Where the lists showed it, if what it holds matters.
    Listed,
    /// Wherever it could be.
    Everywhere,
}

impl Look {
    /// Whether a cluster is asked for an object.
    pub(super) fn asks(self, subject: &Subject, cluster: usize) -> bool {
        let everywhere = match self {
            Self::Listed => false,
            Self::Everywhere => true,
        };
        match subject.presence.get(cluster) {
            Some(Presence::Here | Presence::Terminating) => everywhere || subject.reading,
            Some(Presence::Absent) => everywhere,
            // What is too large for a list is too large on its own.
            Some(Presence::Unknown) => {
                let gap = subject.gaps.get(cluster).copied().flatten();
                everywhere && gap != Some(Unknown::TooLarge)
            }
            Some(Presence::NotAsked) | None => false,
        }
    }

    /// What an answer is worth: that an object is gone which the list has just shown has to be seen twice.
    pub(super) fn believe(
        self,
        read: Result<Option<Value>, Gap>,
        cluster: &str,
    ) -> Result<Option<Value>, Gap> {
        match (self, read) {
            (Self::Listed, Ok(None)) => {
                let text = format!(
                    "{cluster}: an object was in its list and was not found a moment later"
                );
                Err(Gap {
                    reason: Unknown::NotSettled,
                    trouble: Trouble {
                        hint: Some("run again when nobody is at work on it".to_owned()),
                        ..verdict::INCOMPLETE.because(text)
                    },
                })
            }
            (Self::Listed | Self::Everywhere, read) => read,
        }
    }
}

/// What was read of an object. What is a list has one entry for each cluster.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) presence: Vec<Presence>,
    pub(super) objects: Vec<Option<Value>>,
    gaps: Vec<Option<Unread>>,
    /// Whether a controller is at work on it somewhere.
    pub(super) rolling: bool,
    /// Whether a cluster has answered that it is not there.
    gone: bool,
}

/// Why a cluster's side of an object is not known.
#[derive(Debug)]
struct Unread {
    why: Unknown,
    /// What to do about it. About a list that was not read, that is told with the list.
    hint: Option<String>,
}

impl Reading {
    /// What the lists showed, and the clusters' answers.
    pub(super) fn new(subject: &Subject, answers: Vec<Answer>) -> Self {
        let listed = |why| Unread { why, hint: None };
        let gaps = subject.gaps.iter().map(|why| why.map(listed));
        let mut reading = Self {
            presence: subject.presence.clone(),
            objects: subject.presence.iter().map(|_| None).collect(),
            gaps: gaps.collect(),
            rolling: false,
            gone: false,
        };
        for (cluster, answer) in answers.into_iter().enumerate() {
            if let Some(answer) = answer {
                reading.take(cluster, answer);
            }
        }
        reading
    }

    /// The first reason for which nobody can say where it is, or what it holds.
    pub(super) fn gap(&self) -> Option<Unknown> {
        self.first().map(|unread| unread.why)
    }

    /// What to do about that one.
    pub(super) fn hint(&self) -> Option<&str> {
        self.first()?.hint.as_deref()
    }

    fn first(&self) -> Option<&Unread> {
        self.gaps.iter().flatten().next()
    }

    /// Whether it is nowhere, and a cluster has said so: it was deleted everywhere since it was listed.
    pub(super) fn is_gone(&self) -> bool {
        let nowhere = |it: &Presence| matches!(it, Presence::Absent | Presence::NotAsked);
        self.gone && self.presence.iter().all(nowhere)
    }

    /// Whether it was read anywhere.
    pub(super) fn is_read(&self) -> bool {
        self.objects.iter().any(Option::is_some)
    }

    fn take(&mut self, cluster: usize, answer: Result<Option<Value>, Gap>) {
        let (presence, object, gap) = match answer {
            Ok(Some(object)) => {
                let deleted = object.pointer("/metadata/deletionTimestamp").is_some();
                self.rolling |= is_rolling(&object);
                let presence = if deleted {
                    Presence::Terminating
                } else {
                    Presence::Here
                };
                (presence, Some(object), None)
            }
            Ok(None) => {
                self.gone = true;
                (Presence::Absent, None, None)
            }
            Err(Gap { reason, trouble }) => {
                let unread = Unread {
                    why: reason,
                    hint: trouble.hint,
                };
                (Presence::Unknown, None, Some(unread))
            }
        };
        if let Some(place) = self.presence.get_mut(cluster) {
            *place = presence;
        }
        if let Some(place) = self.objects.get_mut(cluster) {
            *place = object;
        }
        if let Some(place) = self.gaps.get_mut(cluster) {
            *place = gap;
        }
    }
}

/// Whether a controller has not yet seen what was written last.
fn is_rolling(object: &Value) -> bool {
    let number = |pointer: &str| object.pointer(pointer).and_then(Value::as_i64);
    let seen = number("/status/observedGeneration");
    matches!((seen, number("/metadata/generation")), (Some(seen), Some(now)) if seen < now)
}

#[cfg(test)]
mod tests;

//! Carries out a plan in one cluster: every write, several at a time, and when all have succeeded the
//! deletions.

use common::cancel::Cancellation;
use common::clock::Clock;
use common::cluster::{Cluster, ClusterError, Kind, Patience};
use common::fault::chain;
use common::trouble::Trouble;
use futures_util::StreamExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::ApiResource;

use super::object::Object;
use super::plan::{Deletion, Identity, Plan, Write};
use super::{ClusterConfig, MANAGER};
use crate::key::Key;
use crate::target::guard::Refusal;
use crate::target::{Action, State};
use crate::verdict;

/// So many writes are under way at once.
const IN_FLIGHT: usize = 8;

/// What became of a plan.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Objects that were written.
    pub written: Vec<Key>,
    /// Objects that were deleted.
    pub deleted: Vec<Key>,
    /// What was not done, and why.
    pub failed: Vec<(Key, Trouble)>,
    /// Whether it was told to stop before the end.
    pub stopped: bool,
}

impl Outcome {
    /// How many objects are not what they were.
    pub fn changes(&self) -> usize {
        self.written.len() + self.deleted.len()
    }
}

/// Who acts: everything that a request needs.
#[derive(Debug, Clone, Copy)]
pub struct Hand<'a> {
    /// The API server.
    pub cluster: &'a Cluster,
    /// What is configured about it.
    pub config: &'a ClusterConfig,
    /// For waiting when told to.
    pub clock: &'a Clock,
    /// To be asked before every effect.
    pub cancel: &'a Cancellation,
}

/// Carries out a plan and notes in its lines what could not be done.
pub async fn act(hand: Hand<'_>, plan: &mut Plan) -> Outcome {
    let mut outcome = Outcome::default();
    let writes = plan.writes.iter().map(|write| async move {
        if hand.cancel.is_cancelled() {
            return (write, None);
        }
        (write, Some(hand.write(write).await))
    });
    let mut writes = futures_util::stream::iter(writes).buffered(IN_FLIGHT);
    let mut results = Vec::new();
    while let Some(result) = writes.next().await {
        results.push(result);
    }
    drop(writes);
    for (write, result) in results {
        match result {
            None => outcome.stopped = true,
            Some(Ok(())) => outcome.written.push(write.key.clone()),
            Some(Err(trouble)) => outcome.failed.push((write.key.clone(), trouble)),
        }
    }
    let unfinished = !outcome.failed.is_empty() || outcome.stopped;
    if unfinished && !plan.deletions.is_empty() {
        plan.refusal = Some(Refusal::Failed);
    }
    if plan.refusal.is_none() {
        for deletion in &plan.deletions {
            if hand.cancel.is_cancelled() {
                outcome.stopped = true;
                break;
            }
            match hand.delete(deletion).await {
                Ok(()) => outcome.deleted.push(deletion.key.clone()),
                Err(trouble) => {
                    // What comes after it waits for the next run, which looks anew.
                    outcome.failed.push((deletion.key.clone(), trouble));
                    break;
                }
            }
        }
    }
    note(plan, &outcome);
    outcome
}

/// The plan's lines say what was not done.
fn note(plan: &mut Plan, outcome: &Outcome) {
    let deleted = &outcome.deleted;
    for item in &mut plan.items {
        if let Some((_, trouble)) = outcome.failed.iter().find(|(key, _)| *key == item.key) {
            item.state = State::Rejected;
            item.action = Action::Refuse;
            item.note = Some(trouble.text.clone());
        } else if outcome.written.contains(&item.key) {
            // An orphan that was only counted stays one.
            if item.state != State::Orphan {
                item.state = State::Ok;
            }
        } else if item.action == Action::Delete && !deleted.contains(&item.key) {
            item.action = Action::Keep;
        } else if item.action.writes() && item.action != Action::Delete {
            item.action = Action::Keep;
            item.note = Some("not reached before the run had to stop".to_owned());
        }
    }
}

impl Hand<'_> {
    async fn write(self, write: &Write) -> Result<(), Trouble> {
        if let Some(identity) = &write.replaces {
            self.remove(&write.name, identity)
                .await
                .map_err(|error| refusal(&error))?;
        }
        let apply = || {
            self.cluster.apply::<ConfigMap>(
                &self.config.namespace,
                &write.name,
                MANAGER,
                write.force,
                &write.body,
            )
        };
        let applied = Patience::default().repeat(self.clock, self.cancel, apply);
        applied.await.map(drop).map_err(|error| refusal(&error))
    }

    /// Deletes an object. If it has changed since the plan was made, it is read again once: one that
    /// still has the text that was decided on is deleted, any other is left.
    async fn delete(self, deletion: &Deletion) -> Result<(), Trouble> {
        let error = match self.remove(&deletion.name, &deletion.identity).await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        if error.kind == Kind::NotFound {
            return Ok(());
        }
        if error.kind != Kind::Conflict {
            return Err(refusal(&error));
        }
        let namespace = &self.config.namespace;
        let again = || self.cluster.get::<ConfigMap>(namespace, &deletion.name);
        let again = Patience::default().repeat(self.clock, self.cancel, again);
        let again = match again.await {
            Ok(map) => Object::from(map),
            Err(error) if error.kind == Kind::NotFound => return Ok(()),
            Err(error) => return Err(refusal(&error)),
        };
        let text = again
            .only()
            .map(|(_, text)| crate::digest::Digest::of(text));
        let untouched = text.is_some() && text == again.digest("content-sha256");
        if again.uid != deletion.identity.uid || !untouched {
            let text = format!("{} was changed while this ran, and is left", again.place());
            return Err(verdict::CHANGED_MEANWHILE.because(text));
        }
        let identity = Identity {
            uid: again.uid,
            resource_version: again.resource_version,
        };
        let removed = self.remove(&deletion.name, &identity).await;
        removed.map_err(|error| refusal(&error))
    }

    async fn remove(self, name: &str, identity: &Identity) -> Result<(), ClusterError> {
        let resource = ApiResource::erase::<ConfigMap>(&());
        let remove = || {
            self.cluster.delete(
                &resource,
                &self.config.namespace,
                name,
                &identity.uid,
                &identity.resource_version,
            )
        };
        Patience::default()
            .repeat(self.clock, self.cancel, remove)
            .await
    }
}

/// What a refused request means for an operator.
fn refusal(error: &ClusterError) -> Trouble {
    let said = error
        .message
        .as_deref()
        .map(|message| format!(": {message}"));
    let text = format!("{}{}", chain(error), said.unwrap_or_default());
    match (error.kind, error.status) {
        (Kind::Conflict, _) if !error.conflicts.is_empty() => {
            let conflicts: Vec<_> = error.conflicts.iter().map(ToString::to_string).collect();
            verdict::FIELD_CONFLICT.because(format!(
                "{} in {}: {}",
                error.what,
                error.cluster,
                conflicts.join("; ")
            ))
        }
        (Kind::Invalid, _) => verdict::OBJECT_REFUSED.because(text),
        // A webhook's denial and a quota's come as 403 with a reason of their own.
        (Kind::Denied, _) if is_not_rbac(error) => verdict::OBJECT_REFUSED.because(text),
        _ => Trouble {
            text,
            ..Trouble::of(error)
        },
    }
}

fn is_not_rbac(error: &ClusterError) -> bool {
    let message = error.message.as_deref().unwrap_or_default();
    [
        "admission webhook",
        "exceeded quota",
        "ValidatingAdmissionPolicy",
    ]
    .iter()
    .any(|word| message.contains(word))
}

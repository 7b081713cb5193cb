//! What is to be done in one cluster.

use common::cluster::ClusterName;
use serde_json::Value;

use crate::key::Key;
use crate::target::guard::Refusal;
use crate::target::{Action, Item, State};

/// The decision about one cluster. Nothing in it has been done yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Which cluster.
    pub cluster: ClusterName,
    /// One line for each dashboard, wanted or ours, by name.
    pub items: Vec<Item>,
    /// What has our labels and is not ours by its name: nobody's business but a person's.
    pub strays: Vec<String>,
    /// What is written, in this order, several at a time.
    pub writes: Vec<Write>,
    /// What is deleted when every write has succeeded.
    pub deletions: Vec<Deletion>,
    /// Why nothing is deleted, if something would have been.
    pub refusal: Option<Refusal>,
}

/// One object to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// Which dashboard.
    pub key: Key,
    /// The `ConfigMap`'s name.
    pub name: String,
    /// What is applied.
    pub body: Value,
    /// Whether fields that others have set are taken from them.
    pub force: bool,
    /// The object that is deleted first, because it cannot be changed into the wanted one.
    pub replaces: Option<Identity>,
}

/// Exactly one state of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The object's uid.
    pub uid: String,
    /// Its version.
    pub resource_version: String,
}

/// One object to be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    /// Which dashboard.
    pub key: Key,
    /// The `ConfigMap`'s name.
    pub name: String,
    /// The object that was decided on.
    pub identity: Identity,
}

impl Plan {
    /// How many dashboards are in a state.
    pub fn count(&self, state: State) -> usize {
        self.items.iter().filter(|item| item.state == state).count()
    }

    /// Drops everything but what this action is for.
    pub fn keep_only(&mut self, action: Action) {
        let meant = |items: &[Item], key: &Key| {
            items
                .iter()
                .any(|item| item.key == *key && item.action == action)
        };
        let items = std::mem::take(&mut self.items);
        self.writes.retain(|write| meant(&items, &write.key));
        self.deletions.clear();
        self.refusal = None;
        self.items = items
            .into_iter()
            .filter(|item| item.action == action || !item.action.writes())
            .collect();
    }

    /// Whether the cluster is as it should be.
    pub fn is_settled(&self) -> bool {
        self.writes.is_empty() && self.deletions.is_empty()
    }
}

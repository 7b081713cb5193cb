//! Where dashboards go, and what all targets share: the states that a dashboard can be in, what is
//! done about each, and the guards of removal.

pub mod clusters;
pub mod files;
pub mod guard;

use serde::Serialize;

use crate::finding::Finding;
use crate::key::Key;

/// What a target holds under one name, compared with what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Exactly what is wanted.
    Ok,
    /// Nothing, and something is wanted.
    Missing,
    /// Ours, as we left it, and older than what is wanted.
    Outdated,
    /// The wanted text, with notes of its origin that are not today's.
    Relabel,
    /// Other bytes than ours with the same meaning: an editor's or a formatter's.
    Reformatted,
    /// A person has changed it.
    Edited,
    /// It is somebody else's.
    Foreign,
    /// Ours, and no longer wanted.
    Orphan,
    /// It cannot be written: invalid, colliding, or refused by a server.
    Rejected,
}

impl State {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 9] = [
        Self::Ok,
        Self::Missing,
        Self::Outdated,
        Self::Relabel,
        Self::Reformatted,
        Self::Edited,
        Self::Foreign,
        Self::Orphan,
        Self::Rejected,
    ];

    /// The word in reports and metric labels.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Missing => "missing",
            Self::Outdated => "outdated",
            Self::Relabel => "relabel",
            Self::Reformatted => "reformatted",
            Self::Edited => "edited",
            Self::Foreign => "foreign",
            Self::Orphan => "orphan",
            Self::Rejected => "rejected",
        }
    }
}

/// What is done about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Nothing: it is as it should be, or may stay as it is.
    Keep,
    /// It is made.
    Create,
    /// It is brought to the wanted text.
    Update,
    /// Only the notes of its origin are.
    Relabel,
    /// A person's change is overwritten, because that was ordered.
    Restore,
    /// It is taken over as ours, as it is.
    Adopt,
    /// It is removed.
    Delete,
    /// It is not touched, and a person must look.
    Refuse,
}

impl Action {
    /// The word in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Create => "create",
            Self::Update => "update",
            Self::Relabel => "relabel",
            Self::Restore => "restore",
            Self::Adopt => "adopt",
            Self::Delete => "delete",
            Self::Refuse => "refuse",
        }
    }

    /// Whether it changes the target.
    pub const fn writes(self) -> bool {
        !matches!(self, Self::Keep | Self::Refuse)
    }
}

/// One line of a target's plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Which dashboard.
    pub key: Key,
    /// How it is.
    pub state: State,
    /// What is done.
    pub action: Action,
    /// Why, when that is not plain from state and action: the owner of a foreign object, how long an
    /// orphan stays, what a server said.
    pub note: Option<String>,
    /// What was found wrong with it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
}

/// What a person has allowed for this run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Orders {
    /// Whose hand edits may be overwritten.
    pub restore: Restore,
    /// How many removals are allowed beyond the guard.
    pub removals: Option<usize>,
    /// What may be taken over that nobody owns and that holds what is wanted.
    pub adopt: Restore,
    /// Whether an immutable `ConfigMap` may be deleted and made again.
    pub replace_immutable: bool,
}

/// Whose hand edits may be overwritten.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Restore {
    /// Nobody's.
    #[default]
    Nothing,
    /// Those of these dashboards.
    These(Vec<Key>),
    /// Everybody's.
    All,
}

impl Restore {
    /// Whether this dashboard's edit may be overwritten.
    pub fn covers(&self, key: &Key) -> bool {
        match self {
            Self::Nothing => false,
            Self::These(keys) => keys.contains(key),
            Self::All => true,
        }
    }
}

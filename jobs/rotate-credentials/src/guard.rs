//! Guards: what must be true before a step that could lose mail, and the proofs that it was.
//!
//! A proof has private fields and is made here alone, from a checklist in which every condition is
//! known to hold. Unknown never means yes. The steps of the table cannot be made without one.
//!
//! `init` is no step of the table: it begins where there is no current pair, which is what these
//! conditions speak of, and has checks of its own (ADR 10).

mod create;
mod deactivate;
mod delete;
mod promote;
mod roll;

use jiff::Timestamp;
use serde::Serialize;

pub use create::{CreateProof, announced_creation, creation, may_create};
pub use deactivate::{DeactivateProof, deactivation, may_deactivate};
pub use delete::{DeleteProof, deletion, grace, may_delete};
pub use promote::{PromoteProof, may_promote, promotion};
pub use roll::{RollProof, may_roll, rolling};

/// Whether something holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Truth {
    /// It does.
    Yes,
    /// It does not, and why.
    No(String),
    /// It is not known, and why.
    Unknown(String),
}

impl Truth {
    /// Yes, or no with a reason.
    pub(crate) fn of(holds: bool, otherwise: impl FnOnce() -> String) -> Self {
        if holds {
            Self::Yes
        } else {
            Self::No(otherwise())
        }
    }

    /// Yes, no, or unknown.
    pub(crate) fn maybe(
        holds: Option<bool>,
        otherwise: impl FnOnce() -> String,
        unknown: impl FnOnce() -> String,
    ) -> Self {
        match holds {
            Some(holds) => Self::of(holds, otherwise),
            None => Self::Unknown(unknown()),
        }
    }
}

/// One condition of a guard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Condition {
    /// Its name: stable, for tests and programs.
    pub name: ConditionName,
    /// Whether it holds.
    pub truth: Truth,
}

/// Every condition of every guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "`text` says what each means")]
pub enum ConditionName {
    Listed,
    NotCurrent,
    NotPending,
    Ours,
    EveryReplica,
    NowhereInUse,
    LoginWorks,
    MailWorks,
    Unused,
    SoakOver,
    GraceOver,
    MailCounted,
    ClockRight,
    NothingInFuture,
    LeaseOurs,
    NoHold,
    CurrentActive,
    BuiltOnCurrent,
    Due,
    NoOtherKey,
    NothingPending,
    Announced,
    EarlierClusters,
    OnlyLoginDiffers,
}

impl ConditionName {
    /// What must be true, in words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Listed => "the key is listed under the user with the expected status",
            Self::NotCurrent => "it is not the current key",
            Self::NotPending => "it is not the pending key",
            Self::Ours => "it is ours",
            Self::EveryReplica => "every replica of every cluster runs the current key",
            Self::NowhereInUse => "no Secret and no running configuration names it",
            Self::LoginWorks => "the login works",
            Self::MailWorks => "a mail is accepted",
            Self::Unused => "nobody used it since",
            Self::SoakOver => "the soak is over",
            Self::GraceOver => "the grace is over",
            Self::MailCounted => "every cluster sent a mail since",
            Self::ClockRight => "our clock is right",
            Self::NothingInFuture => "no timestamp lies in the future",
            Self::LeaseOurs => "the Lease is ours",
            Self::NoHold => "nobody holds the rotation",
            Self::CurrentActive => "the current key is active",
            Self::BuiltOnCurrent => "the pending version is built on the current one",
            Self::Due => "the current key is older than allowed, or gone",
            Self::NoOtherKey => "the user has no other key",
            Self::NothingPending => "no rotation is under way",
            Self::Announced => "this run has announced it within a minute",
            Self::EarlierClusters => "the clusters before it are proven or out of reach",
            Self::OnlyLoginDiffers => {
                "what is written differs from the template in the login alone"
            }
        }
    }
}

/// All conditions of one guard, in the order of the reference.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Checklist(Vec<Condition>);

impl Checklist {
    pub(crate) fn add(mut self, name: ConditionName, truth: Truth) -> Self {
        self.0.push(Condition { name, truth });
        self
    }

    /// Every condition.
    pub fn conditions(&self) -> &[Condition] {
        &self.0
    }

    /// Whether every condition is known to hold.
    pub fn holds(&self) -> bool {
        self.0.iter().all(|condition| condition.truth == Truth::Yes)
    }

    /// The conditions that do not hold, or are not known to.
    pub fn refused(&self) -> impl Iterator<Item = &Condition> {
        self.0
            .iter()
            .filter(|condition| condition.truth != Truth::Yes)
    }

    /// The condition of that name.
    pub fn find(&self, name: ConditionName) -> Option<&Truth> {
        self.0
            .iter()
            .find(|condition| condition.name == name)
            .map(|condition| &condition.truth)
    }

    /// What refuses, in one line.
    pub fn refusals(&self) -> String {
        let said = self.refused().map(|condition| match &condition.truth {
            Truth::Yes => String::new(),
            Truth::No(why) => why.clone(),
            Truth::Unknown(why) => format!("unknown: {why}"),
        });
        said.collect::<Vec<_>>().join("; ")
    }
}

/// When the facts of a proof were seen.
pub(crate) type Seen = Timestamp;

#[cfg(test)]
mod tests;

//! When the pending version may become current.

use serde::Serialize;

use super::{Checklist, ConditionName as Is, Truth};
use crate::facts::{Facts, Pending};
use crate::key::{AccessKeyId, Key};
use crate::version::VersionId;
use crate::world::{ProbeAnswer, ProbeKind};

/// The pending pair logged in and sent a mail in this run, and is built on the current version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PromoteProof {
    pending: VersionId,
    base: VersionId,
    key: AccessKeyId,
}

impl PromoteProof {
    /// The version that becomes current.
    pub fn pending(&self) -> &VersionId {
        &self.pending
    }

    /// The version that must be current until then.
    pub fn base(&self) -> &VersionId {
        &self.base
    }

    /// Its key.
    pub fn key(&self) -> &AccessKeyId {
        &self.key
    }
}

/// May the pending version become current?
///
/// # Errors
/// The checklist, when a condition does not hold or is not known to.
pub fn may_promote(facts: &Facts<'_>) -> Result<PromoteProof, Checklist> {
    let list = promotion(facts);
    match facts.pending() {
        Pending::Ours { version, key, base } if list.holds() => Ok(PromoteProof {
            pending: version.clone(),
            base: base.clone(),
            key: key.clone(),
        }),
        Pending::Ours { .. } | Pending::Foreign(_) | Pending::None => Err(list),
    }
}

/// The conditions for it.
pub fn promotion(facts: &Facts<'_>) -> Checklist {
    let Pending::Ours { key, base, .. } = facts.pending() else {
        return Checklist::default().add(
            Is::Ours,
            Truth::No("there is no pending version of ours".to_owned()),
        );
    };
    let tried = |kind, what: &str| match facts.world.run.answer(key, kind) {
        Some(ProbeAnswer::Accepted) => Truth::Yes,
        Some(ProbeAnswer::Refused) => Truth::No(format!("the {what} is refused")),
        Some(ProbeAnswer::Failed(why)) => Truth::Unknown(why.to_string()),
        None => Truth::Unknown(format!("the {what} was not tried in this run")),
    };
    Checklist::default()
        .add(
            Is::Listed,
            Truth::of(facts.key(key).is_some_and(Key::is_active), || {
                "the pending key is not listed as active".to_owned()
            }),
        )
        .add(
            Is::Ours,
            Truth::of(facts.mark(key).is_some(), || {
                "the pending key has no mark of ours".to_owned()
            }),
        )
        .add(
            Is::BuiltOnCurrent,
            Truth::of(*base == facts.store.current.version, || {
                "the secret was edited since it was stored".to_owned()
            }),
        )
        .add(Is::LoginWorks, tried(ProbeKind::Auth, "login"))
        .add(Is::MailWorks, tried(ProbeKind::Send, "mail"))
}

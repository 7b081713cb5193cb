//! When a key may be created. AWS allows two for a user, and an answer that is lost costs one.

use serde::Serialize;

use super::deactivate::{closing, login_works};
use super::{Checklist, ConditionName as Is, Seen, Truth};
use crate::facts::{Facts, Pending};

/// Every condition for the creation of a key was seen to hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CreateProof {
    seen: Seen,
}

/// May a key be created?
///
/// # Errors
/// The checklist, when a condition does not hold or is not known to.
pub fn may_create(facts: &Facts<'_>) -> Result<CreateProof, Checklist> {
    let list = announced_creation(facts);
    if list.holds() {
        Ok(CreateProof { seen: facts.now() })
    } else {
        Err(list)
    }
}

/// The conditions for the announcement of a key, which are those of its creation but one.
pub fn creation(facts: &Facts<'_>) -> Checklist {
    let emergency = facts.emergency();
    let others = facts.other_keys().count();
    let listed = facts.iam.map_or(2, |iam| iam.keys.len());
    let room = if emergency { listed < 2 } else { others == 0 };
    let list = Checklist::default()
        .add(
            Is::Due,
            Truth::of(facts.is_due(), || {
                "the current key is young enough".to_owned()
            }),
        )
        .add(
            Is::NoOtherKey,
            Truth::of(facts.iam.is_some() && room, || {
                "the user has another key".to_owned()
            }),
        )
        .add(
            Is::NothingPending,
            Truth::of(facts.pending() == Pending::None, || {
                "a pending version is there".to_owned()
            }),
        );
    let list = if emergency {
        list
    } else {
        list.add(
            Is::EveryReplica,
            Truth::of(facts.all_proven(), || {
                "not every cluster is proven to run the current key".to_owned()
            }),
        )
        .add(Is::LoginWorks, login_works(facts))
    };
    closing(facts, list, None)
}

/// The conditions for the creation itself.
pub fn announced_creation(facts: &Facts<'_>) -> Checklist {
    let intent = facts
        .iam
        .and_then(|iam| iam.marks.intents.get(&facts.world.run.id))
        .and_then(|intent| intent.as_ref().ok());
    let fresh = intent.is_some_and(|it| facts.age(it.at) <= facts.policy.intent_valid);
    creation(facts).add(
        Is::Announced,
        Truth::of(fresh, || "this run has not announced it".to_owned()),
    )
}

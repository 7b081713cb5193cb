//! What lies ahead: the effects up to the end of the rotation, for people who read a plan.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{Next, Phase, Plan};
use crate::facts::Facts;
use crate::marks::Stage;
use crate::policy::Policy;
use crate::world::{Proof, World};

/// One effect to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Upcoming {
    /// What is done.
    pub what: String,
    /// Not before this time, if that is known.
    pub not_before: Option<Timestamp>,
}

impl Upcoming {
    fn new(what: impl Into<String>, not_before: Option<Timestamp>) -> Self {
        Self {
            what: what.into(),
            not_before,
        }
    }
}

/// The effects up to the end of the rotation that is due or under way, in order; empty when none
/// is, or when a person is needed first.
pub fn ahead(world: &World, policy: &Policy, plan: &Plan) -> Vec<Upcoming> {
    let Ok(facts) = super::facts(world, policy) else {
        return Vec::new();
    };
    if plan.phase == Phase::Blocked || facts.iam.is_none() {
        return Vec::new();
    }
    if let (Phase::Idle, Next::Rest { .. }) = (plan.phase, &plan.next) {
        return Vec::new();
    }
    let mut steps = Vec::new();
    let mut now = |what: &str| steps.push(Upcoming::new(what, None));
    if plan.phase == Phase::Create {
        now("announce a new key");
        now("create it");
    }
    if matches!(plan.phase, Phase::Create | Phase::Stage) {
        now("store its pair as AWSPENDING");
        now("mark the key as ours");
    }
    let to_be_promoted = matches!(
        plan.phase,
        Phase::Create | Phase::Stage | Phase::Probe | Phase::Promote
    );
    if to_be_promoted {
        now("try it: a login and a mail to SES's simulator");
        now("make it AWSCURRENT");
    }
    for cluster in &world.clusters {
        if to_be_promoted || cluster.proof(facts.cur()) != Proof::Proven {
            now(&format!("roll {}", cluster.name));
        }
    }
    steps.extend(retirement(&facts, to_be_promoted));
    steps
}

/// The deactivation and the deletion of the old key, with the earliest times.
fn retirement(facts: &Facts<'_>, to_be_promoted: bool) -> Vec<Upcoming> {
    let policy = facts.policy;
    let after = |at: Timestamp, length: SignedDuration| at.checked_add(length).ok();
    let two = |name: String, from: Timestamp, deleted: Option<Timestamp>| {
        let off = after(from, policy.soak);
        let gone = deleted.or_else(|| off.and_then(|at| after(at, policy.grace)));
        vec![
            Upcoming::new(format!("deactivate {name}, unless somebody uses it"), off),
            Upcoming::new(format!("delete {name}"), gone),
        ]
    };
    if to_be_promoted {
        return two(facts.cur().short(), facts.now(), None);
    }
    let each = facts.retired().flat_map(|key| {
        let name = key.id.short();
        match facts.mark(&key.id) {
            Some(mark) if mark.stage == Stage::Inactive => {
                let at = after(mark.since, crate::guard::grace(facts, &key.id));
                vec![Upcoming::new(format!("delete {name}"), at)]
            }
            Some(mark) if mark.stage == Stage::Soaking => two(name, mark.since, None),
            Some(_) | None => two(name, facts.now(), None),
        }
    });
    each.collect()
}

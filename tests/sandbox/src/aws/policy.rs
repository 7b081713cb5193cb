//! Permissions: IAM policies of callers, in the part of the language that policies for these
//! operations use. Whatever else a document says is an error when it is set, so that nothing is
//! believed to be enforced that is not.
//!
//! A caller without a policy may do everything.

use std::collections::BTreeMap;
use std::sync::Arc;

mod condition;
mod pattern;
mod read;

use self::condition::Condition;
use self::pattern::matches;
pub use self::read::PolicyError;

/// The role in whose name a caller acts unless it is given one.
const DEFAULT_ROLE: &str = "sandbox";

/// The condition key with the keys of the tags in a request.
pub(crate) const TAG_KEYS: &str = "aws:TagKeys";

/// A policy and the role that has it.
#[derive(Debug, Clone)]
pub(crate) struct RolePolicy {
    pub(crate) role: String,
    pub(crate) policy: Arc<Policy>,
}

/// The policies of all callers, by access key id.
#[derive(Debug, Default)]
pub(crate) struct Policies(BTreeMap<String, RolePolicy>);

impl Policies {
    pub(crate) fn new(callers: &[(String, RolePolicy)]) -> Self {
        Self(callers.iter().cloned().collect())
    }

    /// Gives the caller a policy; its role stays what it was.
    pub(crate) fn set(&mut self, access_key: &str, policy: Policy) {
        let policy = Arc::new(policy);
        let caller = self.0.entry(access_key.to_owned());
        caller
            .and_modify(|it| it.policy = Arc::clone(&policy))
            .or_insert_with(|| RolePolicy {
                role: DEFAULT_ROLE.to_owned(),
                policy,
            });
    }

    pub(crate) fn of(&self, access_key: &str) -> Option<RolePolicy> {
        self.0.get(access_key).cloned()
    }
}

/// A policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Policy {
    statements: Vec<Statement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Statement {
    effect: Effect,
    /// Patterns, compared without regard to case.
    actions: Vec<String>,
    /// Patterns of ARNs.
    resources: Vec<String>,
    /// All must hold.
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

/// Something that a caller wants to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Need {
    /// Such as `iam:TagUser`.
    pub(crate) action: String,
    /// The ARN, or `*` for what has none.
    pub(crate) resource: String,
    /// How a refusal names the resource.
    pub(crate) shown: String,
    /// Condition keys and their values; a key that is not here is absent from the request.
    pub(crate) context: Vec<(&'static str, Vec<String>)>,
}

/// What a policy says about a [`Need`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    /// No statement allows it.
    NotAllowed,
    /// A statement denies it.
    Denied,
}

impl Policy {
    /// What it says: a denial outweighs every permission.
    pub(crate) fn judge(&self, need: &Need) -> Verdict {
        let says = |effect| {
            let mut statements = self.statements.iter();
            statements.any(|it| it.effect == effect && it.covers(need))
        };
        if says(Effect::Deny) {
            Verdict::Denied
        } else if says(Effect::Allow) {
            Verdict::Allowed
        } else {
            Verdict::NotAllowed
        }
    }
}

impl Statement {
    fn covers(&self, need: &Need) -> bool {
        let action = need.action.to_lowercase();
        let mut actions = self.actions.iter().map(|it| it.to_lowercase());
        actions.any(|it| matches(&it, &action))
            && self.resources.iter().any(|it| matches(it, &need.resource))
            && self.conditions.iter().all(|it| it.holds(need))
    }
}

#[cfg(test)]
mod tests;

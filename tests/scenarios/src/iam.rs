//! The documents in `k8s/iam`, and what the simulated AWS is asked under them.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context as _, Result};
use sandbox::aws::AwsSim;
use sandbox::checkout;
use serde_json::Value;

use crate::job::Finished;

/// The account that stands for `ACCOUNT` in a document.
pub const ACCOUNT: &str = "123456789012";

/// An IAM policy, as the project ships it.
#[derive(Debug, Clone)]
pub struct Policy(Value);

impl Policy {
    /// Reads a file of the project.
    ///
    /// # Errors
    /// When it is missing or no JSON.
    pub fn read(path: &str) -> Result<Self> {
        let text = fs::read_to_string(checkout::file(path)).context(path.to_owned())?;
        Ok(Self(serde_json::from_str(
            &text.replace("ACCOUNT", ACCOUNT),
        )?))
    }

    /// The actions that it allows.
    pub fn actions(&self) -> BTreeSet<String> {
        let statements = self.0.pointer("/Statement").and_then(Value::as_array);
        let statements = statements.into_iter().flatten();
        let allowing = statements.filter(|it| it["Effect"] == "Allow");
        let actions = allowing.flat_map(|it| it["Action"].as_array().into_iter().flatten());
        actions
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    }

    /// The same policy without one action.
    #[must_use]
    pub fn without(&self, action: &str) -> Self {
        let mut policy = self.0.clone();
        if let Some(statements) = policy
            .pointer_mut("/Statement")
            .and_then(Value::as_array_mut)
        {
            // A statement must allow something.
            statements.retain_mut(|statement| {
                let actions = statement.pointer_mut("/Action");
                let Some(actions) = actions.and_then(Value::as_array_mut) else {
                    return true;
                };
                actions.retain(|it| it != action);
                !actions.is_empty()
            });
        }
        Self(policy)
    }

    /// Lets whoever signs with `caller` do what this allows, and nothing else.
    ///
    /// # Errors
    /// When the simulator cannot enforce it.
    pub fn enforce(&self, aws: &AwsSim, caller: &str) -> Result<()> {
        let text = self.0.to_string();
        aws.set_policy(caller, &text).context("setting a policy")
    }
}

/// The operations that were called, in the words of a policy; none of them was refused.
pub fn actions_called(aws: &AwsSim, policy: &Policy) -> BTreeSet<String> {
    let allowed = policy.actions();
    let calls = aws.calls();
    assert_eq!(calls.unrecognised, Vec::<String>::new());
    let action = |name: &str| {
        let mut actions = allowed.iter();
        let found = actions.find(|it| it.split_once(':').is_some_and(|(_, it)| it == name));
        found.cloned().unwrap_or_else(|| format!("?:{name}"))
    };
    for call in &calls.calls {
        assert_ne!(call.status, 403, "{call:?}");
    }
    calls
        .calls
        .iter()
        .map(|it| action(it.operation.name()))
        .collect()
}

/// Fails unless the run ended for want of `permission`, and says so.
#[track_caller]
pub fn assert_missed(run: &Finished, permission: &str) {
    let told = format!("{permission}: {}\n{}", run.stdout, run.stderr);
    assert_eq!(run.status, 4, "{told}");
    let text = |field: &str| {
        let value = run.termination.get(field).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let (error, hint) = (text("error"), text("hint"));
    assert!(
        error.contains(permission) || hint.contains(permission),
        "{error} · {hint} · {told}"
    );
}

//! The company's AWS account: the mail user with a young key, the secret with what Alertmanager needs, and
//! one caller with the rights of all jobs' roles, as `k8s/iam` has them.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use common::clock::Clock;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::aws::{Content, Limits, Options};
use crate::checkout;
use crate::company::{self, CLUSTERS, SECRET};

/// What Alertmanager's template asks of the secret besides the mail credentials. The addresses are those
/// of stand-ins.
const MEMBERS: [(&str, &str); 3] = [
    (
        "pagerduty_integration_key",
        "0123456789abcdef0123456789abcdef",
    ),
    ("slack-webhook", "http://receivers.sandbox:8080/slack"),
    ("deadmanssnitch", "http://receivers.sandbox:8080/snitch"),
];

/// The account with a key of a day.
pub(super) fn content() -> Result<Content> {
    let created = Clock::system().now() - SignedDuration::from_hours(24);
    let text = company::content::company(created)?;
    let mut account: Value = serde_json::from_str(&text).context("reading the account")?;
    let text = account.pointer_mut("/secrets/0/versions/0/text");
    let text = text.context("the account has no secret")?;
    let mut document: Value = serde_json::from_str(text.as_str().unwrap_or_default())
        .with_context(|| format!("reading {SECRET}"))?;
    let members = document
        .as_object_mut()
        .context("the secret is no object")?;
    members.extend(MEMBERS.map(|(name, value)| (name.to_owned(), value.into())));
    *text = Value::String(document.to_string());
    let policy = account.pointer_mut("/callers/0/policy");
    *policy.context("the account has no caller")? = Value::String(policy_of_all_roles()?);
    Ok(Content::from_yaml("estate", &account.to_string())?)
}

/// No quota: both clusters' jobs are one caller.
pub(super) fn options() -> Options {
    Options {
        limits: Limits::NONE,
        ..Options::default()
    }
}

/// One document with the statements of every role's policy.
fn policy_of_all_roles() -> Result<String> {
    let mut statements = Vec::new();
    for path in policies()? {
        let text = fs::read_to_string(&path);
        let text = text.with_context(|| format!("reading {}", path.display()))?;
        let policy: Value = serde_json::from_str(&text)
            .with_context(|| format!("understanding {}", path.display()))?;
        let of_role = policy.get("Statement").and_then(Value::as_array);
        let mut of_role = of_role.cloned().unwrap_or_default();
        for statement in of_role.iter_mut().filter_map(Value::as_object_mut) {
            // Unique within a document, which these were not made for.
            statement.remove("Sid");
        }
        statements.extend(of_role);
    }
    ensure!(
        !statements.is_empty(),
        "k8s/iam/rendered has no policy of a role"
    );
    statements.dedup();
    Ok(json!({"Version": "2012-10-17", "Statement": statements}).to_string())
}

fn policies() -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for cluster in CLUSTERS {
        let folder = checkout::file("k8s/iam/rendered").join(cluster);
        let roles = fs::read_dir(&folder);
        for role in roles.with_context(|| format!("listing {}", folder.display()))? {
            let policy = role.context("listing roles")?.path().join("policy.json");
            if policy.is_file() {
                found.push(policy);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::{content, policy_of_all_roles};

    #[test]
    fn the_caller_may_what_each_role_may() {
        let policy = policy_of_all_roles().unwrap();
        for action in [
            "cloudwatch:GetMetricData",
            "iam:CreateAccessKey",
            "secretsmanager:PutSecretValue",
        ] {
            assert!(policy.contains(action), "{action}: {policy}");
        }
        content().unwrap();
    }
}

//! What EKS does with the token of somebody from another cluster: it finds out whose AWS credentials
//! signed it, and which groups the access entries give them.
//!
//! A stand-in for the authenticator beside an API server. It checks no signature, as the simulated AWS
//! checks none; a token names its key, and the key its role.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::identity::Identity;
use super::listener::{Answer, Listener};
use crate::checkout;

/// What the tokens of EKS begin with.
const PREFIX: &str = "k8s-aws-v1.";

/// Starts the authenticator of the cluster of this name.
pub(super) fn authenticator(cluster: &str) -> Result<Listener> {
    let users = users(cluster)?;
    let answer = move |_: &str, body: &[u8]| {
        let review: Value = serde_json::from_slice(body).unwrap_or_default();
        let token = review.pointer("/spec/token").and_then(Value::as_str);
        let user = token.and_then(key).and_then(|key| users.get(&key));
        let status = match user {
            Some(user) => json!({"authenticated": true, "user": user}),
            None => json!({"authenticated": false}),
        };
        let version = review.get("apiVersion").cloned().unwrap_or_default();
        let answer = json!({"apiVersion": version, "kind": "TokenReview", "status": status});
        (StatusCode::OK, answer.to_string())
    };
    let answer: Arc<Answer> = Arc::new(answer);
    Listener::start("authenticator", answer)
}

/// What an access entry says, as far as it is read.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    principal_arn: String,
    kubernetes_groups: Vec<String>,
}

/// Who the cluster's access entries let in, by access key.
fn users(cluster: &str) -> Result<BTreeMap<String, Value>> {
    let folder = checkout::file("k8s/iam/rendered")
        .join(cluster)
        .join("access");
    let identities = Identity::all()?;
    let mut users = BTreeMap::new();
    for file in fs::read_dir(&folder).with_context(|| format!("listing {}", folder.display()))? {
        let path = file.context("listing access entries")?.path();
        let text = fs::read_to_string(&path);
        let text = text.with_context(|| format!("reading {}", path.display()))?;
        let entry: Entry = serde_json::from_str(&text)
            .with_context(|| format!("understanding {}", path.display()))?;
        let mut all = identities.iter().map(|(identity, _)| identity);
        let holder = all.find(|it| it.role_arn == entry.principal_arn);
        let holder = holder.with_context(|| format!("{} is no role's", path.display()))?;
        users.insert(
            holder.key(),
            json!({"username": entry.principal_arn, "groups": entry.kubernetes_groups}),
        );
    }
    Ok(users)
}

/// The access key that a token is signed with.
fn key(token: &str) -> Option<String> {
    let url = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
    let url: reqwest::Url = String::from_utf8(url).ok()?.parse().ok()?;
    let (_, scope) = url
        .query_pairs()
        .find(|(name, _)| name == "X-Amz-Credential")?;
    scope.split('/').next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::super::identity::Identity;
    use super::{key, users};

    #[test]
    fn a_token_names_its_key_and_anything_else_names_nobody() {
        let url = "https://sts.us-east-1.amazonaws.com/?X-Amz-Credential=AKIA1%2F20260801%2Fx&X-Amz-Date=1";
        let token = format!("k8s-aws-v1.{}", URL_SAFE_NO_PAD.encode(url));
        assert_eq!(key(&token).as_deref(), Some("AKIA1"));
        for other in [
            "",
            "k8s-aws-v1.",
            "k8s-aws-v1.%%",
            "eyJhbGciOiJSUzI1NiJ9.e30.x",
        ] {
            assert_eq!(key(other), None, "{other}");
        }
    }

    #[test]
    fn whoever_has_an_access_entry_is_known_with_its_groups_and_nobody_else_is() {
        let users = users("remoting-prod-e1-1").unwrap();
        let known = |service_account: &str| {
            let all = Identity::all().unwrap().into_iter();
            let mut keys = all
                .filter(|(it, _)| it.role_arn.contains(service_account))
                .map(|(it, _)| it.key());
            keys.find_map(|key| users.get(&key).cloned())
        };
        let writer = known("prod-e1-1.monitoring-credentials.rotate-credentials.");
        assert_eq!(
            writer.unwrap()["groups"],
            serde_json::json!(["monitoring-jobs:rotate-credentials"])
        );
        assert_eq!(known("export-cloudwatch"), None);
    }
}

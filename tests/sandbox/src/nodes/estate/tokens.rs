//! What EKS does with the token of somebody from another cluster: it finds out whose AWS credentials
//! signed it, and which groups the access entries give them.
//!
//! A stand-in for the authenticator beside an API server. It checks no signature, as the simulated AWS
//! checks none; a token names its key, and the key its holder.

use std::fs;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::{Value, json};

use super::listener::{Answer, Listener};
use crate::checkout;
use crate::company::CALLER;

/// What the tokens of EKS begin with.
const PREFIX: &str = "k8s-aws-v1.";

/// Starts the authenticator of the cluster of this name.
pub(super) fn authenticator(cluster: &str) -> Result<Listener> {
    let groups = groups(cluster)?;
    let answer = move |_: &str, body: &[u8]| {
        let review: Value = serde_json::from_slice(body).unwrap_or_default();
        let token = review.pointer("/spec/token").and_then(Value::as_str);
        let known = token.and_then(key).is_some_and(|key| key == CALLER);
        let status = if known {
            json!({
                "authenticated": true,
                "user": {"username": format!("aws:{CALLER}"), "groups": groups},
            })
        } else {
            json!({"authenticated": false})
        };
        let version = review.get("apiVersion").cloned().unwrap_or_default();
        let answer = json!({"apiVersion": version, "kind": "TokenReview", "status": status});
        (StatusCode::OK, answer.to_string())
    };
    let answer: Arc<Answer> = Arc::new(answer);
    Listener::start("authenticator", answer)
}

/// The groups of all access entries of a cluster.
fn groups(cluster: &str) -> Result<Vec<String>> {
    let folder = checkout::file("k8s/iam/rendered")
        .join(cluster)
        .join("access");
    let mut groups = Vec::new();
    for file in fs::read_dir(&folder).with_context(|| format!("listing {}", folder.display()))? {
        let path = file.context("listing access entries")?.path();
        let text = fs::read_to_string(&path);
        let text = text.with_context(|| format!("reading {}", path.display()))?;
        let entry: Value = serde_json::from_str(&text)
            .with_context(|| format!("understanding {}", path.display()))?;
        let named = entry.get("kubernetesGroups").and_then(Value::as_array);
        let named = named.into_iter().flatten().filter_map(Value::as_str);
        groups.extend(named.map(str::to_owned));
    }
    Ok(groups)
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

    use super::{groups, key};

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
    fn the_groups_are_those_of_the_access_entries() {
        let groups = groups("remoting-prod-e1-1").unwrap();
        assert!(
            groups.contains(&"monitoring-jobs:rotate-credentials".to_owned()),
            "{groups:?}"
        );
    }
}

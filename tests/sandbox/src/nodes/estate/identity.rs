//! Who the pods are to AWS: each its service account's role, as `k8s/iam` has it, with that role's policy
//! and no other.
//!
//! On EKS a pod gets credentials for its role by a token; here the role's access key stands in its
//! environment, and is made of the account's name, so that the chart's template and this agree on it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::checkout;
use crate::upstream::hex;

/// Where the chart's template writes the environment that is the same for all jobs.
pub(super) const ENVIRONMENT: &str =
    "                {{- range $variable, $value := $.Values.environment }}\n";

/// The same after the key of the pod's own role.
pub(super) const OWN_ENVIRONMENT: &str = "\
                {{- if $facts.aws }}
                - name: AWS_ACCESS_KEY_ID
                  value: AKIA{{ printf \"%s/%s/%s\" $.Values.cluster $facts.namespace $name | sha256sum | upper | trunc 16 }}
                {{- end }}
                {{- range $variable, $value := $.Values.environment }}
";

/// A service account with its role.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Identity {
    cluster_name: String,
    namespace: String,
    service_account: String,
    /// What access entries of clusters call it.
    pub(super) role_arn: String,
}

impl Identity {
    /// All of them.
    pub(super) fn all() -> Result<Vec<(Self, Option<String>)>> {
        let mut all = Vec::new();
        for cluster in folders(&checkout::file("k8s/iam/rendered"))? {
            for role in folders(&cluster)? {
                let association = role.join("association.json");
                if !association.is_file() {
                    continue;
                }
                let text = read(&association)?;
                let identity = serde_json::from_str(&text);
                let identity =
                    identity.with_context(|| format!("understanding {}", association.display()))?;
                let policy = role.join("policy.json");
                let policy = policy.is_file().then(|| read(&policy)).transpose()?;
                all.push((identity, policy));
            }
        }
        ensure!(!all.is_empty(), "k8s/iam/rendered has no role");
        Ok(all)
    }

    /// The key that its pods sign with.
    pub(super) fn key(&self) -> String {
        let Self {
            cluster_name,
            namespace,
            service_account,
            ..
        } = self;
        let account = format!("{cluster_name}/{namespace}/{service_account}");
        let digest = hex(&Sha256::digest(account.as_bytes())).to_uppercase();
        format!("AKIA{}", digest.get(..16).unwrap_or_default())
    }
}

/// The callers of the account: every role with its policy. One without a policy may nothing but say who it
/// is.
pub(super) fn callers() -> Result<Vec<Value>> {
    let nothing = json!({"Version": "2012-10-17", "Statement": []}).to_string();
    let all = Identity::all()?.into_iter();
    let callers = all.map(|(identity, policy)| {
        let role = identity.role_arn.rsplit('/').next().unwrap_or_default();
        json!({
            "access_key": identity.key(), "role": role,
            "policy": policy.unwrap_or_else(|| nothing.clone()),
        })
    });
    Ok(callers.collect())
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

fn folders(path: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for item in fs::read_dir(path).with_context(|| format!("listing {}", path.display()))? {
        let item = item.context("listing a folder")?.path();
        if item.is_dir() {
            found.push(item);
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Identity, callers};

    #[test]
    fn every_service_account_has_a_key_of_its_own() {
        let all = Identity::all().unwrap();
        let keys: BTreeSet<String> = all.iter().map(|(it, _)| it.key()).collect();
        assert_eq!(keys.len(), all.len());
        assert!(keys.iter().all(|key| key.len() == 20), "{keys:?}");
    }

    #[test]
    fn a_caller_may_what_its_role_may() {
        let callers = callers().unwrap();
        let of = |role: &str| {
            let mut all = callers.iter();
            all.find(|it| it["role"] == role).unwrap()["policy"].to_string()
        };
        let writer = of("k8s.prod-e1-1.monitoring-credentials.rotate-credentials.service");
        assert!(writer.contains("iam:CreateAccessKey"), "{writer}");
        let follower = of("k8s.remoting-prod-e1-1.rotate-credentials.service");
        assert!(!follower.contains("iam:CreateAccessKey"), "{follower}");
        let check = of("k8s.prod-e1-1.monitoring.check-consistency.service");
        assert!(!check.contains("Allow"), "{check}");
    }
}

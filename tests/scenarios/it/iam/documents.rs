//! The documents: made of the sources, compared with what is committed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use sandbox::checkout;
use serde_json::{Value, json};

use super::Account;
use crate::chart::documents::{Rendered, documents};

/// Where the documents are kept.
const PLACE: &str = "k8s/iam/rendered";

/// Setting this writes them anew.
const UPDATE: &str = "UPDATE_RENDERED";

/// The documents as text, by their paths below [`PLACE`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Documents(pub(super) BTreeMap<String, String>);

impl Documents {
    /// What is committed.
    pub(super) fn committed() -> Result<Self> {
        let mut found = Self::default();
        found.collect(&checkout::file(PLACE), "")?;
        Ok(found)
    }

    fn collect(&mut self, directory: &Path, prefix: &str) -> Result<()> {
        let entries = fs::read_dir(directory).context(directory.display().to_string())?;
        for entry in entries {
            let entry = entry?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                self.collect(&entry.path(), &format!("{path}/"))?;
            } else {
                self.0.insert(path, fs::read_to_string(entry.path())?);
            }
        }
        Ok(())
    }

    /// What the sources and the rendered chart make.
    fn rendered(renders: &[Rendered]) -> Result<Self> {
        let mut made = Self::default();
        let issuers = issuers()?;
        for account in Account::all(renders) {
            let issuer = issuers.get(&account.cluster);
            let issuer = issuer.with_context(|| format!("no issuer for {}", account.cluster))?;
            made.role(&account, issuer, renders)?;
            made.access(&account, renders)?;
        }
        let mail_user = fill("policies/mail-user.json", &[("ACCOUNT", owner(renders)?)])?;
        for name in ["policy", "boundary"] {
            made.0
                .insert(format!("mail-user/{name}.json"), mail_user.clone());
        }
        Ok(made)
    }

    fn role(&mut self, account: &Account, issuer: &str, renders: &[Rendered]) -> Result<()> {
        let with = [
            ("ACCOUNT", owner(renders)?),
            ("ISSUER", issuer),
            ("NAMESPACE", account.namespace.as_str()),
            ("NAME", account.name.as_str()),
            ("CLUSTER", account.cluster.as_str()),
        ];
        let directory = account.directory();
        for kind in ["irsa", "pod-identity"] {
            let document = fill(&format!("trust/{kind}.json"), &with)?;
            self.0
                .insert(format!("{directory}/trust-{kind}.json"), document);
        }
        let association = json!({
            "clusterName": account.cluster,
            "namespace": account.namespace,
            "serviceAccount": account.name,
            "roleArn": account.role,
        });
        self.request(format!("{directory}/association.json"), &association)?;
        if let Some(source) = policy(account, renders)? {
            let document = fill(&format!("policies/{source}.json"), &with)?;
            self.0.insert(format!("{directory}/policy.json"), document);
        }
        Ok(())
    }

    /// What lets the role into the clusters that its job reaches with a kubeconfig.
    fn access(&mut self, account: &Account, renders: &[Rendered]) -> Result<()> {
        if !account.configuration(renders).contains_key("kubeconfig") {
            return Ok(());
        }
        for peer in renders.iter().filter(|it| it.cluster != account.cluster) {
            let entry = json!({
                "clusterName": peer.cluster,
                "principalArn": account.role,
                "kubernetesGroups": [format!("monitoring-jobs:{}", account.name)],
                "type": "STANDARD",
            });
            let path = format!("{}/access/{}.json", peer.cluster, account.role_name());
            self.request(path, &entry)?;
        }
        Ok(())
    }

    /// The input of a command of the AWS CLI.
    fn request(&mut self, path: String, input: &Value) -> Result<()> {
        let text = serde_json::to_string_pretty(input)?;
        self.0.insert(path, format!("{text}\n"));
        Ok(())
    }

    /// One of them as JSON.
    pub(super) fn json(&self, path: &str) -> Option<Value> {
        serde_json::from_str(self.0.get(path)?).ok()
    }

    /// Replaces text in one of them, to plant a defect.
    pub(super) fn plant(&mut self, path: &str, old: &str, new: &str) {
        let document = self.0.get_mut(path).unwrap();
        assert!(document.contains(old), "{path} has no {old}");
        *document = document.replace(old, new);
    }
}

/// Which of the sources is the policy of an account's role. None: every call that it makes is allowed to
/// everybody.
fn policy(account: &Account, renders: &[Rendered]) -> Result<Option<&'static str>> {
    let files = account.configuration(renders);
    let follows = || files.values().any(|it| it.contains("\nrole: follower\n"));
    Ok(match account.name.as_str() {
        "export-cloudwatch" => Some("export-cloudwatch"),
        "export-cloudwatch-plan" => Some("export-cloudwatch-plan"),
        // A follower reads, whether it plans or acts.
        "rotate-credentials" | "rotate-credentials-plan" if follows() => {
            Some("rotate-credentials-follower")
        }
        "rotate-credentials" => Some("rotate-credentials"),
        "rotate-credentials-plan" => Some("rotate-credentials-plan"),
        "check-consistency" => None,
        other => bail!("which policy has {other}?"),
    })
}

/// The account that has the roles.
fn owner(renders: &[Rendered]) -> Result<&str> {
    let object = renders.iter().flat_map(|it| it.of("ServiceAccount"));
    let mut arns = object
        .filter_map(|it| it["metadata"]["annotations"]["eks.amazonaws.com/role-arn"].as_str());
    let arn = arns.next().context("no account has a role")?;
    arn.split(':').nth(4).context("an ARN without an account")
}

/// Who signs the tokens of each cluster's service accounts.
pub(super) fn issuers() -> Result<BTreeMap<String, String>> {
    let text = fs::read_to_string(checkout::file("k8s/iam/clusters.yaml"))?;
    let document = documents(&text)?.pop().context("clusters.yaml is empty")?;
    let clusters = document
        .as_object()
        .context("clusters.yaml is no mapping")?;
    let issuer = |(name, it): (&String, &Value)| {
        let issuer = it["issuer"]
            .as_str()
            .context(format!("{name} has no issuer"))?;
        Ok((name.clone(), issuer.to_owned()))
    };
    clusters.iter().map(issuer).collect()
}

/// A source with something in place of each word in capitals.
fn fill(source: &str, with: &[(&str, &str)]) -> Result<String> {
    let path = format!("k8s/iam/{source}");
    let text = fs::read_to_string(checkout::file(&path)).context(path.clone())?;
    let filled = with
        .iter()
        .fold(text, |text, (word, value)| text.replace(word, value));
    serde_json::from_str::<Value>(&filled).context(path)?;
    Ok(filled)
}

#[test]
fn what_is_committed_is_what_the_sources_make() -> Result<()> {
    let made = Documents::rendered(&Rendered::all()?)?;
    if std::env::var_os(UPDATE).is_some() {
        let place = checkout::file(PLACE);
        if place.exists() {
            fs::remove_dir_all(&place)?;
        }
        for (path, text) in &made.0 {
            let file = place.join(path);
            fs::create_dir_all(file.parent().context("a path without a directory")?)?;
            fs::write(file, text)?;
        }
    }
    let committed = Documents::committed()?;
    let differs = |path: &&String| committed.0.get(*path) != made.0.get(*path);
    let all = committed.0.keys().chain(made.0.keys());
    let differing: Vec<_> = all.filter(differs).collect();
    assert!(
        differing.is_empty(),
        "out of date (run this test with {UPDATE}=1): {differing:?}"
    );
    Ok(())
}

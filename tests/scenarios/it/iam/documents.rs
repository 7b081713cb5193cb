//! The documents: made of the sources, compared with what is committed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use sandbox::checkout;
use scenarios::rendered::{self, UPDATE};
use serde_json::{Value, json};

use super::{Account, text};
use crate::chart::documents::{Rendered, documents};

/// Where the documents are kept.
const PLACE: &str = "k8s/iam/rendered";

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
    fn rendered(sources: &Sources, renders: &[Rendered]) -> Result<Self> {
        let mut made = Self::default();
        let issuers = sources.issuers()?;
        for account in Account::all(renders) {
            let issuer = issuers.get(&account.cluster);
            let issuer = issuer.with_context(|| format!("no issuer for {}", account.cluster))?;
            made.role(&account, issuer, sources, renders)?;
            made.access(&account, renders)?;
        }
        for (cluster, role) in sources.operators()? {
            made.operators(&cluster, &role, renders)?;
        }
        let mail_user = sources.fill("policies/mail-user.json", &[("ACCOUNT", owner(renders)?)])?;
        for name in ["policy", "boundary"] {
            made.0
                .insert(format!("mail-user/{name}.json"), mail_user.clone());
        }
        Ok(made)
    }

    fn role(
        &mut self,
        account: &Account,
        issuer: &str,
        sources: &Sources,
        renders: &[Rendered],
    ) -> Result<()> {
        let with = [
            ("ACCOUNT", owner(renders)?),
            ("ISSUER", issuer),
            ("NAMESPACE", account.namespace.as_str()),
            ("NAME", account.name.as_str()),
            ("CLUSTER", account.cluster.as_str()),
        ];
        let directory = account.directory();
        for kind in ["irsa", "pod-identity"] {
            let document = sources.fill(&format!("trust/{kind}.json"), &with)?;
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
            let document = sources.fill(&format!("policies/{source}.json"), &with)?;
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

    /// What lets people on call into a cluster, as the group that `k8s/rbac/operators.yaml` binds.
    fn operators(&mut self, cluster: &str, role: &str, renders: &[Rendered]) -> Result<()> {
        let entry = json!({
            "clusterName": cluster,
            "principalArn": format!("arn:aws:iam::{}:role/{role}", owner(renders)?),
            "kubernetesGroups": ["monitoring-jobs:operators"],
            "type": "STANDARD",
        });
        self.request(format!("{cluster}/people/operators.json"), &entry)
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

    /// The paths of what is not the same in both.
    fn differing(&self, other: &Self) -> BTreeSet<String> {
        let all = self.0.keys().chain(other.0.keys());
        let differing = all.filter(|path| self.0.get(*path) != other.0.get(*path));
        differing.cloned().collect()
    }
}

/// What the documents are made of beside the chart, by paths below `k8s/iam`.
#[derive(Debug, Clone)]
struct Sources(Documents);

impl Sources {
    /// What is committed.
    fn read() -> Result<Self> {
        let mut found = Documents::default();
        for folder in ["trust", "policies"] {
            let place = checkout::file(&format!("k8s/iam/{folder}"));
            found.collect(&place, &format!("{folder}/"))?;
        }
        let text = fs::read_to_string(checkout::file("k8s/iam/clusters.yaml"))?;
        found.0.insert("clusters.yaml".to_owned(), text);
        Ok(Self(found))
    }

    fn text(&self, path: &str) -> Result<&str> {
        let text = self.0.0.get(path).map(String::as_str);
        text.with_context(|| format!("k8s/iam/{path} is missing"))
    }

    /// Who signs the tokens of each cluster's service accounts.
    fn issuers(&self) -> Result<BTreeMap<String, String>> {
        self.clusters("issuer")
    }

    /// The role of people on call in each cluster, with its path.
    fn operators(&self) -> Result<BTreeMap<String, String>> {
        self.clusters("operators")
    }

    /// What `clusters.yaml` says under a key, by cluster.
    fn clusters(&self, key: &str) -> Result<BTreeMap<String, String>> {
        let mut document = documents(self.text("clusters.yaml")?)?;
        let document = document.pop().context("clusters.yaml is empty")?;
        let clusters = document
            .as_object()
            .context("clusters.yaml is no mapping")?;
        let said = |(name, it): (&String, &Value)| {
            let said = it[key].as_str();
            let said = said.with_context(|| format!("{name} has no {key}"))?;
            Ok((name.clone(), said.to_owned()))
        };
        clusters.iter().map(said).collect()
    }

    /// A source with something in place of each word in capitals.
    fn fill(&self, source: &str, with: &[(&str, &str)]) -> Result<String> {
        let text = self.text(source)?.to_owned();
        let filled = with
            .iter()
            .fold(text, |text, (word, value)| text.replace(word, value));
        serde_json::from_str::<Value>(&filled).with_context(|| format!("k8s/iam/{source}"))?;
        Ok(filled)
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
    Sources::read()?.issuers()
}

#[test]
fn what_is_committed_is_what_the_sources_make() -> Result<()> {
    let made = Documents::rendered(&Sources::read()?, &Rendered::all()?)?;
    if rendered::is_renewed() {
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
    let differing = Documents::committed()?.differing(&made);
    assert!(
        differing.is_empty(),
        "out of date (run this test with {UPDATE}=1): {differing:?}"
    );
    Ok(())
}

#[test]
fn a_change_of_a_source_or_of_the_chart_or_by_hand_is_seen_where_it_shows() -> Result<()> {
    const EXPORT: &str = "prod-e1-1/k8s.prod-e1-1.monitoring.export-cloudwatch.service";
    let (sources, renders) = (Sources::read()?, Rendered::all()?);
    let committed = Documents::committed()?;
    let seen = |sources: &Sources, renders: &[Rendered]| -> Result<BTreeSet<String>> {
        Ok(committed.differing(&Documents::rendered(sources, renders)?))
    };
    let planted = |path: &str, old: &str, new: &str| {
        let mut sources = sources.clone();
        sources.0.plant(path, old, new);
        seen(&sources, &renders)
    };

    let policy = "policies/export-cloudwatch.json";
    let changed = planted(policy, "cloudwatch:GetMetricData", "cloudwatch:*")?;
    assert_eq!(changed, BTreeSet::from([format!("{EXPORT}/policy.json")]));
    let changed = planted("policies/mail-user.json", "ses:SendRawEmail", "ses:*")?;
    let mail_user = ["mail-user/boundary.json", "mail-user/policy.json"];
    assert_eq!(changed, BTreeSet::from(mail_user.map(str::to_owned)));

    // Every role has one, and nothing else changes with it.
    let changed = planted("trust/irsa.json", "sts.amazonaws.com", "sts.example.com")?;
    let roles = Account::all(&renders).len();
    assert!(roles > 3, "{roles}");
    assert_eq!(changed.len(), roles);
    assert!(changed.iter().all(|it| it.ends_with("/trust-irsa.json")));

    let changed = planted("clusters.yaml", "MonitoringOnCall", "Developers")?;
    let people = ["prod-e1-1", "remoting-prod-e1-1"];
    let people = people.map(|cluster| format!("{cluster}/people/operators.json"));
    assert_eq!(changed, BTreeSet::from(people));

    // The chart's side: the role of one account has another name.
    let mut renamed = renders.clone();
    let account = renamed[0].object_mut("ServiceAccount", "export-cloudwatch");
    let role = &mut account["metadata"]["annotations"]["eks.amazonaws.com/role-arn"];
    *role = text(role).replace("export-cloudwatch", "export").into();
    let changed = seen(&sources, &renamed)?;
    for path in [
        format!("{EXPORT}/association.json"),
        format!("{EXPORT}/association.json").replace("export-cloudwatch", "export"),
    ] {
        assert!(changed.contains(&path), "{path}: {changed:?}");
    }

    // A file that nobody makes, and one that is gone.
    let mut by_hand = committed.clone();
    by_hand.0.insert("by-hand.json".to_owned(), "{}".to_owned());
    let gone = format!("{EXPORT}/policy.json");
    by_hand.0.remove(&gone);
    let expected = BTreeSet::from(["by-hand.json".to_owned(), gone]);
    let made = Documents::rendered(&sources, &renders)?;
    assert_eq!(by_hand.differing(&made), expected);
    Ok(())
}

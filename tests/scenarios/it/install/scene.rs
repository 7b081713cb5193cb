//! One cluster with the operator's definitions, an AWS account with the secret, and a copy of the files that
//! name this cluster's API server.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sandbox::aws::{AwsSim, Content, Options};
use sandbox::checkout;
use sandbox::kubernetes::{AuditEntry, Client, Cluster, ClusterOptions};
use sandbox::tools::{Tool, Tools};
use scenarios::job::{Finished, Job};
use scenarios::wait;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{CLUSTER, PATIENCE};

/// The secret's name.
const NAME: &str = "prod/monitoring";

/// As whom the installation acts.
const USER: &str = "installer";

/// The first key, and one that takes its place.
pub(super) const KEYS: [(&str, &str); 2] = [
    (
        "AKIAIOSFODNN7EXAMPLE",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    ),
    (
        "AKIAI44QH8DHBEXAMPLE",
        "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY",
    ),
];

/// The other members, with what they are.
pub(super) const MEMBERS: [(&str, &str); 5] = [
    (
        "slack-webhook",
        "https://hooks.slack.com/services/T0/B0/sentinel-slack",
    ),
    ("deadmanssnitch", "https://nosnch.in/sentinel-snitch"),
    (
        "pagerduty_integration_key",
        "sentinelpagerduty0123456789abcdef",
    ),
    (
        "grafana-google-client-id",
        "812345678901-vq3kd.apps.idents.test",
    ),
    ("grafana-google-client-secret", "GOCSPX-sentinel-google"),
];

/// The kinds of the operator.
const DEFINITIONS: [&str; 5] = [
    "alertmanagers",
    "podmonitors",
    "prometheuses",
    "prometheusrules",
    "servicemonitors",
];

/// Somebody who may make the namespace, and in it nothing.
const NEWCOMER: &str = "newcomer";

/// What that one may do.
const NEWCOMERS_RIGHTS: &str = "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: newcomer}
rules:
- {apiGroups: ['*'], resources: ['*'], verbs: [get, list]}
- {apiGroups: [''], resources: [namespaces], verbs: [create]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: newcomer}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: newcomer}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: newcomer}]
";

/// The running scene. Everything ends when it is dropped.
#[derive(Debug)]
pub(super) struct Scene {
    pub(super) cluster: Cluster,
    pub(super) aws: AwsSim,
    helm: PathBuf,
    kubeconfig: PathBuf,
    files: TempDir,
}

impl Scene {
    /// A cluster with the operator's kinds and nothing else.
    pub(super) async fn start() -> Result<Self> {
        let tools = Tools::from_process()?;
        let cluster = Cluster::start(&tools, ClusterOptions::new(CLUSTER)).await?;
        cluster.define(&DEFINITIONS).await?;
        let scene = Self {
            helm: tools.locate(Tool::Helm).await?,
            kubeconfig: cluster.kubeconfig_for(USER, Some("system:masters"))?,
            aws: AwsSim::start(
                Content::from_yaml("account", &account(0))?,
                Options::default(),
            )?,
            files: TempDir::new()?,
            cluster,
        };
        scene.write_files()?;
        Ok(scene)
    }

    /// The directory that stands for `k8s`.
    pub(super) fn files(&self) -> &Path {
        self.files.path()
    }

    /// The program Helm.
    pub(super) fn helm(&self) -> &Path {
        &self.helm
    }

    /// How the installation reaches the cluster.
    pub(super) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Replaces something in a file of it.
    pub(super) fn edit(&self, file: &str, old: &str, new: &str) -> Result<()> {
        let path = self.files().join(file);
        let text = fs::read_to_string(&path)?;
        ensure!(text.contains(old), "{file} has no {old:?}");
        fs::write(path, text.replace(old, new))?;
        Ok(())
    }

    /// Whoever installs from now on may read everything, and make no more than the namespace.
    pub(super) async fn install_as_newcomer(&mut self) -> Result<()> {
        self.cluster.apply(&[NEWCOMERS_RIGHTS]).await?;
        self.kubeconfig = self.cluster.kubeconfig_for(NEWCOMER, None)?;
        Ok(())
    }

    /// The second pair takes the place of the first one in AWS.
    pub(super) fn rotate(&self) -> Result<()> {
        self.aws
            .set_content(Content::from_yaml("account", &account(1))?);
        Ok(())
    }

    /// A run of the program; `command` is empty for the installation itself. No kubelet makes anything
    /// ready, so Helm does not wait.
    pub(super) fn job(&self, command: &[&str], more: &[&str]) -> Result<Job> {
        let more = [&["--no-wait"], more].concat();
        self.job_with(&self.helm, command, &more)
    }

    /// The same with another Helm, which waits unless it is told not to.
    pub(super) fn job_with(&self, helm: &Path, command: &[&str], more: &[&str]) -> Result<Job> {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let mut arguments: Vec<String> = command.iter().map(|it| (*it).to_owned()).collect();
        for (flag, value) in [
            ("--cluster", CLUSTER.to_owned()),
            ("--kubeconfig", path(&self.kubeconfig)),
            ("--files", path(self.files())),
            ("--helm", path(helm)),
        ] {
            arguments.extend([flag.to_owned(), value]);
        }
        arguments.extend(more.iter().map(|it| (*it).to_owned()));
        let job = Job::installer(arguments)?
            .env("AWS_ENDPOINT_URL", &self.aws.endpoint())
            .env("AWS_ACCESS_KEY_ID", "AKIASANDBOX000000000")
            .env("AWS_SECRET_ACCESS_KEY", "sandbox-secret-access-key")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            // With the code of whatever it ends with.
            .env("LOG_FORMAT", "json");
        Ok(job)
    }

    /// The same to its end, which must have this status.
    pub(super) async fn run(
        &self,
        command: &[&str],
        more: &[&str],
        status: i32,
    ) -> Result<Finished> {
        let run = self.job(command, more)?.run().await?;
        ensure!(
            run.status == status,
            "{command:?} {more:?} ended with {}\n{}\n{}",
            run.status,
            run.stdout,
            run.stderr
        );
        Ok(run)
    }

    /// Installs, where only the operator's kinds are there.
    pub(super) async fn install(&self, more: &[&str], status: i32) -> Result<Finished> {
        let more = [&["--stack", "kinds"], more].concat();
        self.run(&[], &more, status).await
    }

    /// The status of the newest revision of the release, as Helm labels it.
    pub(super) async fn status(&self) -> Result<String> {
        let path = "/api/v1/namespaces/monitoring/secrets?labelSelector=name%3Dprod-monitoring";
        let list = self.admin().await?.get(path).await?;
        let items = list["items"].as_array().cloned().unwrap_or_default();
        let label = |item: &Value, name: &str| {
            let label = item["metadata"]["labels"][name].as_str();
            label.unwrap_or_default().to_owned()
        };
        let number = |item: &&Value| label(item, "version").parse::<u32>().unwrap_or(0);
        let newest = items.iter().max_by_key(number);
        Ok(newest.map_or_else(String::new, |item| label(item, "status")))
    }

    /// Puts into the values what a release and a person put there.
    pub(super) fn write_facts(&self) -> Result<()> {
        let values = format!("values/{CLUSTER}.yaml");
        self.edit(&values, &"0".repeat(64), &"1".repeat(64))?;
        self.edit(
            &values,
            "https://REMOTING.",
            &format!("https://{}.", "0A".repeat(16)),
        )
    }

    /// A client that may do everything.
    pub(super) async fn admin(&self) -> Result<Client> {
        self.cluster.client().await
    }

    /// A value of a Secret as text.
    pub(super) async fn secret(&self, path: &str, key: &str) -> Result<String> {
        let secret = self.admin().await?.get(path).await?;
        let value = secret["data"][key].as_str().context("no such key")?;
        Ok(String::from_utf8(STANDARD.decode(value)?)?)
    }

    /// Whatever the installation has written since `mark`, reviews and dry runs aside.
    pub(super) fn writes_since(&self, mark: sandbox::kubernetes::Mark) -> Result<Vec<AuditEntry>> {
        let entries = self.cluster.audit_since(mark)?.into_iter();
        let writes = entries.filter(|entry| {
            let reads = ["get", "list", "watch"].contains(&entry.verb.as_str());
            let review = entry.resource.ends_with("reviews");
            entry.user == USER && !reads && !review && !entry.uri.contains("dryRun=All")
        });
        Ok(writes.collect())
    }

    /// Waits until a run looks at what it has done: then it asks what the jobs may do.
    pub(super) async fn looked_back(&self, mark: sandbox::kubernetes::Mark) -> Result<()> {
        wait::until_within(PATIENCE, "it looks at what was done", async || {
            let mut entries = self.cluster.audit_since(mark)?.into_iter();
            Ok(entries.any(|entry| entry.resource == "subjectaccessreviews"))
        })
        .await
    }

    fn write_files(&self) -> Result<()> {
        for folder in ["chart", "values", "grafana"] {
            let source = checkout::file(&format!("k8s/{folder}"));
            copy(&source, &self.files().join(folder))?;
        }
        let values = format!("values/{CLUSTER}.yaml");
        let server = "https://PROD.gr7.us-east-1.eks.amazonaws.com";
        self.edit(&values, server, &self.cluster.server_url())?;
        let authority = STANDARD.encode(self.cluster.ca_pem());
        let both = "certificateAuthority: LS0tLS1CRUdJTg==";
        self.edit(&values, both, &format!("certificateAuthority: {authority}"))
    }
}

/// The account, with one of the pairs in the secret.
fn account(pair: usize) -> String {
    let (id, secret) = KEYS[pair];
    let mut document = json!({"email_access_key_id": id, "email_secret_access_key": secret});
    for (name, value) in MEMBERS {
        document[name] = value.into();
    }
    json!({
        "region": "us-east-1",
        "accounts": [{"id": "123456789012"}],
        "users": [{
            "name": "prod-monitoring-email-user",
            "access_keys": [{"id": id, "secret": secret, "created": "2026-01-02T03:04:05Z"}],
        }],
        "secrets": [{
            "name": NAME,
            "versions": [{
                "created": "2026-01-02T03:04:05Z",
                "stages": ["AWSCURRENT"],
                "text": document.to_string(),
            }],
        }],
    })
    .to_string()
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in from.read_dir()? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        // Links too: the chart has one to the rights.
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Names of a list's items.
pub(super) fn names(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().cloned().unwrap_or_default();
    let name = |item: &Value| item["metadata"]["name"].as_str().map(str::to_owned);
    items.iter().filter_map(name).collect()
}

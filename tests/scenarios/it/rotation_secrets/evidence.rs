//! Everything that runs write, in one place, so that it can be searched.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use sandbox::company::{Company, SECRET, Site};
use sandbox::servers::Pushgateway;
use scenarios::job::Finished;
use serde_json::Value;

use super::forms::Sought;

/// Where the job and its Alertmanagers are.
const NAMESPACES: [&str; 2] = ["monitoring", "monitoring-credentials"];

/// The Secrets that must hold the pair; their data is not searched, everything else of them is.
const HOLDERS: [&str; 2] = [
    "alertmanager-prod-monitoring",
    "alertmanager-prod-monitoring-prometheus-alertmanager-generated",
];

/// What was written, each piece with where.
#[derive(Debug, Default)]
pub(super) struct Evidence(Vec<(String, String)>);

impl Evidence {
    /// What a run said.
    pub(super) fn run(&mut self, what: &str, run: &Finished) {
        let pieces = [
            ("stdout", &run.stdout),
            ("stderr", &run.stderr),
            ("termination message", &run.termination_text),
        ];
        for (place, text) in pieces {
            self.0.push((format!("{place} of {what}"), text.clone()));
        }
    }

    /// What the Pushgateway was given.
    pub(super) async fn gateway(&mut self, gateway: &Pushgateway) -> Result<()> {
        let exposition = gateway.exposition().await?;
        self.0.push(("/metrics".to_owned(), exposition));
        let url = format!("{}/api/v1/metrics", gateway.url());
        let groups = reqwest::get(url).await?.error_for_status()?;
        self.0
            .push(("/api/v1/metrics".to_owned(), groups.text().await?));
        Ok(())
    }

    /// What AWS notes of calls, and what the user's tags and the secret's labels say.
    pub(super) fn aws(&mut self, company: &Company) -> Result<()> {
        let calls = serde_json::to_string(&company.aws.calls())?;
        anyhow::ensure!(calls.contains("CreateAccessKey"), "an empty call log");
        let tags = company.aws.iam().tags(sandbox::company::USER)?;
        let stages = company.aws.secrets().stages(SECRET)?;
        self.0.push(("AWS's call log".to_owned(), calls));
        self.0
            .push(("tags and labels".to_owned(), format!("{tags:?} {stages:?}")));
        Ok(())
    }

    /// Every object of the namespaces, Events among them.
    pub(super) async fn objects(&mut self, company: &Company) -> Result<()> {
        let mut events = 0;
        for site in &company.clusters {
            for namespace in NAMESPACES {
                let mut text = String::new();
                for mut object in objects(site, namespace).await? {
                    events += usize::from(object["kind"] == "Event");
                    hide_what_must_be(&mut object);
                    writeln!(text, "{object}")?;
                }
                let place = format!("objects of {namespace} in {}", site.cluster.name());
                self.0.push((place, text));
            }
        }
        anyhow::ensure!(events > 0, "no Event among the objects");
        Ok(())
    }

    /// What API servers were asked, and what they had to say.
    pub(super) fn logs(&mut self, company: &Company) -> Result<()> {
        for site in &company.clusters {
            let logs = logs(site)?;
            let audit = logs.iter().find(|(name, _)| name == "audit.log");
            let (_, audit) = audit.context("no audit log")?;
            anyhow::ensure!(audit.contains("alertmanager-prod-monitoring"), "{audit}");
            let cluster = site.cluster.name();
            let logs = logs.into_iter();
            self.0
                .extend(logs.map(|(name, log)| (format!("{name} of {cluster}"), log)));
        }
        Ok(())
    }

    /// What of `sought` is found, and where.
    pub(super) fn leaks(&self, sought: &Sought) -> Vec<String> {
        let places = self.0.iter().flat_map(|(place, text)| {
            let found = sought.found_in(text).into_iter();
            found.map(move |what| format!("{what} in {place}"))
        });
        places.collect()
    }

    /// How much it is.
    pub(super) fn summary(&self) -> String {
        let bytes: usize = self.0.iter().map(|(_, text)| text.len()).sum();
        format!("{} pieces, {bytes} bytes", self.0.len())
    }
}

/// The texts that must hold secrets: AWS's copy, and the Secret that each cluster is configured from.
pub(super) async fn where_it_must_be(company: &Company) -> Result<Vec<(String, String)>> {
    let mut texts = vec![(
        "the secret in AWS".to_owned(),
        company.aws.secrets().current_text(SECRET)?,
    )];
    for site in &company.clusters {
        let source = HOLDERS.first().copied().unwrap_or_default();
        let objects = objects(site, "monitoring").await?;
        let secret = objects.into_iter().find(|it| is_secret(it, source));
        let secret = secret.context("no source Secret among the objects")?;
        texts.push((
            format!("the Secret of {}", site.cluster.name()),
            secret.to_string(),
        ));
    }
    Ok(texts)
}

/// All objects of a namespace, with who owns which field.
async fn objects(site: &Site, namespace: &str) -> Result<Vec<Value>> {
    let kinds = [
        "api-resources",
        "--verbs=list",
        "--namespaced",
        "--output=name",
    ];
    let kinds = site.cluster.kubectl(&kinds, "").await?;
    let kinds: Vec<&str> = kinds.lines().collect();
    anyhow::ensure!(kinds.contains(&"secrets"), "{kinds:?}");
    let kinds = kinds.join(",");
    let get = [
        "get",
        &kinds,
        "--namespace",
        namespace,
        "--output=json",
        "--show-managed-fields",
    ];
    let list: Value = serde_json::from_str(&site.cluster.kubectl(&get, "").await?)?;
    let items = list.get("items").and_then(Value::as_array);
    Ok(items.context("a list without items")?.clone())
}

fn is_secret(object: &Value, name: &str) -> bool {
    object["kind"] == "Secret" && object["metadata"]["name"] == name
}

fn hide_what_must_be(object: &mut Value) {
    if HOLDERS.iter().any(|name| is_secret(object, name))
        && let Some(members) = object.as_object_mut()
    {
        members.remove("data");
    }
}

/// The logs of a cluster, without those of its Alertmanagers: they repeat whatever a mail server says.
fn logs(site: &Site) -> Result<Vec<(String, String)>> {
    let mut logs = Vec::new();
    for entry in site.cluster.directory().read_dir()? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".log") && !name.starts_with("alertmanager-") {
            let text = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
            logs.push((name.into_owned(), text));
        }
    }
    Ok(logs)
}

//! Links in what Alertmanager says: from a mailbox they lead somewhere, or they are not there. The templates are
//! those that are installed, filled by Alertmanager's own engine.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use sandbox::tools::{Tool, Tools};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::documents::{Rendered, documents};
use super::helm::render;

/// A list of a receiver, a field of its entries, and how that is filled.
const PLACES: [(&str, &str, &str); 4] = [
    ("email_configs", "text", "text"),
    ("email_configs", "html", "html"),
    ("pagerduty_configs", "client_url", "text"),
    ("slack_configs", "title_link", "text"),
];

/// The same with the receivers' names.
const TOLD: [&str; 5] = [
    "email html",
    "email text",
    "pagerduty client_url",
    "slack-alerts-test title_link",
    "slack-devops title_link",
];

const MAILS: [&str; 2] = ["email html", "email text"];

const GUIDE: &str =
    "https://github.com/toolchainlabs/monitoring-jobs/blob/main/k8s/OPERATIONS.md#jobfailed";
const UPSTREAM: &str = "https://runbooks.prometheus-operator.dev/runbooks/kubernetes/kubejobfailed";
const FORWARD: &str = "kubectl --context prod-e1-1 port-forward --namespace monitoring \
                       svc/prod-monitoring-prometheus-alertmanager 9093:9093";

/// An alert of ours and one of upstream's, as Alertmanager has them; it is known by its pod's name.
fn alerts() -> Value {
    let alert = |name: &str, annotations: Value| {
        json!({
            "status": "firing",
            "labels": {"alertname": name, "cluster": "prod-e1-1", "severity": "warning"},
            "annotations": annotations,
            "startsAt": "2026-01-02T03:05:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus-0:9090/graph",
            "fingerprint": name,
        })
    };
    let ours = json!({"message": "A job has failed", "runbook": "k8s/OPERATIONS.md#jobfailed"});
    let others = json!({"description": "A Job has failed", "runbook_url": UPSTREAM});
    json!({
        "receiver": "email",
        "status": "firing",
        "alerts": [alert("JobFailed", ours), alert("KubeJobFailed", others)],
        "groupLabels": {"cluster": "prod-e1-1"},
        "commonLabels": {"cluster": "prod-e1-1", "severity": "warning"},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager-prod-monitoring-prometheus-alertmanager-0:9093",
    })
}

/// Alertmanager's engine for templates.
struct Engine {
    amtool: PathBuf,
    files: TempDir,
}

impl Engine {
    async fn start() -> Result<Self> {
        let amtool = Tools::from_process()?.locate(Tool::Amtool).await?;
        let files = TempDir::new()?;
        fs::write(files.path().join("alerts.json"), alerts().to_string())?;
        Ok(Self { amtool, files })
    }

    fn fill(&self, kind: &str, template: &str) -> Result<String> {
        let file = |name: &str| self.files.path().join(name).display().to_string();
        let output = Command::new(&self.amtool)
            .args(["template", "render"])
            // There are none, and it insists.
            .arg(format!("--template.glob={}", file("*.tmpl")))
            .arg(format!("--template.data={}", file("alerts.json")))
            .arg(format!("--template.type={kind}"))
            .arg(format!("--template.text={template}"))
            .output()
            .context("running amtool")?;
        let told = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{told}");
        Ok(String::from_utf8(output.stdout)?)
    }

    /// What a configuration makes of the alerts, by receiver and field.
    fn told(&self, configuration: &str) -> Result<BTreeMap<String, String>> {
        let configuration = documents(configuration)?;
        let receivers = configuration
            .first()
            .map_or(&Value::Null, |it| &it["receivers"]);
        let mut told = BTreeMap::new();
        for receiver in items(receivers) {
            let name = receiver["name"].as_str().unwrap_or_default();
            for (list, field, kind) in PLACES {
                for entry in items(&receiver[list]) {
                    if let Some(template) = entry[field].as_str() {
                        told.insert(format!("{name} {field}"), self.fill(kind, template)?);
                    }
                }
            }
        }
        Ok(told)
    }
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Alertmanager's configuration as it is installed, before secrets are filled in.
fn configuration(manifests: &[Value]) -> &str {
    let mut maps = manifests
        .iter()
        .filter(|it| it["metadata"]["name"] == "alertmanager-template");
    let map = maps.next().unwrap_or(&Value::Null);
    map["data"]["alertmanager.yaml"]
        .as_str()
        .unwrap_or_default()
}

/// Whatever looks like a link and leads nowhere from a mailbox: a host that only the cluster knows, and the path
/// of a page without its site.
fn dead(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| c.is_whitespace() || ['"', '<', '>'].contains(&c));
    let leads_nowhere = |word: &&str| match word.split_once("://") {
        Some((_, rest)) => {
            let host = rest.split(['/', ':', '#']).next().unwrap_or_default();
            host != "localhost" && (!host.contains('.') || host.ends_with(".invalid"))
        }
        None => word.contains(".md"),
    };
    words.filter(leads_nowhere).collect()
}

#[test]
fn what_leads_nowhere_is_told_from_what_does() {
    let text = "See https://a.example/x.md#y, http://localhost:9093 or <a href=\"http://b:9093/#/z\">\n\
                k8s/OPERATIONS.md#y https://repository.invalid/x";
    let expected = [
        "http://b:9093/#/z",
        "k8s/OPERATIONS.md#y",
        "https://repository.invalid/x",
    ];
    assert_eq!(dead(text), expected);
}

#[tokio::test]
async fn every_link_that_is_installed_leads_somewhere() -> Result<()> {
    // The pod's own name, and the path in the annotation as it is.
    let defects = [
        ("{{ with \"\" -}}", "{{ with .ExternalURL -}}"),
        ("{{- with \"\" }}", "{{- with .ExternalURL }}"),
        ("'{{ with \"\" }}", "'{{ with .ExternalURL }}"),
        ("(printf \"%s/%s\" $repository .)", "."),
    ];
    let engine = Engine::start().await?;
    for render in Rendered::all()? {
        let configuration = configuration(&render.documents);
        let told = engine.told(configuration)?;
        assert!(told.keys().eq(TOLD), "{told:?}");
        for (place, text) in &told {
            assert_eq!(dead(text), [""; 0], "{place}: {text}");
            let is_mail = MAILS.contains(&place.as_str());
            for part in [GUIDE, UPSTREAM, FORWARD] {
                assert_eq!(text.contains(part), is_mail, "{place}: {text}");
            }
            assert_eq!(text.is_empty(), !is_mail, "{place}: {text}");
        }
        for kind in ["Prometheus", "Alertmanager"] {
            for server in render.of(kind) {
                assert_eq!(server["spec"]["externalUrl"], Value::Null, "{kind}");
            }
        }
        for (right, wrong) in defects {
            let defect = configuration.replace(right, wrong);
            assert_ne!(defect, configuration, "{right}");
            let told = engine.told(&defect)?;
            assert!(told.values().any(|text| !dead(text).is_empty()), "{right}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_address_that_is_known_becomes_a_link_and_one_that_is_not_becomes_none() -> Result<()> {
    const ALERTS: &str = "https://alerts.example.com/prod";
    const SERIES: &str = "https://prometheus.example.com";
    let addresses =
        format!("repository=,alertmanager.externalUrl={ALERTS},prometheus.externalUrl={SERIES}");
    let manifests = documents(&render("prod-e1-1", &["--set", &addresses]).await?)?;
    let told = Engine::start().await?.told(configuration(&manifests))?;
    for (place, text) in &told {
        assert_eq!(dead(text), [""; 0], "{place}: {text}");
        assert!(text.contains(ALERTS), "{place}: {text}");
        assert!(
            !text.contains("OPERATIONS.md") && !text.contains(FORWARD),
            "{place}: {text}"
        );
    }
    for place in MAILS {
        assert!(told[place].contains(UPSTREAM), "{place}");
    }
    for (kind, address) in [("Alertmanager", ALERTS), ("Prometheus", SERIES)] {
        let mut servers = manifests.iter().filter(|it| it["kind"] == kind);
        assert!(
            servers.all(|it| it["spec"]["externalUrl"] == address),
            "{kind}"
        );
    }
    Ok(())
}

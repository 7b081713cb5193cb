//! What the rotation sees of a cluster and writes into it: a real API server, real Alertmanagers,
//! and its adapter.
// Marks what follows as test code, in which unwrapping and indexing are welcome.
#![cfg(test)]

mod absence;
mod mails;
mod proofs;
mod rights;
mod writes;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use common::alertmanager::{SmtpLogin, Template};
use common::clock::Clock;
use common::cluster::Access;
use common::lease::Guard;
use common::ses::smtp_password;
use common::trouble::Trouble;
use jiff::Timestamp;
use rotate_credentials::config::ClusterConfig;
use rotate_credentials::document::{Document, FieldNames};
use rotate_credentials::key::AccessKeyId;
use rotate_credentials::live::Live;
use rotate_credentials::outside::{Effect, Fill, Outside as _};
use rotate_credentials::world::{self, ClusterState, Proof};
use sandbox::kubernetes::{AlertmanagerSet, AlertmanagersOptions, Change, Cluster, ClusterOptions};
use sandbox::tools::Tools;
use scenarios::{live, sdk, shared, wait};
use serde_json::json;

const OLD: &str = "AKIAOOOOOOOOOOOOOOOO";
const NEW: &str = "AKIANNNNNNNNNNNNNNNN";

const TEMPLATE: &str = r#"global:
  smtp_smarthost: email-smtp.us-east-1.amazonaws.com:587
  smtp_from: prometheus-alerts@example.com
  smtp_auth_username: "@@smtp_username@@"
  smtp_auth_password: "@@smtp_password@@"
route:
  receiver: ops
  group_wait: 0s
receivers:
- name: ops
  email_configs:
  - to: ops@example.com
- name: chat
  slack_configs:
  - api_url: "@@secret/slack@@"
    channel: alerts
"#;

/// A namespace that runs the old pair's configuration as it was installed, and the adapter.
struct Bench {
    cluster: Arc<Cluster>,
    set: AlertmanagerSet,
    live: Live,
}

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

/// The secret with a key's pair.
fn document(key: &str) -> Document {
    let text = format!(
        r#"{{"id": "{key}", "key": "{}", "slack": "https://hooks.example.com/x"}}"#,
        key.chars().last().unwrap().to_string().repeat(40)
    );
    let names = FieldNames {
        access_key_id: "id".into(),
        secret_access_key: "key".into(),
    };
    Document::parse(text.as_str().into(), &names).unwrap()
}

/// What a template becomes with a key's pair.
fn filled(template: &str, key: &str) -> String {
    let document = document(key);
    let login = SmtpLogin {
        username: key.into(),
        password: smtp_password(&document.pair().secret, live::REGION),
    };
    let template = Template::parse("template", template).unwrap();
    let filled = template.fill(&login, |member| document.field(member));
    filled.unwrap().expose().to_owned()
}

async fn start() -> Result<Bench> {
    install(shared::cluster().await?, shared::namespace()).await
}

/// A bench whose API server nobody else uses.
async fn start_alone() -> Result<Bench> {
    let options = ClusterOptions::new("prod-e1-1");
    let cluster = Cluster::start(&Tools::from_process()?, options).await?;
    install(Arc::new(cluster), "monitoring".to_owned()).await
}

async fn install(cluster: Arc<Cluster>, namespace: String) -> Result<Bench> {
    let options = AlertmanagersOptions {
        namespace,
        ..AlertmanagersOptions::new(filled(TEMPLATE, OLD))
    };
    let set = cluster.alertmanagers(options).await?;
    let admin = cluster.client().await?;
    let template = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "alertmanager-template"},
        "data": {"alertmanager.yaml": TEMPLATE},
    });
    let maps = format!("/api/v1/namespaces/{}/configmaps", set.namespace());
    admin.create(&maps, &template).await?;
    let live = adapter(&set, cluster.admin_kubeconfig()?, None).await;
    Ok(Bench { cluster, set, live })
}

/// The adapter with whatever identity the kubeconfig has.
async fn adapter(set: &AlertmanagerSet, kubeconfig: PathBuf, lease: Option<Guard>) -> Live {
    let cluster = ClusterConfig {
        namespace: set.namespace().to_owned(),
        access: Access::Kubeconfig {
            path: Some(kubeconfig),
            context: None,
        },
        ..live::unreachable_cluster()
    };
    let clock = Clock::fixed(now());
    // No call to AWS is made.
    let aws = live::aws("http://127.0.0.1:9", sdk::CALLER, clock.clone());
    live::open(&aws, &live::config(vec![cluster]), clock, lease).await
}

async fn read(live: &Live, key: &str) -> Result<ClusterState, Trouble> {
    let document = document(key);
    let fill = Fill {
        pair: document.pair(),
        document: &document,
        soaking_since: None,
    };
    live.read_cluster(&live.clusters()[0], fill).await
}

async fn write(live: &Live, key: &str, revision: &str) -> Effect {
    let document = document(key);
    let fill = Fill {
        pair: document.pair(),
        document: &document,
        soaking_since: None,
    };
    live.write_cluster(&live.clusters()[0], revision, fill)
        .await
}

/// Whether the cluster is proven to run a key, as the guards see it.
fn proof(state: ClusterState, key: &str) -> Proof {
    let cluster = world::Cluster {
        name: live::unreachable_cluster().name,
        state: Ok(state),
    };
    cluster.proof(&id(key))
}

fn id(key: &str) -> AccessKeyId {
    key.parse().unwrap()
}

impl Bench {
    /// The path of a `ConfigMap`, Secret or the like.
    fn path(&self, plural: &str, name: &str) -> String {
        let namespace = self.set.namespace();
        format!("/api/v1/namespaces/{namespace}/{plural}/{name}")
    }

    /// The path of the Alertmanager resource.
    fn resource(&self) -> String {
        let (namespace, name) = (self.set.namespace(), self.set.name());
        format!("/apis/monitoring.coreos.com/v1/namespaces/{namespace}/alertmanagers/{name}")
    }

    async fn read(&self, key: &str) -> ClusterState {
        read(&self.live, key).await.unwrap()
    }

    /// Why the cluster is not proven to run a key.
    async fn missing(&self, key: &str) -> Vec<String> {
        match proof(self.read(key).await, key) {
            Proof::Unproven(missing) => missing,
            other @ (Proof::Proven | Proof::NotWritten | Proof::Unseen(_)) => panic!("{other}"),
        }
    }

    /// Rolls the cluster to a key.
    async fn roll(&self, key: &str) {
        let revision = self.read(key).await.source.revision;
        write(&self.live, key, &revision).await.unwrap();
    }

    async fn until_proven(&self, key: &str) -> Result<()> {
        wait::until("it is proven", async || {
            Ok(proof(self.read(key).await, key) == Proof::Proven)
        })
        .await
    }

    /// Changes an object by hand.
    async fn change(&self, path: &str, body: serde_json::Value) -> Result<()> {
        let admin = self.cluster.client().await?;
        admin.patch(path, Change::Merge, &body).await?;
        Ok(())
    }

    async fn set_template(&self, template: &str) -> Result<()> {
        let path = self.path("configmaps", "alertmanager-template");
        self.change(&path, json!({"data": {"alertmanager.yaml": template}}))
            .await
    }
}

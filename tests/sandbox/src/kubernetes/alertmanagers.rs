//! What the Prometheus operator makes of an Alertmanager resource, with real Alertmanagers.
//!
//! The resource, its `StatefulSet`, Secrets and pods are objects of the API server; the replicas are
//! Alertmanager processes in the cell, joined into one mesh, each on the address that its pod
//! claims. The [`operator`] carries a change of the source Secret to them.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::cluster::FIELD_MANAGER;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::background::Task;
use super::client::{Change, Client};
use super::cluster::Cluster;
use crate::tools::Tool;

mod control;
mod objects;
mod operator;
mod replica;

use objects::Names;
pub(super) use objects::pod_status;
use operator::{Operator, SOURCE_KEY, Switches, USER};
use replica::{Launch, Replica};

/// As whom the sandbox writes everything else.
const SANDBOX: &str = "sandbox";

/// A definition that is not in force by then never will be.
const DEADLINE: Duration = Duration::from_secs(20);

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// What a set of Alertmanagers shall be like.
#[derive(Debug, Clone)]
pub struct AlertmanagersOptions {
    /// Where all its objects are.
    pub namespace: String,
    /// The name of the Alertmanager resource; everything else is called `alertmanager-<name>…`.
    pub name: String,
    /// How many there are.
    pub replicas: usize,
    /// `spec.configSecret`; without it the operator takes `alertmanager-<name>`.
    pub config_secret: Option<String>,
    /// The content of the source Secret, as an installation left it.
    pub configuration: Vec<u8>,
    /// How long each replica waits for those before it in the mesh to notify (15 s by default in
    /// production).
    pub peer_timeout: Duration,
    /// Environment variables of the processes, for example `SSL_CERT_FILE`.
    pub environment: Vec<(String, String)>,
}

impl AlertmanagersOptions {
    /// Two replicas of `prod-monitoring` in the namespace `monitoring` with this configuration.
    pub fn new(configuration: impl Into<Vec<u8>>) -> Self {
        Self {
            namespace: "monitoring".to_owned(),
            name: "prod-monitoring".to_owned(),
            replicas: 2,
            config_secret: None,
            configuration: configuration.into(),
            peer_timeout: Duration::from_secs(1),
            environment: Vec::new(),
        }
    }
}

/// A running set. Dropping it ends the processes; the objects stay.
#[derive(Debug)]
pub struct AlertmanagerSet {
    // The first to go: it uses the rest.
    _operator: Task,
    switches: Arc<Switches>,
    replicas: Vec<Replica>,
    launch: Launch,
    names: Names,
    source: String,
    cluster: Cluster,
}

impl Cluster {
    /// Creates all objects and starts all replicas; they run their configuration when this returns.
    ///
    /// # Errors
    /// When the API server refuses an object, or an Alertmanager its configuration.
    pub async fn alertmanagers(&self, options: AlertmanagersOptions) -> Result<AlertmanagerSet> {
        let starting = AlertmanagerSet::start(self, options);
        let started = Box::pin(starting).await;
        started.with_context(|| format!("starting Alertmanagers in the cluster {}", self.name()))
    }
}

impl AlertmanagerSet {
    async fn start(cluster: &Cluster, options: AlertmanagersOptions) -> Result<Self> {
        let names = Names {
            namespace: options.namespace,
            cr: options.name,
        };
        let source = options.config_secret.clone().unwrap_or(names.set());
        let admin = cluster.client().await?;
        define(&admin).await?;
        let apply = async |path: String, manager, object: Value| {
            admin.patch(&path, Change::Apply(manager), &object).await
        };
        let namespace = objects::namespace(&names);
        apply(names.namespace_path(), SANDBOX, namespace).await?;
        apply(names.account_path(), SANDBOX, objects::account(&names)).await?;
        let configuration = STANDARD.encode(&options.configuration);
        let secret = objects::secret(&names, &source, SOURCE_KEY, &configuration);
        // As an installation writes it, so that a rotation finds its own field.
        apply(names.secret_path(&source), FIELD_MANAGER, secret).await?;
        let config_secret = options.config_secret.as_deref();
        let resource = objects::custom_resource(&names, options.replicas, config_secret);
        let resource = apply(names.cr_path(), SANDBOX, resource).await?;
        let set = objects::stateful_set(&names, options.replicas);
        apply(names.set_path(), USER, set).await?;
        let generated = operator::generate(&admin, &names, &resource).await?;

        let mut replicas = Vec::new();
        for ordinal in 0..options.replicas {
            // Unique in the cell, whatever the names of namespaces and resources.
            let process = format!("{}.{}", names.pod(ordinal), names.namespace);
            let replica = Replica::new(cluster, process, cluster.new_pod_address()?)?;
            replica.config.write(&generated)?;
            replicas.push(replica);
        }
        let peers: Vec<Ipv4Addr> = replicas.iter().map(|replica| replica.address).collect();
        let launch = Launch {
            program: cluster.tools().locate(Tool::Alertmanager).await?,
            peers,
            peer_timeout: options.peer_timeout,
            environment: options.environment,
        };
        let switches = Arc::new(Switches::default());
        for (ordinal, replica) in replicas.iter().enumerate() {
            replica.start(cluster, &launch).await?;
            let mut state = switches.lock();
            state.loaded.insert(ordinal, generated.clone());
        }
        let files: Result<_> = replicas
            .iter()
            .map(|replica| replica.config.for_another_thread())
            .collect();
        let operator = Operator::new(names.clone(), files?, Arc::clone(&switches));
        let kubeconfig = cluster.kubeconfig_text_of_master(USER)?;
        let set = Self {
            _operator: cluster.spawn(operator.run(kubeconfig)),
            switches,
            replicas,
            launch,
            names,
            source,
            cluster: cluster.clone(),
        };
        for ordinal in 0..options.replicas {
            set.create_pod(&admin, ordinal).await?;
        }
        set.report(&admin).await?;
        Ok(set)
    }

    /// Creates the pod of a replica, which runs.
    async fn create_pod(&self, admin: &Client, ordinal: usize) -> Result<()> {
        let set = admin.get(&self.names.set_path()).await?;
        let owner = set.pointer("/metadata/uid").and_then(Value::as_str);
        let owner = owner.context("the StatefulSet has no uid")?;
        let pods = format!("{}/pods", self.names.namespace_path());
        let pod = objects::pod(&self.names, ordinal, owner);
        admin.create(&pods, &pod).await?;
        self.report_pod(admin, ordinal, true).await
    }

    /// Reports whether a replica is ready, as its kubelet would.
    async fn report_pod(&self, admin: &Client, ordinal: usize, ready: bool) -> Result<()> {
        let status = pod_status(self.replica(ordinal)?.address, ready);
        let path = format!("{}/status", self.names.pod_path(ordinal));
        admin.patch(&path, Change::Merge, &status).await?;
        Ok(())
    }

    /// Reports how many replicas are ready, as the controller of the `StatefulSet` would.
    async fn report(&self, admin: &Client) -> Result<()> {
        let mut ready = 0;
        for replica in &self.replicas {
            if self.cluster.ended(&replica.process)?.is_none() {
                ready += 1;
            }
        }
        let status = objects::stateful_set_status(self.replicas.len(), ready);
        let path = format!("{}/status", self.names.set_path());
        admin.patch(&path, Change::Merge, &status).await?;
        Ok(())
    }

    fn replica(&self, ordinal: usize) -> Result<&Replica> {
        let count = self.replicas.len();
        let replica = self.replicas.get(ordinal);
        replica.with_context(|| format!("there is no replica {ordinal} among {count}"))
    }
}

impl Drop for AlertmanagerSet {
    fn drop(&mut self) {
        for replica in &self.replicas {
            // Fails when the cell has ended, and with it the process.
            self.cluster.end(&replica.process).unwrap_or_default();
        }
    }
}

/// Installs the definition of the Alertmanager resource, unless the cluster has one, and waits until it
/// is in force.
async fn define(admin: &Client) -> Result<()> {
    if admin.find(objects::DEFINITION_PATH).await?.is_none() {
        let definition = objects::definition();
        let change = Change::Apply(SANDBOX);
        admin
            .patch(objects::DEFINITION_PATH, change, &definition)
            .await?;
    }
    let served = format!("/apis/{}/alertmanagers", objects::MONITORING);
    let started = Instant::now();
    // Not found, then "storage is (re)initializing", then a list.
    while admin.status(&served).await? != 200 {
        if started.elapsed() > DEADLINE {
            bail!("the Alertmanager resource is not served")
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

//! Two clusters with what the company has in them.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::Value;
use tempfile::TempDir;

use super::prometheus::Prometheus;
use super::pushgateway::Pushgateway;
use super::{alertmanagers, content, kinds};
use crate::dashboards::Delay;
use crate::kubernetes::{
    AlertmanagerSet, Change, Client, Cluster, ClusterOptions, joint_kubeconfig,
};
use crate::tools::Tools;

/// Where everything is that is compared.
pub const NAMESPACE: &str = "monitoring";
/// The group that a cluster maps the job's role to.
pub const GROUP: &str = "monitoring-jobs:check-consistency";
/// As whom the job acts in the other cluster; in its own it is the service account of this name.
pub const USER: &str = "check-consistency";
/// The clusters, in the order of the configuration.
pub const CLUSTERS: [&str; 2] = ["prod-e1-1", "remoting-prod-e1-1"];

/// The cluster that the job runs in.
pub const HOME: &str = "prod-e1-1";

/// Two clusters, in which the job has the rights of `k8s/rbac/check-consistency.yaml`, and in [`HOME`]
/// also those of `k8s/rbac/check-consistency-home.yaml`. Everything ends when it is dropped.
#[derive(Debug)]
pub struct Stage {
    // Servers first: they need their cluster.
    prometheus: Vec<Prometheus>,
    alertmanagers: Vec<AlertmanagerSet>,
    pushgateways: Vec<Pushgateway>,
    /// In the order of [`CLUSTERS`].
    pub clusters: [Cluster; 2],
    /// The job's kubeconfig for each cluster.
    logins: Vec<PathBuf>,
    /// All of them in one.
    kubeconfig: PathBuf,
    directory: TempDir,
}

impl Stage {
    /// Starts both clusters and fills them. No server of the monitoring runs yet.
    ///
    /// # Errors
    /// When a tool is not to be had, or a cluster does not start or refuses an object.
    pub async fn start(tools: &Tools) -> Result<Self> {
        let directory = TempDir::new()?;
        let [first, second] = CLUSTERS;
        let (first, second) = tokio::join!(cluster(tools, first), cluster(tools, second));
        let mut stage = Self {
            prometheus: Vec::new(),
            alertmanagers: Vec::new(),
            pushgateways: Vec::new(),
            clusters: [first?, second?],
            logins: Vec::new(),
            kubeconfig: PathBuf::new(),
            directory,
        };
        stage.logins = stage.logins().await?;
        let text = stage.joint_kubeconfig(None)?;
        stage.kubeconfig = stage.write("kubeconfig", &text)?;
        Ok(stage)
    }

    /// Starts a Prometheus in each cluster; what it has loaded is what its objects say now. With
    /// Alertmanagers before it, they get its alerts.
    ///
    /// # Errors
    /// When one does not start, or refuses its rules.
    pub async fn with_prometheus(mut self) -> Result<Self> {
        for (number, cluster) in self.clusters.iter().enumerate() {
            let receivers = self.alertmanagers.get(number);
            let starting = Prometheus::start(cluster, receivers);
            self.prometheus.push(Box::pin(starting).await?);
        }
        Ok(self)
    }

    /// Starts two Alertmanagers in each cluster, with one and the same configuration.
    ///
    /// # Errors
    /// When one does not start.
    pub async fn with_alertmanagers(mut self) -> Result<Self> {
        for cluster in &self.clusters {
            let starting = alertmanagers::start(cluster);
            self.alertmanagers.push(Box::pin(starting).await?);
        }
        Ok(self)
    }

    /// Starts an empty Pushgateway in each cluster.
    ///
    /// # Errors
    /// When one does not start.
    pub async fn with_pushgateways(mut self) -> Result<Self> {
        for cluster in &self.clusters {
            let starting = Pushgateway::start(cluster);
            self.pushgateways.push(Box::pin(starting).await?);
        }
        Ok(self)
    }

    /// The Prometheus of the cluster `name`.
    ///
    /// # Errors
    /// When there is none.
    pub fn prometheus(&self, name: &str) -> Result<&Prometheus> {
        self.part(&self.prometheus, name)
    }

    /// The Alertmanagers of the cluster `name`.
    ///
    /// # Errors
    /// When there are none.
    pub fn alertmanagers(&self, name: &str) -> Result<&AlertmanagerSet> {
        self.part(&self.alertmanagers, name)
    }

    /// The Pushgateway of the cluster `name`.
    ///
    /// # Errors
    /// When there is none.
    pub fn pushgateway(&self, name: &str) -> Result<&Pushgateway> {
        self.part(&self.pushgateways, name)
    }

    /// As whom the audit log of the cluster `name` knows the job.
    pub fn user(&self, name: &str) -> String {
        if name == HOME {
            return format!("system:serviceaccount:{NAMESPACE}:{USER}");
        }
        USER.to_owned()
    }

    /// The job's kubeconfig: one context for each cluster, called like it.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// A configuration of `check-consistency` that declares the shape of the two clusters, followed by
    /// `extra`: further keys at the top level, after lines that are indented by two spaces and go on with
    /// `declared`, if any (`  ignore:`).
    ///
    /// # Errors
    /// When the file that holds it cannot be read.
    pub fn configuration(&self, extra: &str) -> Result<String> {
        self.configuration_with(&self.kubeconfig, extra)
    }

    /// The same with another kubeconfig.
    ///
    /// # Errors
    /// When the file that holds it cannot be read.
    pub fn configuration_with(&self, kubeconfig: &Path, extra: &str) -> Result<String> {
        let text = content::configuration(&kubeconfig.display().to_string())?;
        Ok(format!("{text}{extra}"))
    }

    /// Puts both clusters `latency` away, for whoever uses the kubeconfig that comes along. The
    /// distance lasts as long as what is returned.
    ///
    /// # Errors
    /// When there is no port, or the file cannot be written.
    pub fn far_away(&self, latency: Duration) -> Result<([Delay; 2], PathBuf)> {
        let delay = |cluster: &Cluster| -> Result<Delay> {
            let address = cluster.server_url().replace("https://", "").parse()?;
            Ok(Delay::start(address, latency)?)
        };
        let [first, second] = &self.clusters;
        let delays = [delay(first)?, delay(second)?];
        let through = delays.each_ref().map(Delay::addr);
        let text = self.joint_kubeconfig(Some(&through))?;
        let name = format!("kubeconfig-{}-ms", latency.as_millis());
        Ok((delays, self.write(&name, &text)?))
    }

    /// The cluster `name`.
    ///
    /// # Errors
    /// When there is none.
    pub fn cluster(&self, name: &str) -> Result<&Cluster> {
        let found = self.clusters.iter().find(|cluster| cluster.name() == name);
        found.with_context(|| format!("no cluster {name}"))
    }

    /// A client that may do everything in the cluster `name`.
    ///
    /// # Errors
    /// When there is no such cluster, or the client cannot be set up.
    pub async fn admin(&self, name: &str) -> Result<Client> {
        self.cluster(name)?.client().await
    }

    /// The object or list at `path` in the cluster `name`.
    ///
    /// # Errors
    /// When there is none.
    pub async fn get(&self, name: &str, path: &str) -> Result<Value> {
        self.admin(name).await?.get(path).await
    }

    /// Changes the object at `path` in the cluster `name` by a merge patch.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn patch(&self, name: &str, path: &str, merge: &Value) -> Result<Value> {
        let admin = self.admin(name).await?;
        admin.patch(path, Change::Merge, merge).await
    }

    /// Creates an object in the collection at `path` in the cluster `name`.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn create(&self, name: &str, path: &str, object: &Value) -> Result<Value> {
        self.admin(name).await?.create(path, object).await
    }

    /// Deletes the object at `path` in the cluster `name`. One that is not there is fine.
    ///
    /// # Errors
    /// When the server refuses.
    pub async fn delete(&self, name: &str, path: &str) -> Result<()> {
        self.admin(name).await?.delete(path).await
    }

    /// Where temporary files of this stage may lie.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// In its home cluster the job is a service account, in the other one a member of a group.
    async fn logins(&self) -> Result<Vec<PathBuf>> {
        let mut logins = Vec::new();
        for cluster in &self.clusters {
            logins.push(if cluster.name() == HOME {
                cluster.service_account_kubeconfig(NAMESPACE, USER).await?
            } else {
                cluster.kubeconfig_for(USER, Some(GROUP))?
            });
        }
        Ok(logins)
    }

    fn joint_kubeconfig(&self, through: Option<&[SocketAddr]>) -> Result<String> {
        let files = self.clusters.iter().zip(self.logins.iter().cloned());
        joint_kubeconfig(&files.collect::<Vec<_>>(), through)
    }

    fn write(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.directory.path().join(name);
        fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        Ok(path)
    }

    fn part<'a, T>(&self, parts: &'a [T], name: &str) -> Result<&'a T> {
        let number = self.clusters.iter().position(|it| it.name() == name);
        let part = number.and_then(|number| parts.get(number));
        part.with_context(|| format!("it was not started in {name}"))
    }
}

async fn cluster(tools: &Tools, name: &str) -> Result<Cluster> {
    let cluster = Cluster::start(tools, ClusterOptions::new(name)).await?;
    cluster.define(&kinds::PLURALS).await?;
    let namespace = format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {NAMESPACE}}}");
    let mut documents = vec![namespace];
    documents.extend(content::rights(name)?);
    documents.extend(content::documents(name)?);
    let documents: Vec<&str> = documents.iter().map(String::as_str).collect();
    cluster.apply(&documents).await?;
    Ok(cluster)
}

//! A program that poses as the one pod behind a Service.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use common::http::Timeouts;
use reqwest::{Client as Http, StatusCode};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::alertmanagers::pod_status;
use super::cell::Program;
use super::client::{Change, Client};
use super::cluster::{Cluster, Passage};
use crate::tools::Tool;

/// A server that is not ready by then never will be.
const DEADLINE: Duration = Duration::from_secs(30);

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// As whom its objects are written.
const MANAGER: &str = "sandbox";

/// What the API server is told about the program.
#[derive(Debug, Clone)]
pub(crate) struct Guise {
    pub(crate) namespace: &'static str,
    /// The name of the pod, and of the process.
    pub(crate) pod: &'static str,
    /// The Service, which exists.
    pub(crate) service: &'static str,
    /// The name of the Service's port.
    pub(crate) port_name: &'static str,
    /// Where the program listens.
    pub(crate) port: u16,
    /// The labels of the pod.
    pub(crate) labels: Value,
    /// The container's name.
    pub(crate) container: &'static str,
    /// Its image, by tag.
    pub(crate) image: &'static str,
    /// What the tag stands for: `repository@sha256:…`.
    pub(crate) image_id: &'static str,
}

/// A server in the cell with a pod, an address, and a way to it from outside. Dropping it ends the
/// process; the objects stay.
#[derive(Debug)]
pub(crate) struct Posed {
    guise: Guise,
    cluster: Cluster,
    address: Ipv4Addr,
    directory: PathBuf,
    url: String,
    http: Http,
    _passage: Passage,
}

impl Posed {
    /// Prepares everything; nothing runs and nobody knows of it yet.
    pub(crate) fn prepare(cluster: &Cluster, guise: Guise) -> Result<Self> {
        let directory = cluster.directory().join(guise.pod);
        fs::create_dir(&directory).with_context(|| format!("creating {}", directory.display()))?;
        let address = cluster.new_pod_address()?;
        let (outside, passage) = cluster.reach((address, guise.port).into())?;
        let timeouts = Timeouts {
            connect: Duration::from_secs(2),
            total: Duration::from_secs(10),
        };
        Ok(Self {
            guise,
            cluster: cluster.clone(),
            address,
            directory,
            url: format!("http://{outside}"),
            http: common::http::client(timeouts)?,
            _passage: passage,
        })
    }

    /// Where it listens, inside.
    pub(crate) fn listens(&self) -> SocketAddr {
        (self.address, self.guise.port).into()
    }

    /// Where it is for processes outside, past the API server.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The directory for its files.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// The cluster that it is in.
    pub(crate) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// The path at which the API server passes requests on to it by way of its Service, without a
    /// trailing slash.
    pub(crate) fn proxy_path(&self, service_port: u16) -> String {
        let Guise {
            namespace, service, ..
        } = self.guise;
        format!("/api/v1/namespaces/{namespace}/services/http:{service}:{service_port}/proxy")
    }

    /// Starts the program and waits until it is ready.
    pub(crate) async fn run(&self, tool: Tool, arguments: Vec<String>) -> Result<()> {
        let name = self.guise.pod;
        let log = self.cluster.directory().join(format!("{name}.log"));
        self.cluster.run(Program {
            name: name.to_owned(),
            file: self.cluster.tools().locate(tool).await?,
            arguments,
            environment: Vec::new(),
            log: log.clone(),
        })?;
        let said = || fs::read_to_string(&log).unwrap_or_default();
        let started = Instant::now();
        while !matches!(self.status("/-/ready").await, Ok(StatusCode::OK)) {
            if let Some(how) = self.cluster.ended(name)? {
                bail!("{name} ended with {how}: {}", said())
            }
            if started.elapsed() > DEADLINE {
                bail!(
                    "{name} is not ready after {} s: {}",
                    DEADLINE.as_secs(),
                    said()
                )
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Ends the process at once. Its pod stays, and looks as well as before.
    pub(crate) fn end(&self) -> Result<()> {
        self.cluster.end(self.guise.pod)
    }

    /// Creates the pod and puts it behind its Service, as the controllers would.
    pub(crate) async fn announce(&self) -> Result<()> {
        let admin = self.cluster.client().await?;
        let Guise { namespace, pod, .. } = self.guise;
        let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}");
        apply(&admin, &path, &self.pod()).await?;
        let mut status = pod_status(self.address, true);
        if let Some(status) = status.pointer_mut("/status") {
            let Guise {
                container,
                image,
                image_id,
                ..
            } = self.guise;
            let containers = json!([{
                "name": container, "image": image, "imageID": image_id,
                "ready": true, "started": true, "restartCount": 0,
                "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}},
            }]);
            if let Some(status) = status.as_object_mut() {
                status.insert("containerStatuses".to_owned(), containers);
            }
        }
        let change = Change::Merge;
        admin
            .patch(&format!("{path}/status"), change, &status)
            .await?;
        let Guise { service, .. } = self.guise;
        // The API server's proxy reads the older form, everyone else the newer one.
        let path = format!("/api/v1/namespaces/{namespace}/endpoints/{service}");
        apply(&admin, &path, &self.endpoints()).await?;
        let path = format!(
            "/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices/{service}-sandbox"
        );
        apply(&admin, &path, &self.slice()).await
    }

    /// A successful answer to `GET path`.
    pub(crate) async fn fetch(&self, path: &str) -> Result<String> {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await;
        self.text(path, answer).await
    }

    /// Posts nothing to `path` and returns the successful answer.
    pub(crate) async fn post(&self, path: &str) -> Result<String> {
        let answer = self.http.post(format!("{}{path}", self.url)).send().await;
        self.text(path, answer).await
    }

    async fn text(&self, path: &str, answer: reqwest::Result<reqwest::Response>) -> Result<String> {
        let pod = self.guise.pod;
        let answer = answer.with_context(|| format!("asking {pod} for {path}"))?;
        let status = answer.status();
        let text = answer.text().await;
        let text = text.with_context(|| format!("reading {path} of {pod}"))?;
        if !status.is_success() {
            bail!("{pod} answered {status} to {path}: {}", text.trim())
        }
        Ok(text)
    }

    async fn status(&self, path: &str) -> reqwest::Result<StatusCode> {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await?;
        Ok(answer.status())
    }

    fn pod(&self) -> Value {
        let Guise {
            namespace,
            pod,
            port_name,
            port,
            container,
            image,
            ..
        } = self.guise;
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": pod, "namespace": namespace, "labels": self.guise.labels},
            "spec": {
                "automountServiceAccountToken": false,
                "nodeName": "sandbox",
                "containers": [{
                    "name": container,
                    "image": image,
                    "ports": [{"name": port_name, "containerPort": port}],
                }],
            },
        })
    }

    /// Which pod an address belongs to: without it, the proxy passes nothing on.
    fn target(&self) -> Value {
        let Guise { namespace, pod, .. } = self.guise;
        json!({"kind": "Pod", "namespace": namespace, "name": pod})
    }

    fn endpoints(&self) -> Value {
        let Guise {
            namespace,
            service,
            port_name,
            port,
            ..
        } = self.guise;
        json!({
            "apiVersion": "v1",
            "kind": "Endpoints",
            "metadata": {"name": service, "namespace": namespace},
            "subsets": [{
                "addresses": [{"ip": self.address.to_string(), "targetRef": self.target()}],
                "ports": [{"name": port_name, "port": port}],
            }],
        })
    }

    fn slice(&self) -> Value {
        let Guise {
            namespace,
            service,
            port_name,
            port,
            ..
        } = self.guise;
        json!({
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": format!("{service}-sandbox"),
                "namespace": namespace,
                "labels": {"kubernetes.io/service-name": service},
            },
            "addressType": "IPv4",
            "endpoints": [{
                "addresses": [self.address.to_string()],
                "conditions": {"ready": true},
                "targetRef": self.target(),
            }],
            "ports": [{"name": port_name, "port": port, "protocol": "TCP"}],
        })
    }
}

impl Drop for Posed {
    fn drop(&mut self) {
        // Fails when the cell has ended, and with it the process.
        self.cluster.end(self.guise.pod).unwrap_or_default();
    }
}

async fn apply(admin: &Client, path: &str, object: &Value) -> Result<()> {
    admin.patch(path, Change::Apply(MANAGER), object).await?;
    Ok(())
}

//! One whole cluster: a control plane, its controllers, and a node that runs pods.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::daemons::{CONTAINERD, Daemons, KUBELET};
use super::inside::{Inside, output};
use super::memory;
use super::plan::Side;
use super::walls;
use crate::kubernetes::{Cell, Cluster, Encryption, Program};
use crate::tools::{Tool, Tools};

/// On a machine with nothing else to do each step takes a few seconds.
const DEADLINE: Duration = Duration::from_mins(2);

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// Log lines that accompany a failure.
const TAIL: usize = 20;

/// Brought before anything is started: builds take minutes.
const TOOLS: [Tool; 16] = [
    Tool::Etcd,
    Tool::KubeApiserver,
    Tool::Kubectl,
    Tool::KubeControllerManager,
    Tool::KubeScheduler,
    Tool::Kubelet,
    Tool::KubeProxy,
    Tool::Containerd,
    Tool::Ctr,
    Tool::Bridge,
    Tool::Loopback,
    Tool::HostLocal,
    Tool::Runc,
    Tool::Coredns,
    Tool::KubeRouter,
    Tool::Operator,
];

/// A running cluster. It ends, with all its containers, when this is dropped or this process dies.
#[derive(Debug)]
pub struct NodeCluster {
    // The first to go: it holds the cell.
    cluster: Cluster,
    side: Side,
    inside: Inside,
    daemons: Daemons,
}

impl NodeCluster {
    /// Starts a cluster called `name` whose node can run pods as soon as it has the images `archives`
    /// (OCI layouts as tar files), [`PAUSE_IMAGE`](super::PAUSE_IMAGE) among them.
    ///
    /// # Errors
    /// When a program is not to be had or does not start; a machine or a user that cannot have nodes
    /// gives [`NoNodes`](super::NoNodes).
    pub async fn start(tools: &Tools, name: &str, side: Side, archives: &[&Path]) -> Result<Self> {
        let starting = Self::start_named(tools, name, side, archives);
        let started = Box::pin(starting).await;
        started.with_context(|| format!("starting the cluster {name} with a node"))
    }

    async fn start_named(
        tools: &Tools,
        name: &str,
        side: Side,
        archives: &[&Path],
    ) -> Result<Self> {
        let branch = branch();
        let walls = walls::command(tools, &branch)?;
        for tool in TOOLS {
            tools.locate(tool).await?;
        }
        let cell = Cell::behind(walls, tools, &format!("nodes-{name}")).await?;
        let inside = Inside::of(cell.id())?;
        let cluster = Cluster::start_in(cell, tools, name, Encryption::Secretbox, side.layout());
        let cluster = cluster.await?;
        cluster.own(side.services())?;
        cluster.own(side.outside())?;
        inside
            .run(&network(side))
            .await
            .context("setting up the network")?;
        let daemons = Daemons::prepare(tools, &cluster, side, &branch).await?;
        let whole = Self {
            cluster,
            side,
            inside,
            daemons,
        };
        whole.start_node(archives).await?;
        Ok(whole)
    }

    async fn start_node(&self, archives: &[&Path]) -> Result<()> {
        self.run(self.daemons.containerd())?;
        for program in self.daemons.controllers(&self.cluster)? {
            self.run(program)?;
        }
        self.until(CONTAINERD, "answers", async || {
            self.ctr(&["version"]).await.is_ok()
        })
        .await?;
        for archive in archives {
            self.import(archive).await?;
        }
        self.run(self.daemons.kubelet(&self.cluster)?)?;
        for program in self.daemons.network(&self.cluster)? {
            self.run(program)?;
        }
        let client = self.cluster.client().await?;
        let node = format!("/api/v1/nodes/{}", self.side.node_name());
        self.until(KUBELET, "has made the node ready", async || {
            let node = client.find(&node).await.ok().flatten();
            node.is_some_and(|node| condition(&node, "Ready"))
        })
        .await?;
        self.run(self.daemons.router(&self.cluster)?)
    }

    /// The API server, and whatever can be done through it.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Which of the two it is: this says which addresses it has.
    pub fn side(&self) -> Side {
        self.side
    }

    /// Gives the node an image: an OCI layout as a tar file. No pod waits for a registry: there is none.
    ///
    /// # Errors
    /// When containerd refuses it.
    pub async fn import(&self, archive: &Path) -> Result<()> {
        let file = archive.display().to_string();
        let imported = self.ctr(&["images", "import", &file]).await;
        imported.with_context(|| format!("importing {file}"))?;
        Ok(())
    }

    /// Starts the Prometheus operator; its kinds must be defined. `reloader` is the image of its
    /// configuration reloader.
    ///
    /// # Errors
    /// When it does not start.
    pub(super) fn start_operator(&self, reloader: &str) -> Result<()> {
        self.run(self.daemons.operator(&self.cluster, reloader)?)
    }

    /// Bytes of memory that its processes hold, those in containers among them, and how many there are.
    ///
    /// # Errors
    /// When the list of processes cannot be read.
    pub fn resident(&self) -> Result<(u64, usize)> {
        memory::of_descendants(self.cluster.cell_id())
    }

    pub(super) fn inside(&self) -> Inside {
        self.inside
    }

    fn run(&self, program: Program) -> Result<()> {
        let name = program.name.clone();
        let started = self.cluster.run(program);
        started.with_context(|| format!("starting {name}"))
    }

    async fn ctr(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.daemons.ctr);
        command
            .arg("--address")
            .arg(self.daemons.socket())
            .args(["--namespace", "k8s.io"])
            .args(arguments);
        output(command).await
    }

    /// Waits for `met`, as long as `program` runs.
    async fn until(&self, program: &str, what: &str, met: impl AsyncFn() -> bool) -> Result<()> {
        let started = Instant::now();
        while !met().await {
            let tail = || tail(&self.cluster.directory().join(format!("{program}.log")));
            if let Some(how) = self.cluster.ended(program)? {
                bail!("{program} ended with {how}: {}", tail())
            }
            if started.elapsed() > DEADLINE {
                bail!(
                    "after {} s {program} still not {what}: {}",
                    DEADLINE.as_secs(),
                    tail()
                )
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }
}

/// Whether an object says of itself that `kind` is so.
pub(super) fn condition(object: &Value, kind: &str) -> bool {
    let conditions = object
        .pointer("/status/conditions")
        .and_then(Value::as_array);
    conditions.into_iter().flatten().any(|it| {
        it.get("type").is_some_and(|it| it == kind)
            && it.get("status").is_some_and(|it| it == "True")
    })
}

/// A name for a cell's cgroups that no other cell of this machine has.
fn branch() -> String {
    static NUMBER: AtomicUsize = AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("monitoring-jobs-{}-{number}", std::process::id())
}

/// The bridge for pods, made in advance: the plugin adopts it, and the route needs it. Without that
/// route the node's own processes reach no Service; by way of `lo` they would hang where a Service has
/// no endpoint.
fn network(side: Side) -> String {
    format!(
        "\
echo 1 >/proc/sys/net/ipv4/ip_forward
ip link add cni0 type bridge
ip address add {bridge}/24 dev cni0
ip link set cni0 up
ip route add {services} dev cni0 src {node}
",
        bridge = side.bridge(),
        services = side.service_network(),
        node = side.node(),
    )
}

/// The last lines of a log.
fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines.get(lines.len().saturating_sub(TAIL)..).unwrap_or(&[]);
    format!("end of {}:\n    {}", log.display(), tail.join("\n    "))
}

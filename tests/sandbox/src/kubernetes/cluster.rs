//! One cluster: how it comes up, falls silent, goes away and comes back.

use std::collections::BTreeSet;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::time::{Instant, sleep};

use super::audit::{self, AuditEntry, Mark};
use super::background::{Background, Task};
use super::cell::forward::Endpoint;
use super::cell::{Cell, Signal};
use super::control_plane::{API_SERVER, ControlPlane, Encryption, Layout};
use super::pki::Pki;
use super::port::Port;
use crate::tools::Tools;

mod access;
mod definitions;
mod inside;
mod network;

pub use network::Passage;

/// A start under load takes a while; an API server that is not ready by then never will be.
const DEADLINE: Duration = Duration::from_mins(1);

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Log lines that accompany a failure.
const TAIL: usize = 20;

/// What a cluster shall be like.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// Its name: the context in its kubeconfig files.
    pub name: String,
    /// How Secrets are kept.
    pub encryption: Encryption,
}

impl ClusterOptions {
    /// A cluster called `name` that encrypts nothing.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            encryption: Encryption::None,
        }
    }
}

/// A running cluster. It ends when this, its clones, and everything that was started in it are
/// dropped, or when this process dies.
#[derive(Debug, Clone)]
pub struct Cluster {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    name: String,
    // The first to go: what it does needs the cell.
    background: Background,
    listener: Mutex<Option<Task>>,
    port: Port,
    cell: Cell,
    plane: ControlPlane,
    pki: Pki,
    tools: Tools,
    ready_at: Mark,
    addresses: Mutex<BTreeSet<Ipv4Addr>>,
    files: AtomicUsize,
}

impl Cluster {
    /// Starts a cluster and waits until its API server is ready. Two at once take hardly longer
    /// than one.
    ///
    /// # Errors
    /// When a program is not to be had or does not start; a machine without user namespaces gives
    /// [`NoCell`](super::NoCell).
    pub async fn start(tools: &Tools, options: ClusterOptions) -> Result<Self> {
        let ClusterOptions { name, encryption } = options;
        let starting = async {
            let cell = Cell::start(tools, &format!("cluster-{name}")).await?;
            Self::start_in(cell, tools, &name, encryption, Layout::default()).await
        };
        let started = starting.await;
        started.with_context(|| format!("starting the cluster {name}"))
    }

    /// Starts the control plane in an empty cell.
    pub(crate) async fn start_in(
        cell: Cell,
        tools: &Tools,
        name: &str,
        encryption: Encryption,
        layout: Layout,
    ) -> Result<Self> {
        let pki = Pki::new(name)?;
        let node = layout.node;
        let plane = ControlPlane::prepare(tools, cell.path(), &pki, encryption, layout).await?;
        cell.add_address(node)?;
        cell.run(plane.etcd())?;
        cell.run(plane.api_server())?;
        let shared = Shared {
            name: name.to_owned(),
            background: Background::start(name).context("starting a thread")?,
            listener: Mutex::new(None),
            port: Port::reserve().context("reserving a port")?,
            cell,
            plane,
            pki,
            tools: tools.clone(),
            ready_at: Mark::default(),
            addresses: Mutex::new(BTreeSet::from([node])),
            files: AtomicUsize::new(0),
        };
        let api = Endpoint::Tcp(shared.plane.api());
        shared.cell.forward(Endpoint::Unix(shared.door()), api)?;
        shared.open()?;
        let mut cluster = Self {
            shared: Arc::new(shared),
        };
        cluster.ready().await?;
        let ready_at = cluster.audit_mark()?;
        if let Some(shared) = Arc::get_mut(&mut cluster.shared) {
            shared.ready_at = ready_at;
        }
        Ok(cluster)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// The URL of the API server, for processes outside the cell.
    pub fn server_url(&self) -> String {
        format!("https://{}", self.shared.port.address())
    }

    /// The certificate that vouches for the API server, PEM.
    pub fn ca_pem(&self) -> String {
        self.shared.pki.ca_pem()
    }

    /// The authority that the API server believes.
    pub(crate) fn pki(&self) -> &Pki {
        &self.shared.pki
    }

    /// The directory with all logs. It goes when the cluster does.
    pub fn directory(&self) -> &Path {
        self.shared.cell.path()
    }

    /// Makes the API server unreachable: its process is gone, and its port refuses connections.
    ///
    /// # Errors
    /// When the cell has ended.
    pub async fn stop_api(&self) -> Result<()> {
        let listener = self.shared.listener().take();
        if let Some(listener) = listener {
            listener.end().await;
        }
        self.shared.cell.end(API_SERVER)
    }

    /// Brings the API server back on the same port, with everything it knew, and waits until it is
    /// ready.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start_api(&self) -> Result<()> {
        self.shared.cell.run(self.shared.plane.api_server())?;
        self.shared.open()?;
        self.ready().await
    }

    /// Freezes the API server: it accepts connections and says nothing.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pause(&self) -> Result<()> {
        self.shared.cell.signal(API_SERVER, Signal::Stop)
    }

    /// Lets a frozen API server go on; it answers what it was asked meanwhile.
    ///
    /// # Errors
    /// When it does not run.
    pub fn resume(&self) -> Result<()> {
        self.shared.cell.signal(API_SERVER, Signal::Continue)
    }

    /// The present end of the audit log, for [`audit_since`](Self::audit_since).
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn audit_mark(&self) -> Result<Mark> {
        audit::end(&self.shared.plane.audit_log())
    }

    /// Every request since `mark`: those of the jobs, of the sandbox's own parts, and of the API
    /// server to itself.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn audit_since(&self, mark: Mark) -> Result<Vec<AuditEntry>> {
        audit::since(&self.shared.plane.audit_log(), mark)
    }

    /// Every request since the cluster was ready.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn audit(&self) -> Result<Vec<AuditEntry>> {
        self.audit_since(self.shared.ready_at)
    }

    async fn ready(&self) -> Result<()> {
        let admin = self.client().await?;
        let started = Instant::now();
        while admin.text("/readyz").await.is_err() {
            if let Some(how) = self.shared.cell.ended(API_SERVER)? {
                bail!(
                    "{API_SERVER} ended with {how}: {}",
                    tail(&self.shared.plane.log())
                )
            }
            if started.elapsed() > DEADLINE {
                bail!(
                    "{API_SERVER} is not ready after {} s: {}",
                    DEADLINE.as_secs(),
                    tail(&self.shared.plane.log())
                )
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }
}

impl Shared {
    /// The socket file behind the API server's port.
    fn door(&self) -> PathBuf {
        self.cell.path().join("api")
    }

    /// Opens the API server's port.
    fn open(&self) -> Result<()> {
        let _guard = self.background.enter();
        let listener = self.port.listen().context("listening for the API server")?;
        let task = self
            .background
            .forward(listener, Endpoint::Unix(self.door()));
        *self.listener() = Some(task);
        Ok(())
    }

    fn listener(&self) -> MutexGuard<'_, Option<Task>> {
        self.listener.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A path in the cluster's directory that nothing has yet.
    fn new_path(&self, kind: &str) -> PathBuf {
        let number = self.files.fetch_add(1, Ordering::Relaxed);
        self.cell.path().join(format!("{kind}-{number}"))
    }
}

/// The last lines of a log.
fn tail(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(TAIL);
    let tail = lines.get(from..).unwrap_or(&[]).join("\n    ");
    format!("end of {}:\n    {tail}", log.display())
}

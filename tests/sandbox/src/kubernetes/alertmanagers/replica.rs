//! One real Alertmanager that poses as a pod.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use common::http::Timeouts;
use reqwest::{Client, StatusCode};
use tokio::time::{Instant, sleep};

use super::super::cell::Program;
use super::super::cluster::{Cluster, Passage};
use super::objects::WEB_PORT;

const GOSSIP_PORT: u16 = 9094;

/// A replica that does not answer by then never will.
const DEADLINE: Duration = Duration::from_secs(30);

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// A process, its address inside, and the way to it from outside.
#[derive(Debug)]
pub(super) struct Replica {
    /// The name of the process, unique in the cell.
    pub(super) process: String,
    pub(super) address: Ipv4Addr,
    pub(super) config: ConfigFile,
    _passage: Passage,
}

/// The file that a replica reads, and the address at which it is told to.
#[derive(Debug)]
pub(super) struct ConfigFile {
    path: PathBuf,
    url: String,
    http: Client,
}

/// What all replicas of a set share.
#[derive(Debug)]
pub(super) struct Launch {
    pub(super) program: PathBuf,
    pub(super) peers: Vec<Ipv4Addr>,
    pub(super) peer_timeout: Duration,
    pub(super) environment: Vec<(String, String)>,
}

impl Replica {
    /// Prepares the replica called `process`; it does not run yet.
    pub(super) fn new(cluster: &Cluster, process: String, address: Ipv4Addr) -> Result<Self> {
        let directory = cluster.directory().join(&process);
        fs::create_dir(&directory).with_context(|| format!("creating {}", directory.display()))?;
        let (outside, passage) = cluster.reach((address, WEB_PORT).into())?;
        let path = directory.join("alertmanager.env.yaml");
        Ok(Self {
            config: ConfigFile::new(path, format!("http://{outside}"))?,
            process,
            address,
            _passage: passage,
        })
    }

    /// Where it is for processes outside.
    pub(super) fn url(&self) -> &str {
        &self.config.url
    }

    /// Starts the process and waits until it is ready.
    pub(super) async fn start(&self, cluster: &Cluster, launch: &Launch) -> Result<()> {
        cluster.run(self.program(cluster, launch))?;
        let started = Instant::now();
        while !matches!(self.config.fetch("/-/ready").await, Ok((StatusCode::OK, _))) {
            if let Some(how) = cluster.ended(&self.process)? {
                bail!("{} ended with {how}: {}", self.process, self.said(cluster))
            }
            if started.elapsed() > DEADLINE {
                bail!(
                    "{} is not ready after {} s: {}",
                    self.process,
                    DEADLINE.as_secs(),
                    self.said(cluster)
                )
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }

    /// A successful answer to `GET path`.
    pub(super) async fn fetch(&self, path: &str) -> Result<String> {
        let (status, text) = self.config.fetch(path).await?;
        if !status.is_success() {
            bail!("{} answered {status} to {path}: {text}", self.process)
        }
        Ok(text)
    }

    /// Posts JSON to `path`.
    pub(super) async fn post(&self, path: &str, body: &serde_json::Value) -> Result<()> {
        let request = self.config.http.post(format!("{}{path}", self.url()));
        let answer = request.json(body).send().await;
        let answer = answer.with_context(|| format!("posting {path} to {}", self.process))?;
        let status = answer.status();
        if !status.is_success() {
            let text = answer.text().await.unwrap_or_default();
            bail!("{} answered {status} to {path}: {text}", self.process)
        }
        Ok(())
    }

    fn program(&self, cluster: &Cluster, launch: &Launch) -> Program {
        let at = |port| SocketAddr::from((self.address, port));
        let data = cluster.directory().join(&self.process).join("data");
        let milliseconds = launch.peer_timeout.as_millis();
        let mut arguments = vec![
            format!("--config.file={}", self.config.path.display()),
            format!("--storage.path={}", data.display()),
            format!("--web.listen-address={}", at(WEB_PORT)),
            "--web.external-url=http://alertmanager.sandbox.invalid/".to_owned(),
            "--web.route-prefix=/".to_owned(),
            format!("--cluster.listen-address={}", at(GOSSIP_PORT)),
            format!("--cluster.peer-timeout={milliseconds}ms"),
            // The mesh counts as settled after some tens of gossip intervals.
            "--cluster.gossip-interval=20ms".to_owned(),
            "--cluster.settle-timeout=2s".to_owned(),
            "--cluster.pushpull-interval=1s".to_owned(),
            "--cluster.reconnect-interval=1s".to_owned(),
        ];
        let others = launch.peers.iter().filter(|peer| **peer != self.address);
        arguments.extend(others.map(|peer| format!("--cluster.peer={peer}:{GOSSIP_PORT}")));
        Program {
            name: self.process.clone(),
            file: launch.program.clone(),
            arguments,
            environment: launch.environment.clone(),
            log: self.log(cluster),
        }
    }

    fn log(&self, cluster: &Cluster) -> PathBuf {
        cluster.directory().join(format!("{}.log", self.process))
    }

    fn said(&self, cluster: &Cluster) -> String {
        fs::read_to_string(self.log(cluster)).unwrap_or_default()
    }
}

impl ConfigFile {
    fn new(path: PathBuf, url: String) -> Result<Self> {
        let timeouts = Timeouts {
            connect: Duration::from_secs(2),
            total: Duration::from_secs(5),
        };
        let http = common::http::client(timeouts)?;
        Ok(Self { path, url, http })
    }

    /// The same with connections of its own: another thread's would stand still when that thread
    /// does.
    pub(super) fn for_another_thread(&self) -> Result<Self> {
        Self::new(self.path.clone(), self.url.clone())
    }

    /// Replaces the file as a whole.
    pub(super) fn write(&self, bytes: &[u8]) -> Result<()> {
        let next = self.path.with_extension("next");
        fs::write(&next, bytes)
            .and_then(|()| fs::rename(&next, &self.path))
            .with_context(|| format!("writing {}", self.path.display()))
    }

    /// What the replica would read now.
    pub(super) fn read(&self) -> Result<Vec<u8>> {
        fs::read(&self.path).with_context(|| format!("reading {}", self.path.display()))
    }

    /// Has the replica load the file. One that refuses goes on with what it had.
    pub(super) async fn reload(&self) -> Result<()> {
        let answer = self.http.post(format!("{}/-/reload", self.url)).send();
        let answer = answer.await.context("asking for a reload")?;
        let status = answer.status();
        if !status.is_success() {
            let text = answer.text().await.unwrap_or_default();
            bail!("the reload was refused with {status}: {}", text.trim())
        }
        Ok(())
    }

    async fn fetch(&self, path: &str) -> Result<(StatusCode, String)> {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await;
        let answer = answer.with_context(|| format!("asking for {path}"))?;
        let status = answer.status();
        let text = answer.text().await;
        Ok((status, text.with_context(|| format!("reading {path}"))?))
    }
}

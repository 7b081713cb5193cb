//! A Pushgateway without persistence: what it holds ends with its process.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::process::Process;
use super::server::Server;
use crate::tools::{Tool, Tools};

const NAME: &str = "pushgateway";

/// Whether a push is checked against everything stored, which is the default.
///
/// Without the check the gateway answers 202, and drops inconsistent pushes silently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConsistencyCheck {
    /// An inconsistent push is answered with 400.
    On,
    /// Every push is answered with 202.
    Off,
}

/// A running Pushgateway.
#[derive(Debug)]
pub struct Pushgateway {
    server: Server,
    program: PathBuf,
    check: ConsistencyCheck,
}

impl Pushgateway {
    /// Starts one with its defaults, except that it does not persist.
    ///
    /// # Errors
    /// When the program is not to be had or does not become ready; the log's tail is in the text.
    pub async fn start(tools: &Tools) -> Result<Self> {
        Self::start_with(tools, ConsistencyCheck::On).await
    }

    /// Starts one with or without the consistency check.
    ///
    /// # Errors
    /// As [`Pushgateway::start`].
    pub async fn start_with(tools: &Tools, check: ConsistencyCheck) -> Result<Self> {
        let program = tools.locate(Tool::Pushgateway).await?;
        let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
        let command = command(&program, any_port, check);
        let server = Server::start(NAME, command, Server::directory(NAME)?).await?;
        Ok(Self {
            server,
            program,
            check,
        })
    }

    /// Stops it if need be and starts it anew, empty, on the same port.
    ///
    /// # Errors
    /// When it does not become ready, for example because someone else took the port meanwhile.
    pub async fn restart(&mut self) -> Result<()> {
        let command = command(&self.program, self.address(), self.check);
        self.server.restart(NAME, command).await
    }

    /// Its base URL, without a trailing slash.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The process: to stop or kill it, and to read its log.
    pub fn process(&self) -> &Process {
        self.server.process()
    }

    /// Everything that it exposes, as Prometheus would scrape it.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn exposition(&self) -> Result<String> {
        self.server.fetch("/metrics", &[]).await
    }
}

fn command(program: &PathBuf, listen: SocketAddr, check: ConsistencyCheck) -> Command {
    let mut command = Command::new(program);
    command.arg(format!("--web.listen-address={listen}"));
    // Packaged gateways keep a file below /var/lib unless told otherwise.
    command.arg("--persistence.file=");
    if check == ConsistencyCheck::Off {
        command.arg("--push.disable-consistency-check");
    }
    command
}

//! A network and everything that runs in it, without root, and with one process to end.
//!
//! `unshare` enters new user, network and process namespaces and starts the supervisor in them (the
//! program `cell` of this package). Orders go to it through a socket file. When this side closes
//! that socket, by dropping the [`Cell`] or by dying, the supervisor ends, and the kernel ends all
//! that it started.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::Ipv4Addr;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::programs;
use crate::servers::process::Process;
use crate::servers::server::Server;
use crate::tools::Tools;

pub(super) mod forward;
mod no_cell;
mod protocol;
mod supervisor;

use forward::Endpoint;
pub use no_cell::NoCell;
pub(crate) use protocol::Program;
pub(super) use protocol::Signal;
use protocol::{Answer, Order};
pub use supervisor::supervise;

/// A supervisor that does not listen by then never will.
const DEADLINE: Duration = Duration::from_secs(20);

/// Every order but a start of a program is a matter of milliseconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// A running cell.
#[derive(Debug)]
pub(crate) struct Cell {
    control: Mutex<BufReader<UnixStream>>,
    // Before the directory: fields are dropped in this order.
    process: Process,
    directory: TempDir,
}

impl Cell {
    /// Starts an empty cell with a directory called after `name`.
    pub(super) async fn start(tools: &Tools, name: &str) -> Result<Self> {
        let unshare = no_cell::program(tools.env(), "unshare", "util-linux")?;
        let mut command = Command::new(unshare);
        // A `/proc` of its own: a server that asks there about itself would read of a stranger.
        command
            .args([
                "--user",
                "--map-root-user",
                "--net",
                "--pid",
                "--mount-proc",
            ])
            .args(["--fork", "--kill-child", "--"]);
        Self::behind(command, tools, name).await
    }

    /// Starts an empty cell behind `walls`: a program that makes namespaces and starts in them, as
    /// their first process, what its further arguments name.
    pub(crate) async fn behind(walls: Command, tools: &Tools, name: &str) -> Result<Self> {
        let ip = no_cell::program(tools.env(), "ip", "iproute2")?;
        let supervisor = supervisor_program().await?;
        let directory = Server::directory(name)?;
        let control = directory.path().join("control");
        let mut command = walls;
        command.args([&supervisor, &ip, &control]);
        let log = directory.path().join("cell.log");
        let process = Process::spawn("cell", command, &log)?;
        let control = connect(&process, &control).await?;
        control
            .set_read_timeout(Some(PATIENCE))
            .context("limiting the wait for answers")?;
        Ok(Self {
            control: Mutex::new(BufReader::new(control)),
            process,
            directory,
        })
    }

    /// Its directory, the same on both sides.
    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The process that was started for it, outside.
    pub(crate) fn id(&self) -> i32 {
        self.process.id()
    }

    /// Gives the cell another address of its own.
    pub(super) fn add_address(&self, address: Ipv4Addr) -> Result<()> {
        self.do_order(&Order::Address(address))
    }

    /// Listens inside, until the cell ends.
    pub(super) fn forward(&self, from: Endpoint, to: Endpoint) -> Result<()> {
        self.do_order(&Order::Forward { from, to })
    }

    /// Starts a program inside.
    pub(super) fn run(&self, program: Program) -> Result<()> {
        self.do_order(&Order::Start(program))
    }

    /// Sends a signal to the program called `name`.
    pub(super) fn signal(&self, name: &str, signal: Signal) -> Result<()> {
        self.do_order(&Order::Signal(name.to_owned(), signal))
    }

    /// Ends the program called `name` with SIGKILL, at once.
    pub(super) fn end(&self, name: &str) -> Result<()> {
        self.do_order(&Order::End(name.to_owned()))
    }

    /// How the program called `name` ended; `None` as long as it runs.
    pub(super) fn ended(&self, name: &str) -> Result<Option<String>> {
        match self.order(&Order::State(name.to_owned()))? {
            Answer::Done => Ok(None),
            Answer::Ended(how) => Ok(Some(how)),
            Answer::Failed(why) => bail!("{why}"),
        }
    }

    fn do_order(&self, order: &Order) -> Result<()> {
        match self.order(order)? {
            Answer::Done => Ok(()),
            Answer::Ended(how) => bail!("it ended with {how}"),
            Answer::Failed(why) => bail!("{why}"),
        }
    }

    fn order(&self, order: &Order) -> Result<Answer> {
        let mut line = serde_json::to_string(order).context("writing an order")?;
        line.push('\n');
        let mut control = self.control.lock().unwrap_or_else(PoisonError::into_inner);
        let mut answer = String::new();
        let exchange = control
            .get_mut()
            .write_all(line.as_bytes())
            .and_then(|()| control.read_line(&mut answer));
        exchange.with_context(|| format!("talking to the cell: {}", self.process.tail()))?;
        serde_json::from_str(&answer)
            .with_context(|| format!("the cell has ended: {}", self.process.tail()))
    }
}

impl Drop for Cell {
    /// Returns when nothing of the cell runs any more.
    fn drop(&mut self) {
        let control = self
            .control
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        // Fails when the supervisor is gone already, which is what this is for.
        control
            .get_mut()
            .shutdown(std::net::Shutdown::Both)
            .unwrap_or_default();
        // `unshare` waits for process 1 of the cell, which the kernel lets end last; it does not
        // react to SIGTERM meanwhile.
        self.process.stop();
    }
}

/// Waits until the supervisor listens, and becomes the one whom it obeys.
async fn connect(process: &Process, control: &Path) -> Result<UnixStream> {
    let started = Instant::now();
    loop {
        if let Ok(stream) = UnixStream::connect(control) {
            return Ok(stream);
        }
        if !process.is_running() {
            let said = std::fs::read_to_string(process.log()).unwrap_or_default();
            return Err(NoCell::refused(said.trim()).into());
        }
        if started.elapsed() > DEADLINE {
            bail!(
                "{} s without a sign from the cell: {}",
                DEADLINE.as_secs(),
                process.tail()
            )
        }
        sleep(PAUSE).await;
    }
}

/// The program `cell`, built once for all cells of this process.
async fn supervisor_program() -> Result<PathBuf> {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let build = || programs::build("cell").map_err(|error| format!("{error:#}"));
    let built = tokio::task::spawn_blocking(move || PROGRAM.get_or_init(build).clone());
    match built.await.context("the build was interrupted")? {
        Ok(program) => Ok(program),
        Err(error) => bail!(error),
    }
}

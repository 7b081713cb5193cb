//! The inner side of a cell: the first process of its namespaces.
//!
//! It starts what it is ordered to start. When the one who orders is gone it ends, and because it is
//! process 1 of its process namespace, the kernel then ends everything else in there.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, kill_process};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixListener;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;

use super::forward::forward;
use super::protocol::{Answer, Order, Program, Signal};

/// Brings up the network, then obeys whoever connects to the socket file `control` until that
/// connection ends. `ip` is the program of iproute2.
///
/// # Errors
/// When the network cannot be set up or the socket not be served.
pub async fn supervise(ip: &Path, control: &Path) -> Result<()> {
    let mut supervisor = Supervisor {
        ip: ip.to_owned(),
        programs: BTreeMap::new(),
        forwarders: JoinSet::new(),
    };
    supervisor.ip(&["link", "set", "lo", "up"]).await?;
    let listener = UnixListener::bind(control)
        .with_context(|| format!("listening on {}", control.display()))?;
    let (stream, _) = listener.accept().await.context("accepting orders")?;
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    while let Some(line) = lines.next_line().await.context("reading an order")? {
        let order = serde_json::from_str(&line).context("understanding an order")?;
        let answer = supervisor
            .obey(order)
            .await
            .unwrap_or_else(|error| Answer::Failed(format!("{error:#}")));
        let mut text = serde_json::to_string(&answer).context("writing an answer")?;
        text.push('\n');
        writer
            .write_all(text.as_bytes())
            .await
            .context("answering")?;
    }
    Ok(())
}

struct Supervisor {
    ip: PathBuf,
    programs: BTreeMap<String, Child>,
    forwarders: JoinSet<()>,
}

impl Supervisor {
    async fn obey(&mut self, order: Order) -> Result<Answer> {
        match order {
            Order::Address(address) => {
                self.ip(&["address", "add", &format!("{address}/32"), "dev", "lo"])
                    .await?;
            }
            Order::Forward { from, to } => {
                let listener = from
                    .listen()
                    .with_context(|| format!("listening on {from:?}"))?;
                self.forwarders.spawn(forward(listener, to));
            }
            Order::Start(program) => self.start(program)?,
            Order::Signal(name, signal) => self.signal(&name, signal)?,
            Order::End(name) => {
                let child = self.program(&name)?;
                if matches!(child.try_wait(), Ok(None)) {
                    let ended = child.kill().await;
                    ended.with_context(|| format!("ending {name}"))?;
                }
            }
            Order::State(name) => {
                let state = self.program(&name)?.try_wait();
                if let Some(status) = state.with_context(|| format!("looking at {name}"))? {
                    return Ok(Answer::Ended(status.to_string()));
                }
            }
        }
        Ok(Answer::Done)
    }

    fn start(&mut self, program: Program) -> Result<()> {
        if let Some(child) = self.programs.get_mut(&program.name)
            && matches!(child.try_wait(), Ok(None))
        {
            bail!("{} already runs", program.name)
        }
        let log = &program.log;
        let stdout = OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .with_context(|| format!("opening {}", log.display()))?;
        let stderr = stdout.try_clone().context("sharing the log file")?;
        let child = Command::new(&program.file)
            .args(&program.arguments)
            .env_clear()
            .envs(program.environment)
            .stdin(Stdio::null())
            .stdout(stdout)
            .stderr(stderr)
            .spawn()
            .with_context(|| format!("starting {}", program.file.display()))?;
        self.programs.insert(program.name, child);
        Ok(())
    }

    fn signal(&mut self, name: &str, signal: Signal) -> Result<()> {
        let child = self.program(name)?;
        // Without an id it has been waited for, so no stranger can be hit.
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        let Some(pid) = id.and_then(Pid::from_raw) else {
            bail!("{name} has ended")
        };
        let signal = match signal {
            Signal::Stop => rustix::process::Signal::STOP,
            Signal::Continue => rustix::process::Signal::CONT,
        };
        kill_process(pid, signal).with_context(|| format!("signalling {name}"))
    }

    fn program(&mut self, name: &str) -> Result<&mut Child> {
        self.programs
            .get_mut(name)
            .with_context(|| format!("nothing called {name} was started"))
    }

    async fn ip(&self, arguments: &[&str]) -> Result<()> {
        let output = Command::new(&self.ip)
            .args(arguments)
            .env_clear()
            .stdin(Stdio::null())
            .output()
            .await
            .with_context(|| format!("starting {}", self.ip.display()))?;
        if output.status.success() {
            return Ok(());
        }
        bail!(
            "`ip {}` ended with {}: {}",
            arguments.join(" "),
            output.status,
            String::from_utf8_lossy(&output.stderr).trim()
        )
    }
}

//! What all servers have in common: a directory, a process, an address, and readiness.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use common::http::Timeouts;
use reqwest::{Client, StatusCode, Url};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::process::Process;
use super::watchdog;

/// A server that is not ready by then never will be; a cold start under load takes a few seconds.
const DEADLINE: Duration = Duration::from_mins(1);

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// A started server that has said that it is ready.
#[derive(Debug)]
pub(crate) struct Server {
    // Before the directory: fields are dropped in this order.
    process: Process,
    directory: TempDir,
    address: SocketAddr,
    client: Client,
}

impl Server {
    /// A new directory for a server called `name`. It is removed even if this process is killed.
    pub(crate) fn directory(name: &str) -> Result<TempDir> {
        let directory = tempfile::Builder::new()
            .prefix(&format!("sandbox-{name}-"))
            .tempdir()
            .context("creating a temporary directory")?;
        watchdog::remove(directory.path()).context("telling the watchdog")?;
        Ok(directory)
    }

    /// Starts `command`, which must listen on port 0 of 127.0.0.1, and waits for `/-/ready`.
    pub(super) async fn start(name: &str, command: Command, directory: TempDir) -> Result<Self> {
        let client = client()?;
        let process = Process::spawn(name, command, &log(name, directory.path()))?;
        let address = listening(&process, address_in).await?;
        ready(&process, &client, address).await?;
        Ok(Self {
            process,
            directory,
            address,
            client,
        })
    }

    /// Replaces the process, whether it still runs or not, by `command`, which must listen on the
    /// same address.
    pub(super) async fn restart(&mut self, name: &str, command: Command) -> Result<()> {
        self.process.stop();
        self.process = Process::spawn(name, command, &log(name, self.directory.path()))?;
        ready(&self.process, &self.client, self.address).await
    }

    pub(super) fn process(&self) -> &Process {
        &self.process
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The body of a successful answer to `GET path?query`.
    pub(super) async fn fetch(&self, path: &str, query: &[(&str, &str)]) -> Result<String> {
        let url = Url::parse_with_params(&format!("{}{path}", self.url()), query)
            .with_context(|| format!("{path} is no path of a URL"))?;
        let response = self.client.get(url.clone()).send().await;
        let response = response.with_context(|| format!("asking {url}"))?;
        let status = response.status();
        let text = response
            .text()
            .await
            .with_context(|| format!("reading {url}"))?;
        if !status.is_success() {
            bail!("{url} answered {status}: {}", text.trim())
        }
        Ok(text)
    }
}

fn log(name: &str, directory: &Path) -> PathBuf {
    directory.join(format!("{name}.log"))
}

fn client() -> Result<Client> {
    let timeouts = Timeouts {
        connect: Duration::from_secs(5),
        total: Duration::from_secs(30),
    };
    Ok(common::http::client(timeouts)?)
}

/// Waits until a line of the log tells which address the server got.
pub(crate) async fn listening(
    process: &Process,
    address_in: impl Fn(&str) -> Option<SocketAddr>,
) -> Result<SocketAddr> {
    let address = || {
        let text = fs::read_to_string(process.log()).unwrap_or_default();
        text.lines().find_map(&address_in)
    };
    until(process, "saying where it listens", async || address()).await
}

/// Waits until the server answers `/-/ready` with 200.
pub(crate) async fn ready(process: &Process, client: &Client, address: SocketAddr) -> Result<()> {
    let url = format!("http://{address}/-/ready");
    let ask = async || {
        let answer = client.get(&url).send().await.ok()?;
        (answer.status() == StatusCode::OK).then_some(())
    };
    until(process, "being ready", ask).await
}

/// Looks again and again until `look` finds something, the process ends, or time is up.
async fn until<T>(process: &Process, what: &str, look: impl AsyncFn() -> Option<T>) -> Result<T> {
    let started = Instant::now();
    loop {
        if let Some(found) = look().await {
            return Ok(found);
        }
        if !process.is_running() {
            bail!("before {what}, {}", process.tail())
        }
        if started.elapsed() > DEADLINE {
            bail!(
                "{} s without {what}: {}",
                DEADLINE.as_secs(),
                process.tail()
            )
        }
        sleep(PAUSE).await;
    }
}

/// The address in `… msg="Listening on" … address=127.0.0.1:40713`, in which all three servers
/// agree because they share one library.
fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once(r#"msg="Listening on""#)?;
    let (_, address) = rest.split_once("address=")?;
    address.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::address_in;

    #[test]
    fn the_address_is_read_from_the_line_that_all_servers_write() {
        let line = r#"time=2026-11-24T12:00:00.000Z level=INFO source=tls_config.go:347 msg="Listening on" component=web address=127.0.0.1:40713"#;
        assert_eq!(address_in(line), Some(([127, 0, 0, 1], 40713).into()));
        for other in [
            r#"level=INFO msg="Start listening for connections" component=web address=127.0.0.1:0"#,
            r#"level=INFO msg="Listening on" address=[::]"#,
            "",
        ] {
            assert_eq!(address_in(other), None, "{other}");
        }
    }
}

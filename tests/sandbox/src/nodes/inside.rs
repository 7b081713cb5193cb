//! Commands in a cell's network, run from outside by root.

use std::fs;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;

/// The first process of a cell, as the machine numbers it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inside(i32);

impl Inside {
    /// Finds it: the shell that was started waits for `unshare`, and that for the cell.
    pub(super) fn of(shell: i32) -> Result<Self> {
        let unshare = only_child(shell)?;
        only_child(unshare).map(Self)
    }

    /// Its number, which names its namespaces to programs outside.
    pub(super) fn id(self) -> i32 {
        self.0
    }

    /// Runs a shell script in its network, with everything else the machine's. Returns what it printed.
    pub(super) async fn run(self, script: &str) -> Result<String> {
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--target={}", self.0))
            .args(["--net", "--", "sh", "-e", "-c", script]);
        output(command).await
    }
}

/// What a program printed, if it ended well.
pub(super) async fn output(mut command: Command) -> Result<String> {
    let program = command
        .as_std()
        .get_program()
        .to_string_lossy()
        .into_owned();
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let output = output
        .await
        .with_context(|| format!("starting {program}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    bail!(
        "{program} ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    )
}

fn only_child(parent: i32) -> Result<i32> {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    let mut children = text.split_whitespace().map(str::parse);
    match (children.next(), children.next()) {
        (Some(Ok(child)), None) => Ok(child),
        _ => bail!("process {parent} has other children than one: {text:?}"),
    }
}

//! A child process that is looked at while it runs.
//!
//! What is measured here prints little and at its end, so that its memory cannot be read between two
//! pieces of its output.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::io::Errno;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use tokio::time::{Instant, sleep};

use crate::process::Id;

/// Time between two looks. A peak of the last moment is missed, and so much is added to the time.
const PAUSE: Duration = Duration::from_millis(2);

/// A finished child.
#[derive(Debug, Clone)]
pub(super) struct Watched {
    /// From its start until it was gone.
    pub(super) wall: Duration,
    /// User and system time of all its threads.
    pub(super) cpu: Duration,
    /// Largest resident set, in bytes.
    pub(super) peak: u64,
    /// Exit status; absent when a signal ended it.
    pub(super) code: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// Runs `command` to its end. Its output goes to files in `directory` that are called after `name`.
pub(super) async fn run(command: Command, directory: &Path, name: &str) -> Result<Watched> {
    let output = directory.join(format!("{name}.out"));
    let errors = directory.join(format!("{name}.err"));
    let watching = watch(command, &output, &errors);
    watching.await.with_context(|| format!("running {name}"))
}

async fn watch(mut command: Command, output: &Path, errors: &Path) -> Result<Watched> {
    let create =
        |file: &Path| File::create(file).with_context(|| format!("creating {}", file.display()));
    command
        .stdin(Stdio::null())
        .stdout(create(output)?)
        .stderr(create(errors)?);
    let started = Instant::now();
    let mut child = command.spawn().context("starting the program")?;
    let pid = Pid::from_child(&child);
    let id = Id::of(child.id());
    let mut peak = 0;
    // Ended but not yet reaped: its times are final and still to be read.
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    while matches!(waitid(WaitId::Pid(pid), look), Ok(None) | Err(Errno::INTR)) {
        peak = id.peak().unwrap_or_default().max(peak);
        sleep(PAUSE).await;
    }
    let wall = started.elapsed();
    let cpu = id.cpu()?;
    let status = child.wait().context("waiting for the program")?;
    let read = |file: &Path| {
        fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))
    };
    Ok(Watched {
        wall,
        cpu,
        peak,
        code: status.code(),
        stdout: read(output)?,
        stderr: read(errors)?,
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::run;

    #[tokio::test]
    async fn a_silent_child_s_memory_is_seen_while_it_runs() {
        let directory = tempfile::tempdir().unwrap();
        let mut command = Command::new("/bin/sh");
        // Some 10 MB in a variable, held while nothing is printed.
        let script = "x=$(head -c 10000000 /dev/zero | tr '\\0' x); sleep 0.2; echo ${#x}; exit 3";
        command.args(["-c", script]);
        let watched = run(command, directory.path(), "shell").await.unwrap();
        assert_eq!(watched.code, Some(3));
        assert_eq!(watched.stdout, "10000000\n");
        assert!(watched.peak > 10_000_000, "{}", watched.peak);
        assert!(watched.wall.as_millis() >= 200);
        assert!(watched.cpu.as_micros() > 0);
    }
}

//! Builds a job's real binary and runs it, measured.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;
use tokio::time::{Instant, sleep, timeout};

use super::stage::Stage;
use crate::checkout;
use crate::programs;
use crate::tools::progress::Progress;

/// No command of a demo takes longer.
const PATIENCE: Duration = Duration::from_mins(2);

/// The kernel keeps the peak itself; this only has to look once shortly before the end.
const LOOK_EVERY: Duration = Duration::from_millis(1);

/// A built binary and the environment that it gets.
#[derive(Debug)]
pub(super) struct Job {
    name: &'static str,
    program: PathBuf,
    environment: Vec<(String, String)>,
}

/// How a command went.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) wall: Duration,
    /// Largest resident set in bytes, as the kernel counted it.
    pub(super) peak: Option<u64>,
}

impl Job {
    /// Builds the binary `name`.
    pub(super) async fn build(name: &'static str) -> Result<Self> {
        let progress = Progress::building(name);
        let built = tokio::task::spawn_blocking(move || programs::build(name));
        let program = built.await.context("the build was interrupted")??;
        progress.done();
        Ok(Self {
            name,
            program,
            environment: Vec::new(),
        })
    }

    /// It will see these variables and nothing of the person's own AWS account.
    pub(super) fn within(mut self, environment: Vec<(String, String)>) -> Self {
        self.environment = environment;
        self
    }

    /// Runs the job at the top of the project, shows what it prints, and insists on success.
    pub(super) async fn run<const N: usize>(&self, arguments: [&str; N]) -> Result<Run> {
        Stage::command(&format!("{} {}", self.name, arguments.join(" ")));
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(checkout::file(""))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        for key in settings_of_aws() {
            command.env_remove(key);
        }
        let environment = self.environment.iter();
        command
            .envs(environment.map(|(name, value)| (name, value)))
            .env("LOG_FORMAT", "text");
        let (run, status) = timeout(PATIENCE, measured(command))
            .await
            .with_context(|| format!("{} is still busy after two minutes", self.name))??;
        if !status.success() {
            bail!("{} ended with {status}", self.name)
        }
        Ok(run)
    }
}

/// Whatever the person's own account is, a demo never reaches it.
fn settings_of_aws() -> Vec<OsString> {
    std::env::vars_os()
        .map(|(key, _)| key)
        .filter(|key| key.to_string_lossy().starts_with("AWS_"))
        .collect()
}

async fn measured(mut command: Command) -> Result<(Run, ExitStatus)> {
    let started = Instant::now();
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("starting the job")?;
    let status = child
        .id()
        .map(|id| Path::new("/proc").join(id.to_string()).join("status"));
    let mut peak = None;
    let output = child.wait_with_output();
    tokio::pin!(output);
    let output = loop {
        tokio::select! {
            output = &mut output => break output.context("waiting for the job")?,
            () = sleep(LOOK_EVERY) => {
                let text = status.as_ref().and_then(|path| fs::read_to_string(path).ok());
                peak = text.as_deref().and_then(peak_in).or(peak);
            }
        }
    };
    let run = Run {
        wall: started.elapsed(),
        peak,
    };
    Stage::quote(&String::from_utf8_lossy(&output.stdout));
    Stage::quote(&String::from_utf8_lossy(&output.stderr));
    Ok((run, output.status))
}

/// The peak of the resident set in the text of `/proc/<pid>/status`, in bytes.
fn peak_in(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::process::Command;

    use super::{measured, peak_in};

    #[test]
    fn the_peak_is_read_as_the_kernel_writes_it() {
        assert_eq!(
            peak_in("Name:\tx\nVmHWM:\t   12345 kB\nVmRSS:\t 1 kB\n"),
            Some(12_641_280)
        );
        assert_eq!(peak_in("Name:\tx\nState:\tZ (zombie)\n"), None);
    }

    #[tokio::test]
    async fn a_child_is_measured_until_its_end() {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "sleep 0.2; exit 3"]);
        let (run, status) = measured(command).await.unwrap();
        assert_eq!(status.code(), Some(3));
        assert!(run.wall >= Duration::from_millis(200));
        assert!(run.peak.unwrap() > 100_000);
    }
}

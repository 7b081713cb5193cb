//! Starts the real binaries with an environment that is stated, not inherited.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use sandbox::checkout;
use tokio::process::{Child, Command};

/// No run takes longer; one that does hangs.
const PATIENCE: Duration = Duration::from_mins(1);

/// The exporter's binary, built once for all scenarios of a process.
fn exporter() -> Result<&'static Path> {
    static BINARY: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let built = BINARY.get_or_init(|| {
        let build = escargot::CargoBuild::new()
            .package("export-cloudwatch")
            .bin("export-cloudwatch");
        let run = build.run().map_err(|error| error.to_string())?;
        Ok(run.path().to_owned())
    });
    match built {
        Ok(path) => Ok(path),
        Err(error) => bail!("building export-cloudwatch: {error}"),
    }
}

/// A command line of the exporter that is about to run.
#[derive(Debug)]
pub struct Job {
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
    directory: tempfile::TempDir,
}

/// How a run ended.
#[derive(Debug)]
pub struct Finished {
    /// Exit status; -1 when a signal ended it.
    pub status: i32,
    /// Everything on stdout.
    pub stdout: String,
    /// Everything on stderr.
    pub stderr: String,
    /// The termination message; null when none was written.
    pub termination: serde_json::Value,
    /// The same as it was written.
    pub termination_text: String,
}

/// A run that goes on.
#[derive(Debug)]
pub struct Running {
    child: Child,
    directory: tempfile::TempDir,
}

impl Job {
    /// The exporter with these arguments, and with credentials that any sandbox takes.
    ///
    /// # Errors
    /// When there is no temporary directory.
    pub fn exporter<S: Into<String>>(arguments: impl IntoIterator<Item = S>) -> Result<Self> {
        let environment = [
            ("AWS_ACCESS_KEY_ID", "AKIASANDBOX000000000"),
            ("AWS_SECRET_ACCESS_KEY", "sandbox-secret-access-key"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("LOG_FORMAT", "text"),
            ("NO_COLOR", "1"),
        ];
        Ok(Self {
            arguments: arguments.into_iter().map(Into::into).collect(),
            environment: environment
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .into(),
            directory: tempfile::tempdir()?,
        })
    }

    /// Sets a variable; an empty value removes it.
    #[must_use]
    pub fn env(mut self, key: &str, value: &str) -> Self {
        if value.is_empty() {
            self.environment.remove(key);
        } else {
            self.environment.insert(key.to_owned(), value.to_owned());
        }
        self
    }

    /// Sets a variable to an empty value.
    #[must_use]
    pub fn blank(mut self, key: &str) -> Self {
        self.environment.insert(key.to_owned(), String::new());
        self
    }

    /// Gives it the variables that the chart gives the pods of a CronJob.
    #[must_use]
    pub fn in_a_pod(self) -> Self {
        let variables = [
            ("CRONJOB_NAME", "export-cloudwatch"),
            ("POD_NAMESPACE", "monitoring"),
            ("POD_NAME", "export-cloudwatch-29401922-x7k2p"),
            ("CLUSTER", "prod-e1-1"),
            ("SCHEDULE", "2-59/5 * * * *"),
            ("TIME_ZONE", "Etc/UTC"),
            ("ACTIVE_DEADLINE_SECONDS", "240"),
            ("BUILD_REVISION", "0af3c19"),
        ];
        variables
            .iter()
            .fold(self, |job, (key, value)| job.env(key, value))
    }

    /// Starts it, at the top of the project.
    ///
    /// # Errors
    /// When the binary cannot be built or started.
    pub fn start(self) -> Result<Running> {
        let child = Command::new(exporter()?)
            .args(&self.arguments)
            .env_clear()
            .env("TERMINATION_LOG", self.directory.path().join("termination"))
            .envs(&self.environment)
            .current_dir(checkout::file(""))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("starting export-cloudwatch")?;
        Ok(Running {
            child,
            directory: self.directory,
        })
    }

    /// Runs it to its end.
    ///
    /// # Errors
    /// As [`Job::start`], and when it hangs.
    pub async fn run(self) -> Result<Finished> {
        self.start()?.finish().await
    }
}

/// The process of a run.
#[derive(Debug, Clone, Copy)]
pub struct Pid(u32);

impl Pid {
    /// Sends a signal such as `TERM`.
    ///
    /// # Errors
    /// When the process is gone already.
    pub fn signal(self, name: &str) -> Result<()> {
        let id = self.0;
        let kill = std::process::Command::new("kill")
            .args(["-s", name, &id.to_string()])
            .status()?;
        anyhow::ensure!(kill.success(), "kill -s {name} {id} failed");
        Ok(())
    }
}

impl Running {
    /// For whoever wants to signal it while somebody else waits for its end.
    ///
    /// # Errors
    /// When the process is gone already.
    pub fn pid(&self) -> Result<Pid> {
        let id = self.child.id().context("the job has ended already")?;
        Ok(Pid(id))
    }

    /// Sends a signal such as `TERM`.
    ///
    /// # Errors
    /// When the process is gone already.
    pub fn signal(&self, name: &str) -> Result<()> {
        self.pid()?.signal(name)
    }

    /// Closes its stdout, as `head` does when it has read enough.
    pub fn close_stdout(&mut self) {
        drop(self.child.stdout.take());
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it does not come within a minute.
    pub async fn finish(self) -> Result<Finished> {
        let output = tokio::time::timeout(PATIENCE, self.child.wait_with_output()).await;
        let output = output.context("the job hangs")??;
        let message = self.directory.path().join("termination");
        let message = std::fs::read_to_string(message).unwrap_or_default();
        Ok(Finished {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout)?,
            stderr: String::from_utf8(output.stderr)?,
            termination: if message.is_empty() {
                serde_json::Value::Null
            } else {
                serde_json::from_str(&message)?
            },
            termination_text: message,
        })
    }
}

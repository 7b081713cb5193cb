//! Starts the real binaries with an environment that is stated, not inherited.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::OnceLock;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use sandbox::checkout;
use sandbox::company::Company;
use sandbox::programs;
use tokio::process::{Child, Command};

/// A job of the suite, whose binary is built once for all scenarios of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Binary {
    Exporter,
    /// It takes the time from the company's clock.
    Rotator,
    Dashboards,
    Consistency,
    Installer,
}

impl Binary {
    const fn package(self) -> &'static str {
        match self {
            Self::Exporter => "export-cloudwatch",
            Self::Rotator => "rotate-credentials",
            Self::Dashboards => "sync-dashboards",
            Self::Consistency => "check-consistency",
            Self::Installer => "install-monitoring",
        }
    }

    /// No run takes longer; one that does hangs.
    const fn patience(self) -> Duration {
        match self {
            Self::Exporter | Self::Dashboards | Self::Consistency => Duration::from_mins(1),
            // It waits for keys and clusters, twenty times as fast as in production.
            Self::Rotator => Duration::from_mins(4),
            // Helm alone may take ten.
            Self::Installer => Duration::from_mins(11),
        }
    }

    fn path(self) -> Result<&'static Path> {
        static EXPORTER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
        static ROTATOR: OnceLock<Result<PathBuf, String>> = OnceLock::new();
        static DASHBOARDS: OnceLock<Result<PathBuf, String>> = OnceLock::new();
        static CONSISTENCY: OnceLock<Result<PathBuf, String>> = OnceLock::new();
        static INSTALLER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
        let built = match self {
            Self::Exporter => &EXPORTER,
            Self::Rotator => &ROTATOR,
            Self::Dashboards => &DASHBOARDS,
            Self::Consistency => &CONSISTENCY,
            Self::Installer => &INSTALLER,
        };
        let build = || programs::build(self.package()).map_err(|error| format!("{error:#}"));
        match built.get_or_init(build) {
            Ok(path) => Ok(path),
            Err(error) => bail!("{error}"),
        }
    }
}

/// A command line of a job that is about to run.
#[derive(Debug)]
pub struct Job {
    binary: Binary,
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
    binary: Binary,
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
            binary: Binary::Exporter,
            arguments: arguments.into_iter().map(Into::into).collect(),
            environment: environment
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .into(),
            directory: tempfile::tempdir()?,
        })
    }

    /// The rotation with these arguments, at the company.
    ///
    /// # Errors
    /// When there is no temporary directory.
    pub fn rotator<S: Into<String>>(
        company: &Company,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<Self> {
        let mut environment: BTreeMap<_, _> = company.environment().into_iter().collect();
        for (name, value) in [("LOG_FORMAT", "text"), ("NO_COLOR", "1")] {
            environment.insert(name.to_owned(), value.to_owned());
        }
        Ok(Self {
            binary: Binary::Rotator,
            arguments: arguments.into_iter().map(Into::into).collect(),
            environment,
            directory: tempfile::tempdir()?,
        })
    }

    /// The synchronisation of dashboards with these arguments, and nothing in its environment but what
    /// it needs to find itself.
    ///
    /// # Errors
    /// When there is no temporary directory.
    pub fn dashboards<S: Into<String>>(arguments: impl IntoIterator<Item = S>) -> Result<Self> {
        let process = common::env::Env::from_process();
        let environment = [
            ("LOG_FORMAT", "text"),
            ("NO_COLOR", "1"),
            // For git.
            ("PATH", process.get("PATH").unwrap_or_default()),
        ];
        Ok(Self {
            binary: Binary::Dashboards,
            arguments: arguments.into_iter().map(Into::into).collect(),
            environment: environment
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            directory: tempfile::tempdir()?,
        })
    }

    /// The comparison of clusters with these arguments, and nothing in its environment.
    ///
    /// # Errors
    /// When there is no temporary directory.
    pub fn consistency<S: Into<String>>(arguments: impl IntoIterator<Item = S>) -> Result<Self> {
        let environment = [("LOG_FORMAT", "text"), ("NO_COLOR", "1")];
        Ok(Self {
            binary: Binary::Consistency,
            arguments: arguments.into_iter().map(Into::into).collect(),
            environment: environment
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            directory: tempfile::tempdir()?,
        })
    }

    /// The installation with these arguments, and nothing in its environment.
    ///
    /// # Errors
    /// When there is no temporary directory.
    pub fn installer<S: Into<String>>(arguments: impl IntoIterator<Item = S>) -> Result<Self> {
        let environment = [("LOG_FORMAT", "text"), ("NO_COLOR", "1")];
        Ok(Self {
            binary: Binary::Installer,
            arguments: arguments.into_iter().map(Into::into).collect(),
            environment: environment
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
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
        if self.binary == Binary::Rotator {
            return self.in_a_pod_called("rotate-credentials-29401937-m4r2d");
        }
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

    /// Gives the rotation the variables of a pod with this name.
    #[must_use]
    pub fn in_a_pod_called(self, pod: &str) -> Self {
        let variables = [
            ("CRONJOB_NAME", "rotate-credentials"),
            ("POD_NAMESPACE", "monitoring-credentials"),
            ("POD_NAME", pod),
            ("POD_UID", "0c1d6f5e-7b1a-4a55-9d3c-2f1e8a7b6c5d"),
            ("CLUSTER", "prod-e1-1"),
            ("SCHEDULE", "17 * * * *"),
            ("TIME_ZONE", "Etc/UTC"),
            ("ACTIVE_DEADLINE_SECONDS", "2700"),
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
        let child = Command::new(self.binary.path()?)
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
            .with_context(|| format!("starting {}", self.binary.package()))?;
        Ok(Running {
            binary: self.binary,
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
    /// When it does not come in time.
    pub async fn finish(self) -> Result<Finished> {
        let output =
            tokio::time::timeout(self.binary.patience(), self.child.wait_with_output()).await;
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

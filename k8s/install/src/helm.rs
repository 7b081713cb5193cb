//! Helm as a program: with an environment that is stated, an API server that is pinned, and what it says
//! kept for the case that it fails.

mod given;
mod said;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use common::env::Env;
use common::fault::Failure;
use common::trouble::Trouble;
use tempfile::TempDir;
use tokio::process::Command;

use crate::cli::HelmArgs;
use crate::installation::NAMESPACE;
use crate::target::Target;
use crate::verdict::{self, Verdict};
use given::{connection, environment};
use said::{Said, shortened, why};

/// How much of the history is kept.
const HISTORY: &str = "10";

/// So long a Helm of ours or of a person is waited for at least, whatever limit this run gives its own.
const LONGEST: Duration = Duration::from_mins(20);

/// What becomes of Helm when nobody waits for it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// It is killed: it only reads.
    Killed,
    /// It works on: killed in the middle of a change it would block the release.
    AtWork,
}

/// Helm, ready to be run against one cluster.
#[derive(Debug)]
pub struct Helm {
    program: PathBuf,
    /// Its caches and settings, as long as it is needed: those of the machine stay out.
    _home: TempDir,
    environment: Vec<(String, OsString)>,
    connection: Vec<OsString>,
    /// What a person types to see what kept Helm waiting.
    events: String,
    timeout: Duration,
    wait: bool,
}

/// A chart, and the values that it is installed with.
#[derive(Debug, Clone)]
pub struct Chart {
    /// Name of the release.
    pub release: &'static str,
    /// The directory.
    pub directory: PathBuf,
    /// The file.
    pub values: PathBuf,
}

/// Whether fields that others hold are taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Force {
    /// They are conflicts.
    No,
    /// They are taken.
    Yes,
}

impl Helm {
    /// Finds the program and sees that it is of version 4.
    ///
    /// # Errors
    /// When there is none.
    pub async fn find(args: &HelmArgs, target: &Target, env: &Env) -> Result<Self, Failure> {
        let program = match &args.helm {
            Some(program) => program.clone(),
            None => on_path(env)?,
        };
        let home =
            TempDir::with_prefix("install-monitoring-").map_err(|error| unstarted(&error))?;
        let helm = Self {
            environment: environment(target, env, home.path()),
            connection: connection(target, home.path())?,
            events: target
                .mend()
                .kubectl(NAMESPACE, "get events --sort-by lastTimestamp"),
            program,
            _home: home,
            timeout: args.timeout,
            wait: !args.no_wait,
        };
        helm.check_version().await?;
        Ok(helm)
    }

    /// Whether it waits for pods.
    pub fn waits(&self) -> bool {
        self.wait
    }

    /// How long a Helm can be at work: it waits twice when it goes back by itself.
    pub fn longest(&self) -> Duration {
        LONGEST.max(self.timeout.saturating_mul(2))
    }

    /// What the chart is with its values, for a server of this version.
    ///
    /// # Errors
    /// When Helm refuses.
    pub async fn template(&self, chart: &Chart, kubernetes: &str) -> Result<String, Failure> {
        let mut words = words(&["template", chart.release]);
        words.push(chart.directory.clone().into());
        words.extend(self::words(&[
            "--namespace",
            NAMESPACE,
            "--kube-version",
            kubernetes,
        ]));
        words.extend(["--values".into(), chart.values.clone().into()]);
        let printed = self.run(&words, verdict::CHART, Left::Killed).await?;
        Ok(printed.text().map_err(|error| unread(&error))?)
    }

    /// Installs a chart, or brings the release to it.
    ///
    /// # Errors
    /// When Helm fails.
    pub async fn upgrade(&self, chart: &Chart, force: Force) -> Result<(), Failure> {
        let mut words = words(&["upgrade", "--install", chart.release]);
        words.push(chart.directory.clone().into());
        words.extend(["--values".into(), chart.values.clone().into()]);
        words.extend(self::words(&[
            "--history-max",
            HISTORY,
            "--server-side=true",
        ]));
        if force == Force::Yes {
            words.push("--force-conflicts".into());
        }
        if self.wait {
            words.push("--rollback-on-failure".into());
        }
        words.extend(self.patience());
        words.extend(self.connection.iter().cloned());
        self.run(&words, verdict::HELM_FAILED, Left::AtWork).await?;
        Ok(())
    }

    /// Goes back to a revision.
    ///
    /// # Errors
    /// When Helm fails.
    pub async fn rollback(&self, release: &str, revision: u32) -> Result<(), Failure> {
        let mut words = words(&["rollback", release, &revision.to_string()]);
        words.extend(self::words(&[
            "--history-max",
            HISTORY,
            "--force-conflicts",
        ]));
        words.extend(self.patience());
        words.extend(self.connection.iter().cloned());
        self.run(&words, verdict::HELM_FAILED, Left::AtWork).await?;
        Ok(())
    }

    /// Removes a release with all its revisions.
    ///
    /// # Errors
    /// When Helm fails.
    pub async fn uninstall(&self, release: &str) -> Result<(), Failure> {
        let mut words = words(&["uninstall", release, "--ignore-not-found"]);
        words.extend(self.patience());
        words.extend(self.connection.iter().cloned());
        self.run(&words, verdict::HELM_FAILED, Left::AtWork).await?;
        Ok(())
    }

    fn patience(&self) -> Vec<OsString> {
        let timeout = format!("{}s", self.timeout.as_secs());
        let mut words = words(&["--timeout", &timeout]);
        if self.wait {
            words.push("--wait".into());
        }
        words
    }

    async fn check_version(&self) -> Result<(), Failure> {
        let words = words(&["version", "--template", "{{.Version}}"]);
        let printed = self.run(&words, verdict::HELM_MISSING, Left::Killed);
        let printed = printed.await?;
        let version = printed.text().map_err(|error| unread(&error))?;
        if version.trim_start_matches('v').starts_with("4.") {
            return Ok(());
        }
        let text = format!("{} is Helm {}", self.program.display(), version.trim());
        Err(verdict::HELM_MISSING.because(text).into())
    }

    /// Runs it to its end; what it printed, for who wants to read it: a change that was made is not undone by
    /// words that are lost. Ctrl-C at the terminal is for us alone: Helm would end in the middle of a change.
    async fn run(&self, words: &[OsString], failed: Verdict, left: Left) -> Result<Said, Failure> {
        let command = words.first().cloned().unwrap_or_default();
        tracing::debug!(helm.command = %command.display(), "helm begins");
        // No pipes: they would break with us, and Helm with them.
        let stdout = Said::new().map_err(|error| unstarted(&error))?;
        let stderr = Said::new().map_err(|error| unstarted(&error))?;
        let status = Command::new(&self.program)
            .args(words)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(stdout.end().map_err(|error| unstarted(&error))?)
            .stderr(stderr.end().map_err(|error| unstarted(&error))?)
            .process_group(0)
            .kill_on_drop(left == Left::Killed)
            .status()
            .await
            .map_err(|error| no_program(&self.program, &error))?;
        if status.success() {
            return Ok(stdout);
        }
        let said = shortened(&stderr.text().unwrap_or_default());
        let text = format!("helm {}: {}", command.display(), why(status, said));
        let mut trouble = failed.because(text);
        if trouble.code == verdict::HELM_FAILED.code {
            let events = &self.events;
            trouble.hint = Some(format!(
                "read what it says and `{events}`; then run this again"
            ));
        }
        Err(trouble.into())
    }
}

fn words(words: &[&str]) -> Vec<OsString> {
    words.iter().map(Into::into).collect()
}

fn on_path(env: &Env) -> Result<PathBuf, Trouble> {
    let path = env.get("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(path).map(|place| place.join("helm"));
    places
        .find(|program| program.is_file())
        .ok_or_else(|| verdict::HELM_MISSING.because("there is no `helm` on PATH"))
}

fn unstarted(error: &io::Error) -> Trouble {
    verdict::HELM_UNSTARTED.because(format!("starting helm: {error}"))
}

/// It could not be started: it is not there, or nothing that runs. Anything else may pass.
fn no_program(program: &Path, error: &io::Error) -> Trouble {
    let lasting = [io::ErrorKind::NotFound, io::ErrorKind::PermissionDenied];
    let verdict = if lasting.contains(&error.kind()) {
        verdict::HELM_MISSING
    } else {
        verdict::HELM_UNSTARTED
    };
    verdict.because(format!("starting {}: {error}", program.display()))
}

fn unread(error: &io::Error) -> Trouble {
    verdict::HELM_UNSTARTED.because(format!("reading what helm printed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_cannot_run_is_named_and_is_no_reason_to_try_again() {
        for (kind, code) in [
            (io::ErrorKind::NotFound, "helm-missing"),
            (io::ErrorKind::PermissionDenied, "helm-missing"),
            (io::ErrorKind::OutOfMemory, "helm-unstarted"),
        ] {
            let trouble = no_program(Path::new("/nowhere/helm"), &kind.into());
            assert_eq!(trouble.code, code, "{kind:?}");
            assert!(trouble.text.contains("/nowhere/helm"), "{trouble}");
        }
    }
}

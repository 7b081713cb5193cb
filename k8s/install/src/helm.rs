//! Helm as a program: with an environment that is stated, an API server that is pinned, and what it says
//! kept for the case that it fails.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
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

/// Of what Helm says when it fails, so many characters are shown: the end.
const SHOWN_CHARACTERS: usize = 2000;

/// What the program that makes EKS tokens for Helm finds its identity by: everything that our own client
/// may have found its by.
const IDENTITY: [&str; 17] = [
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_ENDPOINT_URL",
    "AWS_CA_BUNDLE",
];

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
        Err(failed.because(text).into())
    }
}

/// What a program says, kept in a file that has no name.
struct Said(File);

impl Said {
    fn new() -> io::Result<Self> {
        tempfile::tempfile().map(Self)
    }

    /// Where the program writes to.
    fn end(&self) -> io::Result<Stdio> {
        self.0.try_clone().map(Stdio::from)
    }

    fn text(mut self) -> io::Result<String> {
        self.0.rewind()?;
        let mut bytes = Vec::new();
        self.0.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
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

fn environment(target: &Target, env: &Env, home: &Path) -> Vec<(String, OsString)> {
    let own = |name: &str| (name.to_owned(), home.join(name).into_os_string());
    let mut pairs = vec![
        own("HELM_CACHE_HOME"),
        own("HELM_CONFIG_HOME"),
        own("HELM_DATA_HOME"),
        // What the API server offers: else below HOME, or where it was started if there is none.
        own("KUBECACHEDIR"),
    ];
    let is_named = target.kubeconfig.is_some();
    for name in inherited(is_named, target.eks) {
        if let Some(value) = env.get(name) {
            pairs.push((name.to_owned(), value.into()));
        }
    }
    pairs
}

/// What Helm gets of our own environment.
fn inherited(kubeconfig_is_named: bool, eks: bool) -> Vec<&'static str> {
    let mut names = vec!["HOME"];
    if !kubeconfig_is_named {
        names.push("KUBECONFIG");
    }
    if eks {
        // It starts `aws eks get-token`.
        names.push("PATH");
        names.extend(IDENTITY);
    }
    names
}

/// The kubeconfig says who asks. Where to is pinned, so that it cannot change under Helm's hands.
fn connection(target: &Target, home: &Path) -> Result<Vec<OsString>, Failure> {
    let authority = home.join("ca.crt");
    fs::write(&authority, &target.installation.authority).map_err(|error| unstarted(&error))?;
    let mut words = words(&["--namespace", NAMESPACE, "--kube-context", &target.context]);
    if let Some(path) = &target.kubeconfig {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        words.extend(["--kubeconfig".into(), path.into()]);
    }
    let server = &target.installation.api.server;
    words.extend(["--kube-apiserver".into(), server.into()]);
    words.extend(["--kube-ca-file".into(), authority.into()]);
    Ok(words)
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

/// Why it failed: in its own words, and by how it ended where they do not tell.
fn why(status: ExitStatus, said: String) -> String {
    if said.is_empty() {
        status.to_string()
    } else if status.code().is_none() {
        // Killed, it says nothing of that.
        format!("{status}; {said}")
    } else {
        said
    }
}

/// The end of what it said, in one line.
fn shortened(said: &str) -> String {
    let lines: Vec<&str> = said.lines().map(str::trim).collect();
    // What it logs before its error says the same.
    let error = lines.iter().position(|line| line.starts_with("Error: "));
    let lines = lines.into_iter().skip(error.unwrap_or(0));
    let lines = lines.filter(|line| !line.is_empty());
    let text = lines.collect::<Vec<_>>().join("; ");
    let text = text.trim_start_matches("Error: ");
    let characters = text.chars().count();
    if characters <= SHOWN_CHARACTERS {
        return text.to_owned();
    }
    let end: String = text.chars().skip(characters - SHOWN_CHARACTERS).collect();
    format!("…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_eks_helm_gets_whatever_says_who_asks_and_elsewhere_nothing_of_it() {
        let of_eks = inherited(true, true);
        // A profile, a key, a role for a service account, a pod identity, a task of ECS or CodeBuild.
        for name in [
            "AWS_PROFILE",
            "AWS_SESSION_TOKEN",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_ROLE_SESSION_NAME",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
            "PATH",
        ] {
            assert!(of_eks.contains(&name), "{name}");
        }
        assert_eq!(inherited(true, false), ["HOME"]);
        assert_eq!(inherited(false, false), ["HOME", "KUBECONFIG"]);
    }

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

    #[test]
    fn a_failure_without_words_is_told_by_its_status() {
        use std::os::unix::process::ExitStatusExt as _;
        let (one, killed) = (ExitStatus::from_raw(1 << 8), ExitStatus::from_raw(9));
        assert_eq!(why(one, "timed out".to_owned()), "timed out");
        assert_eq!(why(one, String::new()), "exit status: 1");
        assert_eq!(why(killed, String::new()), "signal: 9 (SIGKILL)");
        assert_eq!(
            why(killed, "timed out".to_owned()),
            "signal: 9 (SIGKILL); timed out"
        );
    }

    #[test]
    fn what_helm_says_is_one_line_and_of_much_the_end() {
        assert_eq!(
            shortened("level=WARN msg=\"failed\"\nError: UPGRADE FAILED:\n\n  timed out\n"),
            "UPGRADE FAILED:; timed out"
        );
        let long = format!("{}end", "é".repeat(3000));
        let short = shortened(&long);
        assert!(short.starts_with("…é") && short.ends_with("éend"));
        assert_eq!(short.chars().count(), SHOWN_CHARACTERS + 1);
    }
}

//! `install-monitoring`, as an operator within the company's network runs it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use common::env::Env;
use tokio::process::Command;

use super::account::ADMINISTRATOR;
use crate::company::REGION;
use crate::images::{Built, Profile, built_programs};
use crate::kubernetes::joint_kubeconfig;
use crate::nodes::Pair;
use crate::tools::{Tool, Tools};

/// The program.
const PROGRAM: &str = "install-monitoring";

/// As whom the operator acts.
const USER: &str = "operator";

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Exit status; -1 when a signal ended it.
    pub status: i32,
    /// What it printed.
    pub stdout: String,
    /// What it logged.
    pub stderr: String,
}

/// The program with all that it needs.
#[derive(Debug)]
pub(super) struct Installer {
    built: Built,
    helm: PathBuf,
    files: PathBuf,
    kubeconfig: PathBuf,
    aws: String,
    /// Somewhere in the network of the first cluster: it reaches both.
    place: i32,
}

impl Installer {
    /// Builds it. `files` is the directory that stands for `k8s`.
    pub(super) async fn prepare(
        tools: &Tools,
        env: &Env,
        pair: &Pair,
        files: &Path,
    ) -> Result<Self> {
        let mut kubeconfigs = Vec::new();
        for whole in pair.both() {
            let cluster = whole.cluster();
            let kubeconfig = cluster.inner_kubeconfig(USER, Some("system:masters"))?;
            kubeconfigs.push((cluster, kubeconfig));
        }
        let kubeconfig = files.join("kubeconfig");
        std::fs::write(&kubeconfig, joint_kubeconfig(&kubeconfigs, None)?)
            .with_context(|| format!("writing {}", kubeconfig.display()))?;
        Ok(Self {
            built: built_programs(Profile::Dev, &[PROGRAM], env).await?,
            helm: tools.locate(Tool::Helm).await?,
            files: files.to_owned(),
            kubeconfig,
            aws: format!("http://{}", pair.a.side().outside()),
            place: pair.a.inside().id(),
        })
    }

    /// Runs it with these arguments to its end.
    pub(super) async fn run(&self, arguments: &[&str]) -> Result<Outcome> {
        let output = self.command(arguments).output().await;
        let output = output.context("starting nsenter")?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(Outcome {
            status: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut words: Vec<OsString> = arguments.iter().map(Into::into).collect();
        words.extend(["--files".into(), self.files.clone().into()]);
        words.extend(["--kubeconfig".into(), self.kubeconfig.clone().into()]);
        // Only `status` has no use for it.
        if arguments.first() != Some(&"status") {
            words.extend(["--helm".into(), self.helm.clone().into()]);
        }
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--target={}", self.place))
            .args(["--net", "--"])
            .arg(self.built.path(PROGRAM))
            .args(words)
            .env_clear()
            .env("HOME", &self.files)
            .env("AWS_ENDPOINT_URL", &self.aws)
            .env("AWS_ACCESS_KEY_ID", ADMINISTRATOR)
            .env("AWS_SECRET_ACCESS_KEY", "sandbox-secret-access-key")
            .env("AWS_REGION", REGION)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("LOG_FORMAT", "text")
            .env("NO_COLOR", "1")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }
}

impl Outcome {
    /// That it ended well.
    ///
    /// # Errors
    /// When it did not; the text has its words.
    pub fn good(self) -> Result<Self> {
        let Self {
            status,
            stdout,
            stderr,
        } = &self;
        ensure!(
            *status == 0,
            "{PROGRAM} ended with {status}:\n{stdout}\n{stderr}"
        );
        Ok(self)
    }
}

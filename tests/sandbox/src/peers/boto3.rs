//! The AWS SDK for Python in a virtual environment of its own.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;
use tokio::time::timeout;

use super::missing::Missing;
use crate::tools::entry::Entry;
use crate::tools::progress::Progress;
use crate::tools::{Tools, path};

const VERSION: &str = "1.44.5";

/// What is installed, all of it: pip is told not to look for more.
const REQUIREMENTS: [&str; 7] = [
    "boto3==1.44.5",
    "botocore==1.44.5",
    "jmespath==1.1.0",
    "python-dateutil==2.9.0.post0",
    "s3transfer==0.19.3",
    "six==1.17.0",
    "urllib3==2.8.0",
];

/// How long a script may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// A Python that has boto3.
#[derive(Debug, Clone)]
pub struct Boto3 {
    python: PathBuf,
}

impl Boto3 {
    /// Makes the environment in the cache, once for each version of Python. `None` where there is
    /// no Python with `venv`, after saying so.
    ///
    /// # Errors
    /// Under `CI=true` without such a Python; when the installation fails.
    pub async fn locate(tools: &Tools) -> Result<Option<Self>> {
        let env = tools.env();
        let python = path::find(env, "python3");
        let version = match &python {
            // Debian's python3 without python3-venv has the module `venv` but not `ensurepip`.
            Some(python) => {
                let script = "import ensurepip, venv, sys; print(sys.version)";
                path::first_output(python, &["-c", script]).await
            }
            None => None,
        };
        let (Some(python), Some(version)) = (python, version) else {
            let missing = Missing {
                peer: "boto3",
                what: "there is no python3 with venv on PATH".into(),
                install: "apt-get install python3-venv",
            };
            return missing.skip(env);
        };
        let inputs: Vec<&str> = REQUIREMENTS.into_iter().chain([version.as_str()]).collect();
        let entry = Entry::new("boto3", VERSION, &inputs);
        let directory = tools
            .cache()
            .ensure(&entry, async |directory: &Path| {
                install(&python, directory).await
            })
            .await
            .with_context(|| format!("bringing boto3 {VERSION}"))?;
        Ok(Some(Self {
            python: interpreter(&directory),
        }))
    }

    /// Runs `script` against the AWS at `endpoint`, with credentials that mean nothing.
    ///
    /// # Errors
    /// When it cannot be started or takes longer than two minutes; a script that fails is an
    /// [`Output`] like any other.
    pub async fn run(&self, script: &str, endpoint: &str) -> Result<Output> {
        let output = Command::new(&self.python)
            .args(["-c", script])
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_ACCESS_KEY_ID", "AKIASANDBOX000000000")
            .env("AWS_SECRET_ACCESS_KEY", "sandbox")
            .env("AWS_DEFAULT_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = timeout(PATIENCE, output)
            .await
            .context("the script took two minutes")?;
        output.with_context(|| format!("starting {}", self.python.display()))
    }
}

/// Scripts in `bin` name the directory that they were made in; the interpreter does not, so it
/// alone survives the move into the cache.
fn interpreter(directory: &Path) -> PathBuf {
    directory.join("bin/python")
}

async fn install(python: &Path, directory: &Path) -> Result<()> {
    let progress = Progress::start(
        format!("installing boto3 {VERSION}"),
        Duration::from_secs(15),
    );
    run(python, &["-m", "venv", &directory.to_string_lossy()]).await?;
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
    ];
    run(&interpreter(directory), &[&pip[..], &REQUIREMENTS].concat()).await?;
    progress.done();
    Ok(())
}

async fn run(program: &Path, arguments: &[&str]) -> Result<()> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("starting {}", program.display()))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        bail!(
            "{} {} failed:\n{text}",
            program.display(),
            arguments.join(" ")
        )
    }
    Ok(())
}

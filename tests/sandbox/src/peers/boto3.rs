//! The AWS SDK for Python in a virtual environment of its own.

use std::path::PathBuf;
use std::process::{Output, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::process::Command;
use tokio::time::timeout;

use super::python::Packages;
use crate::tools::Tools;

const BOTO3: Packages = Packages {
    name: "boto3",
    version: "1.44.5",
    requirements: &[
        "boto3==1.44.5",
        "botocore==1.44.5",
        "jmespath==1.1.0",
        "python-dateutil==2.9.0.post0",
        "s3transfer==0.19.3",
        "six==1.17.0",
        "urllib3==2.8.0",
    ],
};

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
        let python = BOTO3.bring(tools).await?;
        Ok(python.map(|python| Self { python }))
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

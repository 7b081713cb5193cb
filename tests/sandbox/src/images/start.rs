//! How long the programs of an image take to start.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;
use tokio::time::Instant;

use super::{EmptyRoot, PROGRAMS};
use crate::aws::{AwsSim, Content, Options};
use crate::checkout;

/// Runs of each command, of which the median counts.
const RUNS: usize = 5;

/// Where the exporter's configuration is put.
const CONFIG: &str = "/etc/monitoring-jobs/cloudwatch.yaml";

/// A command that was run to its end several times.
#[derive(Debug)]
pub struct Start {
    /// The command.
    pub command: String,
    /// From its start, with entering the empty root, to its end; the median.
    pub took: Duration,
    /// What it wrote to stdout the last time.
    pub said: String,
}

/// Each program of the suite with `--version`.
///
/// # Errors
/// When one does not end with 0.
pub async fn version_starts(root: &EmptyRoot) -> Result<Vec<Start>> {
    let mut starts = Vec::new();
    for name in PROGRAMS {
        let shown = format!("{name} --version");
        let command = || {
            let mut command = root.command(&format!("/bin/{name}"));
            command.arg("--version");
            command
        };
        starts.push(measured(shown, command).await?);
    }
    Ok(starts)
}

/// A whole plan: `export-cloudwatch` with the chart's configuration lists the metrics of a simulated AWS
/// and shows what a run would ask.
///
/// # Errors
/// When it does not end with 0.
pub async fn plan_start(root: &EmptyRoot) -> Result<Start> {
    let content = Content::from_file(&checkout::file("tests/sandbox/content/company.yaml"))?;
    let aws = AwsSim::start(content, Options::default()).context("starting a simulated AWS")?;
    let endpoint = aws.endpoint();
    let config = std::fs::read(checkout::file("k8s/chart/files/cloudwatch.yaml"))?;
    root.mount(CONFIG, &config)?;
    root.mount("/etc/hosts", b"127.0.0.1 localhost\n")?;
    let command = || {
        let mut command = root.command("/bin/export-cloudwatch");
        command
            .args(["plan", "--config", CONFIG])
            .env("AWS_ENDPOINT_URL", &endpoint)
            .env("AWS_ACCESS_KEY_ID", "AKIASANDBOX000000000")
            .env("AWS_SECRET_ACCESS_KEY", "sandbox")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true");
        command
    };
    measured("export-cloudwatch plan".to_owned(), command).await
}

async fn measured(shown: String, command: impl Fn() -> Command) -> Result<Start> {
    let mut times = Vec::new();
    let mut said = String::new();
    for _ in 0..RUNS {
        let started = Instant::now();
        let output = command().output().await;
        let output = output.with_context(|| format!("starting {shown}"))?;
        times.push(started.elapsed());
        said = String::from_utf8_lossy(&output.stdout).into_owned();
        ensure!(
            output.status.success(),
            "{shown} ended with {}:\n{said}{}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    times.sort();
    Ok(Start {
        command: shown,
        took: times.get(RUNS / 2).copied().unwrap_or_default(),
        said,
    })
}

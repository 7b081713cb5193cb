//! A simulated AWS, a real Pushgateway, a configuration, and the exporter between them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use common::clock::Clock;
use common::exposition::{Family, Timestamps, parse_with};
use jiff::Timestamp;
use sandbox::aws::{AwsSim, Content, Options};
use sandbox::checkout;
use sandbox::servers::{ConsistencyCheck, Pushgateway};
use sandbox::tools::Tools;

use crate::job::{Finished, Job};
use crate::wait;

/// "Now" for the simulated AWS and for the windows of every run.
pub const NOW: &str = "2026-11-24T12:00:30Z";

/// Everything that a scenario needs.
#[derive(Debug)]
pub struct World {
    /// The simulated AWS; its clock stands at [`NOW`].
    pub sim: AwsSim,
    /// The real Pushgateway.
    pub gateway: Pushgateway,
    directory: tempfile::TempDir,
}

impl World {
    /// With this content and this configuration.
    ///
    /// # Errors
    /// When a server cannot be had.
    pub async fn start(content: &str, configuration: &str) -> Result<Self> {
        Self::start_with(content, configuration, ConsistencyCheck::On).await
    }

    /// The same, with a Pushgateway that checks pushes or does not.
    ///
    /// # Errors
    /// When a server cannot be had.
    pub async fn start_with(
        content: &str,
        configuration: &str,
        check: ConsistencyCheck,
    ) -> Result<Self> {
        let clock = Clock::fixed(NOW.parse::<Timestamp>()?);
        let options = Options {
            clock,
            ..Options::default()
        };
        let sim = AwsSim::start(Content::from_yaml("content.yaml", content)?, options)?;
        let gateway = Pushgateway::start_with(&Tools::from_process()?, check).await?;
        let world = Self {
            sim,
            gateway,
            directory: tempfile::tempdir()?,
        };
        world.configure(configuration)?;
        Ok(world)
    }

    /// The company's account and configuration.
    ///
    /// # Errors
    /// When a server or a file cannot be had.
    pub async fn company() -> Result<Self> {
        let read = |path| std::fs::read_to_string(checkout::file(path)).context(path);
        let content = read("tests/sandbox/content/company.yaml")?;
        Self::start(&content, &read("k8s/chart/files/cloudwatch.yaml")?).await
    }

    /// Replaces the configuration.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn configure(&self, configuration: &str) -> Result<()> {
        Ok(std::fs::write(self.configuration(), configuration)?)
    }

    /// Replaces what AWS holds.
    ///
    /// # Errors
    /// When the content has mistakes.
    pub fn publish(&self, content: &str) -> Result<()> {
        self.sim
            .set_content(Content::from_yaml("content.yaml", content)?);
        Ok(())
    }

    /// Where the configuration is.
    pub fn configuration(&self) -> PathBuf {
        self.directory.path().join("cloudwatch.yaml")
    }

    /// A directory for listings.
    pub fn cache(&self) -> PathBuf {
        self.directory.path().join("cache")
    }

    /// `COMMAND --config … --at NOW` and what follows, against this world's AWS.
    ///
    /// # Errors
    /// When there is no temporary directory.
    pub fn job(&self, command: &str, more: &[&str]) -> Result<Job> {
        let configuration = self.configuration();
        let configuration = configuration.to_string_lossy();
        let fixed = [command, "--config", &configuration, "--at", NOW];
        let job = Job::exporter(fixed.iter().chain(more).copied())?;
        Ok(job.env("AWS_ENDPOINT_URL", &self.sim.endpoint()))
    }

    /// `run` into this world's Pushgateway, with more arguments.
    ///
    /// # Errors
    /// When there is no temporary directory.
    pub fn run_job(&self, more: &[&str]) -> Result<Job> {
        Ok(self
            .job("run", more)?
            .env("PUSHGATEWAY_URL", &self.gateway.url()))
    }

    /// The same, to its end.
    ///
    /// # Errors
    /// When the binary cannot be run.
    pub async fn run(&self, more: &[&str]) -> Result<Finished> {
        self.run_job(more)?.run().await
    }

    /// What the Pushgateway exposes, by the group's labels `job/part` and family name.
    ///
    /// # Errors
    /// When it does not answer or what it says cannot be parsed.
    pub async fn families(&self) -> Result<BTreeMap<String, Family>> {
        let text = self.gateway.exposition().await?;
        let families = parse_with(text.as_bytes(), Timestamps::Refused)?;
        Ok(families
            .into_iter()
            .map(|family| (family.name.clone(), family))
            .collect())
    }

    /// The exported series as lines, without those of the gateway and the job itself.
    ///
    /// # Errors
    /// When the Pushgateway does not answer.
    pub async fn series(&self) -> Result<BTreeSet<String>> {
        let exported = |line: &&str| line.starts_with("aws_");
        Ok(self
            .gateway
            .exposition()
            .await?
            .lines()
            .filter(exported)
            .map(str::to_owned)
            .collect())
    }

    /// When the group of this job label was last written.
    ///
    /// # Errors
    /// When the Pushgateway does not answer.
    pub async fn push_time(&self, job: &str) -> Result<Option<f64>> {
        let families = self.families().await?;
        let samples = families
            .get("push_time_seconds")
            .map(|family| family.samples.as_slice());
        let of_job = samples.unwrap_or_default().iter().find(|sample| {
            sample.labels.get("job") == Some(job) && sample.labels.get("part").is_none()
        });
        Ok(of_job.map(|sample| sample.value))
    }

    /// Waits until the group of this job label is gone: the Pushgateway deletes a moment after it has
    /// accepted to.
    ///
    /// # Errors
    /// When it stays, or the Pushgateway does not answer.
    pub async fn wait_until_gone(&self, job: &str) -> Result<()> {
        let what = format!("group {job} is gone");
        wait::until(&what, async || Ok(self.push_time(job).await?.is_none())).await
    }

    /// Puts a group of somebody else into the Pushgateway.
    ///
    /// # Errors
    /// When it does not take it.
    pub async fn push_foreign(&self, group: &str, body: &str) -> Result<()> {
        let url = format!("{}/metrics/job/{group}", self.gateway.url());
        let client = common::http::client(common::http::Timeouts {
            connect: Duration::from_secs(2),
            total: Duration::from_secs(10),
        })?;
        client
            .put(url)
            .body(body.to_owned())
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }
}

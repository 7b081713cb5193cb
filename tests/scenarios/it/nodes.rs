//! Whole clusters whose nodes run real pods: the suite as it is installed. They need root; without it
//! the tests say so and are skipped, and under `NODES=must` they fail.
//!
//! They want the machine for themselves, so they are not among the others:
//! `cargo test --package scenarios --test it nodes:: -- --ignored --test-threads 1`.

use anyhow::{Context as _, Result};
use common::env::Env;
use sandbox::images::{Image, small_program};
use sandbox::kubernetes::{Change, Cluster};
use sandbox::nodes::{NoNodes, PAUSE_IMAGE};
use serde_json::{Value, json};
use tempfile::TempDir;

mod failures;
mod installed;
mod list;
mod mails;
mod network;
mod one;
mod posed;
mod retries;
mod rights;
mod rotation;
mod schedules;
mod silence;
mod walk;

/// Where the rotation runs.
const CREDENTIALS: &str = "monitoring-credentials";
/// Its CronJob.
const ROTATE: &str = "rotate-credentials";
/// Where everything else runs.
const MONITORING: &str = "monitoring";

/// Files of images, as a node takes them.
struct Archives {
    directory: TempDir,
    number: usize,
}

impl Archives {
    fn new() -> Result<Self> {
        Ok(Self {
            directory: TempDir::new()?,
            number: 0,
        })
    }

    /// Writes an image. Returns what a pod calls it, by digest.
    fn add(&mut self, image: &Image) -> Result<String> {
        self.number += 1;
        let path = self.directory.path().join(format!("{}.tar", self.number));
        Ok(image.write(&path)?.to_string())
    }

    fn paths(&self) -> Vec<std::path::PathBuf> {
        let numbers = 1..=self.number;
        numbers
            .map(|number| self.directory.path().join(format!("{number}.tar")))
            .collect()
    }
}

/// Shows how far a test has come.
#[expect(clippy::print_stdout, reason = "it is shown with the test")]
fn told(text: &str) {
    println!("{text}");
}

/// Whether a test can be run here; says why not.
fn possible(outcome: Result<(), NoNodes>) -> Result<bool> {
    let Err(reason) = outcome else {
        told("ran on: a node of this machine, with real containers");
        return Ok(true);
    };
    if Env::from_process().get("NODES") == Some("must") {
        return Err(reason).context("under NODES=must nodes must run");
    }
    told(&format!("skipped: {reason}"));
    Ok(false)
}

/// A program for pods that ends with the status in its first argument, after saying the others.
const SAY: &str = "fn main() {
    let mut arguments = std::env::args().skip(1);
    let status = arguments.next().and_then(|it| it.parse().ok()).unwrap_or(0);
    println!(\"{}\", arguments.collect::<Vec<_>>().join(\" \"));
    std::process::exit(status);
}
";

async fn say() -> Result<Image> {
    let program = small_program("say", SAY).await?;
    Image::of_files("registry.local/say:v1", &["/bin/say"], vec![program])
}

async fn pause() -> Result<Image> {
    Image::pause(PAUSE_IMAGE).await
}

/// A member of an object, as text.
async fn field(cluster: &Cluster, path: &str, pointer: &str) -> Result<Option<String>> {
    let object = cluster.client().await?.find(path).await?;
    let value = object.as_ref().and_then(|object| object.pointer(pointer));
    Ok(value.map(|value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    }))
}

/// The first pod of a Job.
async fn pod_of(cluster: &Cluster, namespace: &str, job: &str) -> Result<Option<Value>> {
    let path = format!(
        "/api/v1/namespaces/{namespace}/pods?labelSelector=batch.kubernetes.io/job-name={job}"
    );
    let list = cluster.client().await?.get(&path).await?;
    Ok(list.pointer("/items/0").cloned())
}

/// Pauses a job, or ends its pause, as people do.
async fn suspend(cluster: &Cluster, namespace: &str, cronjob: &str, shall: bool) -> Result<()> {
    let path = format!("/apis/batch/v1/namespaces/{namespace}/cronjobs/{cronjob}");
    let change = json!({"spec": {"suspend": shall}});
    let client = cluster.client().await?;
    client.patch(&path, Change::Merge, &change).await?;
    Ok(())
}

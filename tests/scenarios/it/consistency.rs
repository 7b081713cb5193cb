//! The comparison of clusters: the real binary, two real API servers with the job's own rights, and the
//! company's monitoring in them.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result};
use sandbox::monitoring::Stage;
use sandbox::tools::Tools;
use scenarios::job::{Finished, Job};
use serde_json::Value;

mod commands;
mod coverage;
mod documented;
mod live;
mod on_the_way;
mod page;
mod reaper;
mod rights;
mod settling;
mod whole;

/// The cluster that the job does not run in.
const OTHER: &str = "remoting-prod-e1-1";

/// The stage with a job that knows it.
struct World {
    stage: Stage,
    files: AtomicUsize,
}

impl World {
    async fn start() -> Result<Self> {
        Ok(Self::on(Stage::start(&Tools::from_process()?).await?))
    }

    fn on(stage: Stage) -> Self {
        Self {
            stage,
            files: AtomicUsize::new(0),
        }
    }

    /// A file with this configuration.
    fn file(&self, text: &str) -> Result<PathBuf> {
        let number = self.files.fetch_add(1, Ordering::Relaxed);
        let name = format!("check-consistency-{number}.yaml");
        let path = self.stage.directory().join(name);
        fs::write(&path, text)?;
        Ok(path)
    }

    /// The configuration that declares the stage's shape, and `extra`.
    fn configured(&self, extra: &str) -> Result<PathBuf> {
        self.file(&self.stage.configuration(extra)?)
    }

    async fn run(&self, words: &[&str], config: &std::path::Path) -> Result<Finished> {
        let config = config.display().to_string();
        let words = words.iter().copied().chain(["--config", &config]);
        Job::consistency(words)?.run().await
    }

    /// A whole look as a document, and how it ended.
    async fn look(&self, config: &std::path::Path) -> Result<(Value, Finished)> {
        let finished = self.run(&["run", "-o", "json"], config).await?;
        let document = serde_json::from_str(&finished.stdout)
            .with_context(|| format!("no document: {}", finished.stderr))?;
        Ok((document, finished))
    }
}

/// What is not consistent in a document: kind and name, how it stands, and the paths of its fields that
/// nothing explains.
fn told(document: &Value) -> Vec<(String, String, Vec<String>)> {
    let consistent = ["equal", "explained", "ignored", "cosmetic"];
    let objects = document["objects"].as_array().unwrap();
    objects
        .iter()
        .filter(|it| !consistent.contains(&it["standing"].as_str().unwrap()))
        .map(|it| {
            let text = |key: &str| it[key].as_str().unwrap_or_default();
            let fields = it["fields"].as_array().into_iter().flatten();
            let open = fields.filter(|field| field["rule"].is_null());
            let paths = open.map(|field| field["path"].as_str().unwrap().to_owned());
            let standing = match it["reason"].as_str() {
                Some(reason) => format!("{} {reason}", text("standing")),
                None => text("standing").to_owned(),
            };
            (
                format!("{}/{}", text("kind"), text("name")),
                standing,
                paths.collect(),
            )
        })
        .collect()
}

#[track_caller]
fn assert_ended(finished: &Finished, status: i32, code: Option<&str>) {
    let said = format!("{}\n{}", finished.stdout, finished.stderr);
    assert_eq!(finished.status, status, "{said}");
    if let Some(code) = code {
        assert_eq!(finished.termination["class"], code, "{said}");
    }
}

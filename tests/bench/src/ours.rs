//! `export-cloudwatch fetch` of this workspace.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::figures::Figures;
use crate::process::measured;
use crate::simulator::Simulator;
use crate::subject::{self, Place};

/// Whether an earlier run has left its listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Listing {
    /// There is no cache.
    Cold,
    /// The cache holds everything.
    Warm,
}

/// The release build.
#[derive(Debug, Clone)]
pub(crate) struct Ours {
    program: PathBuf,
}

impl Ours {
    /// Builds it.
    pub(crate) fn build() -> Result<Self> {
        let program = subject::release_binary("export-cloudwatch", "export-cloudwatch")?;
        Ok(Self { program })
    }

    /// Takes a program that is built already.
    pub(crate) const fn at(program: PathBuf) -> Self {
        Self { program }
    }

    /// One run.
    pub(crate) async fn run(
        &self,
        listing: Listing,
        place: &Place,
        simulator: &Simulator,
    ) -> Result<Figures> {
        let mut command = Command::new(&self.program);
        command
            .args(["--quiet", "fetch", "--config"])
            .arg(place.configuration()?);
        if listing == Listing::Warm {
            let cache = place.directory.path().join("cache");
            command.arg("--cache").arg(cache);
        }
        place.furnish(&mut command, simulator.endpoint());
        let directory = place.directory.path().to_owned();
        let finished = tokio::task::spawn_blocking(move || measured(&mut command, &directory))
            .await
            .context("the measurement was interrupted")??;
        if !finished.status.success() {
            bail!("it ended with {}: {}", finished.status, finished.stderr)
        }
        let text = str::from_utf8(&finished.stdout).context("its output is not text")?;
        place.insist_on_all(subject::count_series(text, "bench_app_"))?;
        Ok(Figures {
            wall: finished.wall,
            cpu: finished.cpu,
            peak: finished.peak,
            calls: simulator.calls().await?,
        })
    }
}

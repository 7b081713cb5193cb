//! What is measured: one of the exporters, in one of its ways to run.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use sandbox::aws::Content;
use tempfile::TempDir;

use crate::figures::Figures;
use crate::java::Java;
use crate::ours::{Listing, Ours};
use crate::simulator::Simulator;
use crate::yace::{Tuning, Yace};

/// Asked for of every metric; AWS bills them as one.
pub(crate) const STATISTICS: [&str; 5] = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"];

/// What every measurement with one number of series shares.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) directory: TempDir,
    /// Metrics times statistics.
    pub(crate) series: usize,
}

/// Who is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Subject<'a> {
    Ours(&'a Ours, Listing),
    Yace(&'a Yace, Tuning),
    Java(&'a Java),
}

/// Which exporter, apart from where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of this suite.
    Ours(Listing),
    /// Somebody else's.
    Peer(&'static str),
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ours(Listing::Cold) => "export-cloudwatch, cold",
            Self::Ours(Listing::Warm) => "export-cloudwatch, listing cached",
            Self::Peer(name) => name,
        }
    }
}

impl Subject<'_> {
    pub(crate) const fn kind(self) -> Kind {
        match self {
            Self::Ours(_, listing) => Kind::Ours(listing),
            Self::Yace(_, tuning) => Kind::Peer(tuning.name()),
            Self::Java(_) => Kind::Peer(Java::NAME),
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        self.kind().name()
    }

    /// Does what has to be done once before the first round.
    pub(crate) async fn prepare(self, place: &Place, simulator: &Simulator) -> Result<()> {
        match self {
            Self::Ours(ours, Listing::Warm) => {
                simulator.rest().await?;
                // Its first run fills the cache.
                ours.run(Listing::Warm, place, simulator).await.map(drop)
            }
            Self::Ours(_, Listing::Cold) | Self::Yace(..) | Self::Java(_) => Ok(()),
        }
    }

    /// Measures one run.
    pub(crate) async fn run(self, place: &Place, simulator: &Simulator) -> Result<Figures> {
        let figures = match self {
            Self::Ours(ours, listing) => ours.run(listing, place, simulator).await,
            Self::Yace(yace, tuning) => yace.run(tuning, place, simulator).await,
            Self::Java(java) => java.run(place, simulator).await,
        };
        figures.with_context(|| format!("measuring {}", self.name()))
    }
}

impl Place {
    /// The configuration that both ours and `cloudwatch_exporter` read: all synthetic metrics, as
    /// one rule for each name.
    pub(crate) fn configuration(&self) -> Result<PathBuf> {
        let file = self.directory.path().join("cloudwatch.yaml");
        fs::write(&file, configuration()).with_context(|| format!("writing {}", file.display()))?;
        Ok(file)
    }

    /// Gives `command` the simulator's address and nothing of this process's environment: whatever
    /// a person has set up for AWS stays out.
    pub(crate) fn furnish(&self, command: &mut Command, endpoint: &str) {
        command
            .env_clear()
            .env("HOME", self.directory.path())
            .env("AWS_ENDPOINT_URL", endpoint)
            .env("AWS_ACCESS_KEY_ID", "AKIASANDBOX000000000")
            .env("AWS_SECRET_ACCESS_KEY", "sandbox")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true");
    }

    /// Refuses a run that did not deliver everything.
    pub(crate) fn insist_on_all(&self, found: usize) -> Result<()> {
        if found != self.series {
            bail!("it delivered {found} of {} series", self.series)
        }
        Ok(())
    }
}

/// Window and statistics are the same for everyone: ten minutes that end ten minutes ago.
pub(crate) fn configuration() -> String {
    let rules = Content::SYNTHETIC_NAMES.map(|name| {
        format!(
            "- aws_namespace: {}\n  aws_metric_name: {name}\n  aws_dimensions: [{}]\n  \
             aws_statistics: [{}]\n",
            Content::SYNTHETIC_NAMESPACE,
            Content::SYNTHETIC_DIMENSIONS.join(", "),
            STATISTICS.join(", "),
        )
    });
    format!(
        "region: us-east-1\nperiod_seconds: 60\nrange_seconds: 600\ndelay_seconds: 600\n\
         use_get_metric_data: true\nmetrics:\n{}",
        rules.concat()
    )
}

/// The series in an exposition whose names begin with `prefix`.
pub(crate) fn count_series(text: &str, prefix: &str) -> usize {
    text.lines().filter(|line| line.starts_with(prefix)).count()
}

/// The one target that the images are built for. Naming it keeps the flag below away from build
/// scripts and procedural macros, which cannot be linked statically.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// Builds a binary of this workspace as its image holds it: optimised and static.
pub(crate) fn release_binary(package: &str, name: &str) -> Result<PathBuf> {
    anstream::eprintln!("building {name} (up to ten minutes when nothing is built yet)");
    let build = escargot::CargoBuild::new()
        .package(package)
        .bin(name)
        .release()
        .target(TARGET)
        .env("RUSTFLAGS", "-C target-feature=+crt-static")
        .run();
    let run = build.with_context(|| format!("cargo build --release --package {package} failed"))?;
    Ok(run.path().to_owned())
}

#[cfg(test)]
mod tests {
    use super::{configuration, count_series};

    #[test]
    fn the_configuration_asks_for_every_synthetic_metric() {
        let text = configuration();
        assert_eq!(text.matches("aws_namespace: Bench/App\n").count(), 10);
        assert!(text.contains("aws_dimensions: [Service, Instance]\n"));
        assert!(
            text.contains("aws_statistics: [SampleCount, Average, Sum, Minimum, Maximum]\n"),
            "{text}"
        );
    }

    #[test]
    fn comments_and_foreign_series_do_not_count() {
        let text = "# TYPE bench_app_a gauge\nbench_app_a{x=\"1\"} 1\nother 2\nbench_app_a 3\n";
        assert_eq!(count_series(text, "bench_app_"), 2);
    }
}

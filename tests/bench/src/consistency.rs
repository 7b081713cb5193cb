//! `cargo bench-consistency`: `check-consistency run` against many objects, and beside its peers.
//!
//! Two tables. The first is about size: stand-ins for two API servers, 20 ms away, with equal
//! `PrometheusRule`s but for one. The second is about peers: two real API servers with 1,000 rules each,
//! one of them changed, and for the same question
//!
//! - `kubectl diff --server-side --concurrency=10`, which asks one server about files that were exported
//!   from the other before the clock starts, one object a file, because it works concurrently on files
//!   alone; without `--server-side` it took six times as long;
//! - `kubectl get --output yaml` from both at the same time, and `dyff between` what they wrote.
//!
//! Rounds are interleaved, and the tables show medians. Figures of different machines or days are not
//! comparable; the ratios within one run are. Every run has to find the one difference. Memory is the
//! high-water mark of the largest process, read every two milliseconds, and time is that of the whole.
//! Each program has run once before it is measured: then `kubectl` has its cache of what the server
//! serves. Requests are counted by the servers, for real ones in the audit log, never by the program.

mod real;
mod row;
mod simulated;
mod watched;

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use serde_json::Value;
use tempfile::TempDir;

use crate::subject;
use watched::Watched;

/// Exit status of a run that has seen everything and found a difference.
const DRIFT: i32 = 3;

/// Measures check-consistency and prints two Markdown tables
#[derive(Debug, Clone, Parser)]
#[command(name = "bench-consistency")]
pub struct Cli {
    /// Runs of each program
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,

    /// There and back to each stand-in, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 20)]
    latency: u64,

    /// Objects in each stand-in
    #[arg(
        long,
        value_name = "N",
        value_delimiter = ',',
        default_value = "500,10000"
    )]
    objects: Vec<usize>,

    /// Objects in each real cluster
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    real: usize,

    /// Stand-ins alone: no real cluster, no peer
    #[arg(long)]
    without_peers: bool,

    /// Exit with 1 when check-consistency misses one of its targets
    #[arg(long)]
    check: bool,

    /// Measure this build of check-consistency instead of a fresh one
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

/// Builds the job, measures it, prints the tables.
///
/// # Errors
/// When something cannot be built or started, or a run does not find what it should.
pub async fn run(cli: &Cli) -> Result<ExitCode> {
    let ours = Ours {
        program: match &cli.program {
            Some(program) => program.clone(),
            None => subject::release_binary("check-consistency", "check-consistency")?,
        },
        directory: TempDir::with_prefix("bench-")?,
    };
    let latency = Duration::from_millis(cli.latency);
    let mut missed = Vec::new();
    let mut rows = Vec::new();
    for objects in &cli.objects {
        let row = simulated::row(&ours, *objects, latency, cli.rounds).await?;
        missed.extend(simulated::missed(&row, *objects));
        rows.push(row);
    }
    let title = format!("two stand-ins, {} ms, one object differs", cli.latency);
    anstream::print!("{}", row::table(&title, &rows));
    if !cli.without_peers {
        let rows = real::rows(&ours, cli.real, cli.rounds).await?;
        let title = format!("two real API servers, {} rules each", cli.real);
        anstream::print!("\n{}", row::comparison(&title, &rows));
    }
    for line in &missed {
        anstream::eprintln!("target missed: {line}");
    }
    let failed = cli.check && !missed.is_empty();
    Ok(ExitCode::from(u8::from(failed)))
}

/// The program under test, and where its files may lie.
#[derive(Debug)]
struct Ours {
    program: PathBuf,
    directory: TempDir,
}

impl Ours {
    /// One run with a configuration of this text, which has to find a difference in `changed` alone.
    async fn run(&self, configuration: &str, changed: &str) -> Result<Watched> {
        let file = self.directory.path().join("check-consistency.yaml");
        std::fs::write(&file, configuration)?;
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .args(["--quiet", "run", "--output", "json", "--config"])
            .arg(&file);
        let watched = watched::run(command, self.directory.path(), "ours").await?;
        ensure!(
            watched.code == Some(DRIFT),
            "check-consistency ended with {:?}: {}",
            watched.code,
            watched.stderr
        );
        let document: Value =
            serde_json::from_str(&watched.stdout).context("its output is no document")?;
        let found = different(&document).context("its document has another form")?;
        ensure!(
            found == [changed],
            "it found {found:?}, not {changed} alone"
        );
        Ok(watched)
    }
}

/// The names of the objects that differ, in a report of the job.
fn different(document: &Value) -> Option<Vec<&str>> {
    let objects = document.get("objects")?.as_array()?.iter();
    let different = objects.filter(|it| it.get("standing").is_some_and(|it| it == "different"));
    different.map(|it| it.get("name")?.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::different;

    #[test]
    fn only_what_differs_is_found() {
        let document = json!({"objects": [
            {"name": "rules-1", "standing": "equal"},
            {"name": "rules-2", "standing": "different"},
        ]});
        assert_eq!(different(&document), Some(vec!["rules-2"]));
        assert_eq!(different(&json!({})), None);
    }
}

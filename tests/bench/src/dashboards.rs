//! `cargo bench-dashboards`: `sync-dashboards apply` on two real API servers that are 20 ms away.
//!
//! 33 made-up dashboards with 11 panels each stand for upstream's newest release: about as many, and
//! about as large. The first run makes them all in both clusters; every further one finds nothing to do.
//! Requests are those that the API servers' audit logs and the upstream server have seen, never the
//! job's own count.
//!
//! The nearest peer is named by its requests alone, taken from its source: `VictoriaMetrics`' sync job
//! gets the file, lists once and then reads and writes each object, in every run and for one cluster. It
//! has no option by which it could be pointed at a stand-in for upstream and two clusters at once.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use sandbox::dashboards::{PATH, Panel, Stage, USER, board, bundle};
use sandbox::tools::Tools;

use crate::process::{Finished, measured};
use crate::subject;

/// As many as upstream has.
const DASHBOARDS: usize = 33;
/// So many panels give upstream's size: 32 kB each.
const PANELS: u32 = 30;

/// Measures sync-dashboards on two API servers and prints a Markdown table
#[derive(Debug, Clone, Parser)]
#[command(name = "bench-dashboards")]
pub struct Cli {
    /// Runs that find nothing to do
    #[arg(long, value_name = "N", default_value_t = 5)]
    rounds: u32,

    /// There and back to each API server, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 20)]
    latency: u64,
}

/// What one run took.
#[derive(Debug, Clone)]
struct Row {
    name: &'static str,
    wall: Duration,
    cpu: Duration,
    peak: u64,
    requests: String,
}

/// Builds the job, measures it, prints the table.
///
/// # Errors
/// When something cannot be built or started, or a run does not do what it should.
pub async fn run(cli: &Cli) -> Result<()> {
    let program = subject::release_binary("sync-dashboards", "sync-dashboards")?;
    let stage = Stage::start(&Tools::from_process()?).await?;
    let (_delays, kubeconfig) = stage.far_away(Duration::from_millis(cli.latency))?;
    let config = configure(&stage, &kubeconfig)?;
    let bench = Bench {
        program,
        config,
        stage,
    };
    let first = bench.row("first sync", 2 * DASHBOARDS).await?;
    let mut rows = Vec::new();
    for _ in 0..cli.rounds.max(1) {
        rows.push(bench.row("nothing to do", 0).await?);
    }
    rows.sort_by_key(|row| row.wall);
    let median = rows.get(rows.len() / 2).context("a round was run")?.clone();
    anstream::print!("{}", table(&[first, median], cli.latency));
    Ok(())
}

struct Bench {
    program: PathBuf,
    config: PathBuf,
    stage: Stage,
}

impl Bench {
    /// One run, which has to write exactly so many objects.
    async fn row(&self, name: &'static str, writes: usize) -> Result<Row> {
        let marks = self
            .stage
            .clusters()
            .iter()
            .map(sandbox::kubernetes::Cluster::audit_mark);
        let marks = marks.collect::<Result<Vec<_>>>()?;
        self.stage.upstream.clear_requests();
        let finished = self.apply().await?;
        let mut verbs = std::collections::BTreeMap::<String, usize>::new();
        for (cluster, mark) in self.stage.clusters().iter().zip(marks) {
            let entries = cluster.audit_since(mark)?;
            for entry in entries.iter().filter(|entry| entry.user == USER) {
                *verbs.entry(entry.verb.clone()).or_default() += 1;
            }
        }
        let written = verbs.get("patch").copied().unwrap_or_default();
        ensure!(
            written == writes,
            "{written} objects were written, not {writes}"
        );
        let mut requests = format!("{} GET upstream", self.stage.upstream.requests().len());
        for (verb, count) in verbs {
            write!(requests, ", {count} {}", verb.to_uppercase())?;
        }
        Ok(Row {
            name,
            wall: finished.wall,
            cpu: finished.cpu,
            peak: finished.peak,
            requests,
        })
    }

    async fn apply(&self) -> Result<Finished> {
        let mut command = Command::new(&self.program);
        command
            .env_clear()
            .arg("apply")
            .arg("--config")
            .arg(&self.config);
        let directory = self.stage.directory().to_owned();
        let run = tokio::task::spawn_blocking(move || measured(&mut command, &directory));
        let finished = run.await.context("the measurement was interrupted")??;
        ensure!(
            finished.status.success(),
            "it ended with {}: {}",
            finished.status,
            finished.stderr
        );
        Ok(finished)
    }
}

fn configure(stage: &Stage, kubeconfig: &Path) -> Result<PathBuf> {
    let boards: Vec<_> = (0..DASHBOARDS)
        .map(|number| {
            let name = format!("board-{number:02}");
            let panels: Vec<_> = (1..=PANELS)
                .map(|id| {
                    let expr = format!(
                        "sum by (instance) (rate(metric_{number}_{id}{{job=\"node\", cluster=\"$cluster\"}}[$__rate_interval]))"
                    );
                    Panel::new(id, &format!("Panel {id} of a made-up dashboard"), &expr)
                })
                .collect();
            let text = board(&format!("uid-{number}"), &format!("Board {number}"), &panels);
            (name, text)
        })
        .collect();
    let boards: Vec<_> = boards
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let text = bundle(&boards);
    anstream::eprintln!("{DASHBOARDS} dashboards, {} bytes", text.len());
    let digest = sha256(&text);
    let commit = "4d719f1dea8853540b3823ab1fbe6be74a9953b3";
    let upstream = stage.upstream.base_url();
    stage.upstream.publish("main", commit, PATH, text);
    let mut text = format!(
        "source:\n  ref: {commit}\n  sha256: {digest}\n  track: main\n  cache: {}\n  from:\n    \
         - github: {{raw: \"{upstream}\", api: \"{upstream}\"}}\nclusters:\n",
        stage.directory().join("cache").display()
    );
    for context in stage.contexts() {
        let kubeconfig = kubeconfig.display();
        writeln!(
            text,
            "  - {{name: {context}, context: {context}, kubeconfig: {kubeconfig}}}"
        )?;
    }
    let path = stage.directory().join("bench.yaml");
    fs::write(&path, text)?;
    Ok(path)
}

fn sha256(text: &str) -> String {
    sync_dashboards::digest::Digest::of(text).to_string()
}

fn table(rows: &[Row], latency: u64) -> String {
    let mut out = format!(
        "| {DASHBOARDS} dashboards, 2 clusters, {latency} ms | wall | CPU | peak memory | requests |\n\
         | --- | --- | --- | --- | --- |\n"
    );
    for row in rows {
        let Row {
            name,
            wall,
            cpu,
            peak,
            requests,
        } = row;
        let (wall, cpu) = (wall.as_secs_f64(), cpu.as_secs_f64());
        let tenths = peak / 100_000;
        // Writing to a `String` cannot fail.
        writeln!(
            out,
            "| {name} | {wall:.3} s | {cpu:.3} s | {}.{} MB | {requests} |",
            tenths / 10,
            tenths % 10
        )
        .unwrap_or_default();
    }
    out
}

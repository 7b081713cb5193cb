//! Side-by-side benchmarks: the exporter and its peers against one simulated AWS, in one run.
//!
//! `cargo bench-peers` measures `export-cloudwatch fetch` and, where they can be brought, YACE and
//! `cloudwatch_exporter` on the same synthetic metrics, and prints a Markdown table. Figures of
//! different machines or days are not comparable; the ratios within one run are.
//!
//! What makes it fair:
//!
//! - One simulator serves everyone, as a process of its own: 50 ms a call and 0.5 ms a query, AWS's
//!   quotas on. Before every run it rests until all quotas are full again.
//! - Rounds: each exporter runs once, then each again. What disturbs the machine for a while
//!   disturbs all of them. The table shows the median and the range.
//! - Every run has to deliver exactly the expected number of series, or the benchmark fails. Calls
//!   and billed metrics are the simulator's count, never an exporter's own.
//! - Each exporter is released code with the options that suit it best. YACE is shown twice: as it
//!   comes, and with the concurrency and batch size that were found to be fastest for each number of
//!   series; `recentlyActiveOnly` both times. Ours runs with its defaults.
//!   `cloudwatch_exporter`: `use_get_metric_data`, without which 1,000 series take 200 calls one
//!   after the other.
//! - YACE is a server that reads at its own pace; its time ends when `/metrics` holds every series.
//!   `cloudwatch_exporter` reads when it is asked: from its first request to its last answer, so
//!   the start of its virtual machine does not count, and neither does rendering. Ours is a
//!   process that ends: the whole of its life counts.
//! - Memory is the kernel's high-water mark of the resident set (`VmHWM`), which includes the pages
//!   of the program itself. Only `cloudwatch_exporter` is taken at its word,
//!   `process_resident_memory_bytes` while it is scraped, which is less than its peak.
//! - Peers keep no listings between runs, so they are compared with our cold run.
//!
//! Not measured: pushing, TLS, and anything about real AWS but the price.

pub mod consistency;
pub mod dashboards;
mod figures;
mod java;
mod ours;
mod process;
mod simulator;
mod subject;
mod table;
mod target;
mod yace;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use tempfile::TempDir;

use self::figures::Summary;
use self::java::Java;
use self::ours::{Listing, Ours};
use self::simulator::Simulator;
use self::subject::Subject;
use self::yace::{Tuning, Yace};

/// What the table has a row for.
const SIZES: [usize; 3] = [1_000, 10_000, 50_000];

/// It makes one call after the other; more series show nothing but that.
const MOST_SERIES_FOR_JAVA: usize = 1_000;

/// Measures export-cloudwatch beside YACE and cloudwatch_exporter and prints a Markdown table
#[derive(Debug, Clone, Parser)]
#[command(name = "bench-peers")]
pub struct Cli {
    /// Fewer rounds, and no 50,000 series: under a minute
    #[arg(long)]
    quick: bool,

    /// Exit with 1 when export-cloudwatch misses one of its targets
    #[arg(long)]
    check: bool,

    /// Measure export-cloudwatch alone
    #[arg(long)]
    without_peers: bool,

    /// Runs of each exporter with each size [default: 5, with --quick 3]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,

    /// Only these numbers of series [default: 1000,10000,50000]
    #[arg(long, value_name = "N", value_delimiter = ',')]
    series: Vec<usize>,

    /// Measure this build of export-cloudwatch instead of a fresh one
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
}

impl Cli {
    fn rounds(&self) -> u32 {
        self.rounds.unwrap_or(if self.quick { 3 } else { 5 })
    }

    fn sizes(&self) -> Vec<usize> {
        let most = if self.quick { 10_000 } else { usize::MAX };
        if self.series.is_empty() {
            SIZES.into_iter().filter(|size| *size <= most).collect()
        } else {
            self.series.clone()
        }
    }
}

/// Builds what is measured, measures it, prints the table to stdout.
///
/// # Errors
/// When something cannot be built or started, or does not deliver what it should.
pub async fn run(cli: &Cli) -> Result<ExitCode> {
    let ours = match &cli.program {
        Some(program) => Ours::at(program.clone()),
        None => Ours::build()?,
    };
    let simulator = simulator::build()?;
    let (yace, java) = if cli.without_peers {
        (None, None)
    } else {
        (Yace::locate().await?, Java::locate().await?)
    };
    let mut rows = Vec::new();
    for series in cli.sizes() {
        let place = subject::Place {
            directory: TempDir::with_prefix("bench-")?,
            series,
        };
        let simulator = Simulator::start(&simulator, &place).await?;
        let mut subjects = vec![
            Subject::Ours(&ours, Listing::Cold),
            Subject::Ours(&ours, Listing::Warm),
        ];
        let tunings = [Tuning::Defaults, Tuning::Best];
        subjects.extend(
            yace.iter()
                .flat_map(|yace| tunings.map(|it| Subject::Yace(yace, it))),
        );
        let java = java.as_ref().filter(|_| series <= MOST_SERIES_FOR_JAVA);
        subjects.extend(java.map(Subject::Java));
        rows.extend(rounds(cli.rounds(), &subjects, &place, &simulator).await?);
    }
    anstream::print!("{}", table::render(&rows));
    let missed = target::missed(&rows);
    for line in &missed {
        anstream::eprintln!("target missed: {line}");
    }
    let failed = cli.check && !missed.is_empty();
    Ok(ExitCode::from(u8::from(failed)))
}

/// Runs each subject once a round, and sums up.
async fn rounds(
    rounds: u32,
    subjects: &[Subject<'_>],
    place: &subject::Place,
    simulator: &Simulator,
) -> Result<Vec<Summary>> {
    let mut runs: Vec<Vec<_>> = subjects.iter().map(|_| Vec::new()).collect();
    for subject in subjects {
        subject.prepare(place, simulator).await?;
    }
    for round in 1..=rounds {
        for (subject, runs) in subjects.iter().zip(&mut runs) {
            simulator.rest().await?;
            let figures = subject.run(place, simulator).await?;
            anstream::eprintln!(
                "{} series, round {round} of {rounds}, {}: {:.3} s",
                place.series,
                subject.name(),
                figures.wall.as_secs_f64()
            );
            runs.push(figures);
        }
    }
    let sum_up =
        |(subject, runs): (&Subject<'_>, &Vec<_>)| Summary::of(subject.kind(), place.series, runs);
    subjects.iter().zip(&runs).map(sum_up).collect()
}

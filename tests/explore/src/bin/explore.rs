//! `cargo explore`: faults in the rotation, two in a story anywhere, three if asked.

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser;
use explore::model::{HOUR, Terms};
use explore::search::{Settings, explore};

/// Breaks the rotation of credentials in a world in memory, in every way and at every point.
#[derive(Debug, Parser)]
struct Cli {
    /// Faults in one story
    #[arg(long, value_name = "COUNT", default_value_t = 2)]
    faults: usize,
    /// Boundaries within which the next fault follows; any number, if not given. Three faults take
    /// hours: `--faults 3 --within 2` tries a part of them, those that come close together
    #[arg(long, value_name = "COUNT")]
    within: Option<usize>,
    /// Let several people act in one story
    #[arg(long)]
    several_people: bool,
    /// Let AWS be slow: readings that are 25 s old, keys that are valid after 400 s
    #[arg(long)]
    slow: bool,
    /// Hours between two runs
    #[arg(long, value_name = "HOURS", default_value_t = 6)]
    every: i64,
    /// Findings after which it is enough
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    findings: usize,
    /// Findings that are told step by step
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    told: usize,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let begin = tokio::time::Instant::now();
    let report = explore(Settings {
        faults: cli.faults,
        within: cli.within,
        several_people: cli.several_people,
        every: cli.every * HOUR,
        terms: vec![if cli.slow { Terms::SLOW } else { Terms::QUICK }],
        findings: cli.findings,
        ..Settings::default()
    });
    let mut out = anstream::stdout().lock();
    let mut failed = false;
    for finding in report.findings.iter().take(cli.told) {
        writeln!(out, "{finding}\n{}\n", report.told(finding)).unwrap_or_default();
    }
    for finding in &report.findings {
        failed = true;
        writeln!(out, "{finding}").unwrap_or_default();
    }
    let took = begin.elapsed();
    writeln!(out, "{}, {took:.1?}", report.counts).unwrap_or_default();
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

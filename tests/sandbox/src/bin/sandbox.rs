//! Runs parts of the sandbox alone.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, Parser};
use common::clock::Clock;
use common::exit::Exit;
use jiff::Timestamp;
use sandbox::aws::{AwsSim, Content, Fault, Latency, Limits, Options};

/// Servers on loopback for trying the jobs out.
#[derive(Debug, Parser)]
#[command(name = "sandbox")]
enum Command {
    /// A simulated AWS: CloudWatch, resource tagging, STS, IAM keys and tags, Secrets Manager. Prints
    /// its URL and serves until killed.
    Aws(Aws),
    /// Whether this machine and this user can have clusters with nodes: prints `possible`, or what
    /// stands in the way.
    Nodes,
}

#[derive(Debug, Args)]
struct Aws {
    /// The content file.
    #[arg(
        long,
        value_name = "FILE",
        required_unless_present = "synthetic_metrics"
    )]
    content: Option<PathBuf>,
    /// Serve this many generated metrics of the namespace Bench/App instead of a file.
    #[arg(long, value_name = "N", conflicts_with = "content")]
    synthetic_metrics: Option<usize>,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:4566")]
    listen: SocketAddr,
    /// Let time stand still here.
    #[arg(long, value_name = "RFC3339")]
    at: Option<Timestamp>,
    /// A file with faults.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Milliseconds that every call takes.
    #[arg(long, value_name = "MS", default_value_t = 0.0)]
    latency_ms: f64,
    /// Milliseconds that each query of a call adds.
    #[arg(long, value_name = "MS", default_value_t = 0.0)]
    latency_per_query_ms: f64,
    /// Greatest random addition in milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 0.0)]
    jitter_ms: f64,
    /// Seed of the random addition.
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Admit any number of calls a second.
    #[arg(long)]
    no_limits: bool,
}

fn main() -> ExitCode {
    let done = match Command::parse() {
        Command::Aws(args) => serve_aws(&args),
        Command::Nodes => tell_of_nodes(),
    };
    match done {
        Ok(()) => Exit::Done.into(),
        Err(error) => {
            // Nobody is left to tell when stderr is closed.
            drop(writeln!(anstream::stderr(), "error: {error:#}"));
            // A file with mistakes or an address in use: someone has to change the command.
            Exit::Config.into()
        }
    }
}

fn tell_of_nodes() -> anyhow::Result<()> {
    let answer = match sandbox::nodes::possible() {
        Ok(()) => "possible".to_owned(),
        Err(reason) => reason.to_string(),
    };
    writeln!(anstream::stdout(), "{answer}")?;
    Ok(())
}

fn serve_aws(args: &Aws) -> anyhow::Result<()> {
    let content = match (&args.content, args.synthetic_metrics) {
        (Some(path), _) => Content::from_file(path)?,
        (None, metrics) => Content::synthetic(metrics.unwrap_or_default()),
    };
    let faults = match &args.faults {
        None => Vec::new(),
        Some(path) => {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path).with_context(|| format!("reading {name}"))?;
            Fault::list_from_yaml(&name, &text)?
        }
    };
    let milliseconds = |value: f64| {
        Duration::try_from_secs_f64(value / 1000.0).with_context(|| format!("{value} milliseconds"))
    };
    let latency = Latency {
        base: milliseconds(args.latency_ms)?,
        per_query: milliseconds(args.latency_per_query_ms)?,
        jitter: milliseconds(args.jitter_ms)?,
        seed: args.seed,
    };
    let options = Options {
        listen: args.listen,
        clock: args.at.map_or_else(Clock::system, Clock::fixed),
        latency,
        limits: if args.no_limits {
            Limits::NONE
        } else {
            Limits::AWS
        },
        faults,
        ..Options::default()
    };
    let metrics = content.metric_count();
    let sim =
        AwsSim::start(content, options).with_context(|| format!("listening on {}", args.listen))?;
    writeln!(
        anstream::stderr(),
        "serving {metrics} metrics; set AWS_ENDPOINT_URL to this URL:"
    )?;
    writeln!(anstream::stdout(), "{}", sim.endpoint())?;
    sim.wait();
    Ok(())
}

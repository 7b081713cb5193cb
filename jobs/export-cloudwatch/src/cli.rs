//! The command line. Whatever a CronJob passes always can also come from the environment.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use common::process::{CommandLine, ProcessArgs, parse_duration};
use common::report::Mode;
use common::secret::{self, SecretString};
use jiff::Timestamp;

use crate::config::UnknownKeys;
use crate::plan::Calls;

/// Reads CloudWatch and pushes to a Prometheus Pushgateway, with cloudwatch_exporter's
/// configuration and names
#[derive(Debug, Clone, Parser)]
#[command(version, arg_required_else_help = true, after_help = EXIT_STATUSES)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,

    /// Flags of every job
    #[command(flatten)]
    pub process: ProcessArgs,
}

const EXIT_STATUSES: &str = "\
Exit status: 0 done; 1 something could not be read or pushed, run again; 2 flags or configuration; \
3 a guard refused; 4 credentials or permissions; 5 the Pushgateway refuses part of the data.

AWS credentials, region and endpoints come from the standard AWS environment variables and profiles.";

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Check a configuration file, offline; prints every mistake at once
    Lint(LintArgs),
    /// Show what a run would ask CloudWatch for, and what that costs
    Plan(PlanArgs),
    /// Print the series to stdout, in Prometheus' text format; pushes nothing
    Fetch(FetchArgs),
    /// Read CloudWatch and push to a Pushgateway
    Run(RunArgs),
    /// Show for each rule which metrics it finds, and why none
    Explain(ExplainArgs),
}

/// Form of the data on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people
    Text,
    /// For programs; one document
    Json,
}

/// What `lint` takes.
#[derive(Debug, Clone, Args)]
pub struct LintArgs {
    /// The configuration file
    #[arg(value_name = "FILE", env = "CONFIG_FILE")]
    pub file: PathBuf,

    /// Take unknown keys for warnings, as cloudwatch_exporter ignores them
    #[arg(long)]
    pub lax: bool,

    /// Form of the findings
    #[arg(short, long, default_value = "text", value_name = "FORMAT")]
    pub output: Output,
}

/// What every command needs that talks to AWS.
#[derive(Debug, Clone, Args)]
pub struct SourceArgs {
    /// The configuration file, in cloudwatch_exporter's own form
    #[arg(long, env = "CONFIG_FILE", value_name = "FILE")]
    pub config: PathBuf,

    /// Take unknown keys in it for warnings
    #[arg(long)]
    pub lax: bool,

    /// Take this instant for "now" when windows are computed
    #[arg(long, value_name = "RFC3339", value_parser = parse_instant)]
    pub at: Option<Timestamp>,

    /// Keep what ListMetrics returns in this directory, one directory for each AWS account; may be
    /// deleted at any time
    #[arg(long, env = "CACHE_DIR", value_name = "DIR")]
    pub cache: Option<PathBuf>,

    /// With --cache: how long a listing is good for rules that do not set list_metrics_cache_ttl
    #[arg(long, default_value = "1h", value_name = "DURATION", value_parser = parse_duration)]
    pub cache_ttl: Duration,

    /// Only rules of this namespace; may be repeated
    #[arg(long, value_name = "NAMESPACE")]
    pub only: Vec<String>,

    /// Whether to be done soon or to make few calls; the price is the same
    #[arg(long, default_value = "fastest", value_name = "AIM")]
    pub calls: Calls,
}

/// The guard against surprises on the bill.
#[derive(Debug, Clone, Args)]
pub struct BudgetArgs {
    /// Distance of two runs, such as 5m, for the price of a month [default: from SCHEDULE]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub every: Option<Duration>,

    /// Refuse when a month costs more than this
    #[arg(long, env = "BUDGET_USD_MONTH", value_name = "USD", value_parser = parse_budget)]
    pub budget_usd_month: Option<f64>,
}

/// What `plan` takes.
#[derive(Debug, Clone, Args)]
pub struct PlanArgs {
    /// From where
    #[command(flatten)]
    pub source: SourceArgs,

    /// For how much
    #[command(flatten)]
    pub budget: BudgetArgs,

    /// Form of the plan
    #[arg(short, long, default_value = "text", value_name = "FORMAT")]
    pub output: Output,
}

/// What `fetch` takes.
#[derive(Debug, Clone, Args)]
pub struct FetchArgs {
    /// From where
    #[command(flatten)]
    pub source: SourceArgs,
}

/// What `run` takes.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// From where
    #[command(flatten)]
    pub source: SourceArgs,

    /// For how much
    #[command(flatten)]
    pub budget: BudgetArgs,

    /// Base URL of the Pushgateway; may hold a user name and a password, which are never printed
    #[arg(
        long,
        env = "PUSHGATEWAY_URL",
        value_name = "URL",
        hide_env_values = true,
        value_parser = secret::parse
    )]
    pub pushgateway: SecretString,

    /// Also remove groups whose namespaces are no longer configured; a CronJob does so by itself,
    /// unless none of its groups would be left
    #[arg(long)]
    pub remove_groups: bool,

    /// Keep the last values of a rule that cannot be read for this long, then drop them
    #[arg(long, default_value = "15m", value_name = "DURATION", value_parser = parse_duration)]
    pub grace: Duration,
}

/// What `explain` takes.
#[derive(Debug, Clone, Args)]
pub struct ExplainArgs {
    /// From where
    #[command(flatten)]
    pub source: SourceArgs,

    /// Only the rule with this number: its place in the file, from 1
    #[arg(long, value_name = "N")]
    pub rule: Option<usize>,

    /// Form of the explanation
    #[arg(short, long, default_value = "text", value_name = "FORMAT")]
    pub output: Output,
}

/// What `--lax` means.
pub fn unknown_keys(lax: bool) -> UnknownKeys {
    if lax {
        UnknownKeys::Warn
    } else {
        UnknownKeys::Reject
    }
}

fn parse_instant(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|_| {
        format!("`{text}` is not an instant with a time zone: write it like 2026-11-24T12:00:00Z")
    })
}

fn parse_budget(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(usd) if usd.is_finite() && usd >= 0.0 => Ok(usd),
        _ => Err(format!(
            "`{text}` is not an amount: write dollars like 30 or 12.50"
        )),
    }
}

impl CommandLine for Cli {
    fn process(&self) -> &ProcessArgs {
        &self.process
    }

    fn mode(&self) -> Mode {
        match self.command {
            Command::Run(_) => Mode::Run,
            Command::Lint(_) | Command::Plan(_) | Command::Fetch(_) | Command::Explain(_) => {
                Mode::Plan
            }
        }
    }

    fn gateway(&self) -> Option<&SecretString> {
        match &self.command {
            Command::Run(run) => Some(&run.pushgateway),
            Command::Lint(_) | Command::Plan(_) | Command::Fetch(_) | Command::Explain(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_instant_has_a_date_a_time_and_a_zone() {
        let noon = parse_instant("2026-11-24T12:00:00Z");
        assert!(noon.is_ok());
        assert_eq!(parse_instant("2026-11-24T13:00:00+01:00"), noon);
        for wrong in [
            "",
            "yesterday",
            "2026-11-24",
            "2026-11-24T12:00:00",
            "12:00",
        ] {
            assert!(parse_instant(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_budget_is_an_amount_of_dollars() {
        assert_eq!(parse_budget("12.50"), Ok(12.5));
        for wrong in ["", "-1", "NaN", "inf", "$5"] {
            assert!(parse_budget(wrong).is_err(), "{wrong}");
        }
    }
}

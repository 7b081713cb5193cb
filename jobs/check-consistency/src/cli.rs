//! The command line. Whatever a CronJob passes always can also come from the environment.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use common::process::{CommandLine, DriftArgs, GatewayArgs, ProcessArgs};
use common::report::Mode;
use common::secret::SecretString;

/// Tells where the clusters' monitoring configuration differs
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
Exit status: 0 everything was seen and is consistent; 1 not everything could be seen, run again; 2 flags or \
configuration; 3 everything was seen and something differs: a person must look; 4 not everything may be seen, \
and for no other reason. `explain CODE` tells what to do about each.";

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Compare the clusters: what the CronJob runs
    Run(RunArgs),
    /// Show one object as it is compared, side by side and rule by rule; or say what a code means
    Explain(ExplainArgs),
    /// Check things without a cluster
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Propose a configuration from what clusters hold today, with every difference to declare or to mend
    Init(InitArgs),
    /// Say whether a cluster can be reached, as whom, and what of it may not be seen
    Cluster(ClusterArgs),
}

/// What is done without a cluster.
#[derive(Debug, Clone, Subcommand)]
pub enum ConfigCommand {
    /// Check a configuration file
    Check(ConfigCheckArgs),
}

/// Form of the report on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For a terminal
    Text,
    /// For a ticket
    Markdown,
    /// For programs; one document
    Json,
    /// One page for a browser, with nothing outside of it
    Html,
}

/// Where the configuration is.
#[derive(Debug, Clone, Args)]
pub struct ConfigArgs {
    /// The configuration file
    #[arg(long, env = "CONFIG_FILE", value_name = "FILE")]
    pub config: PathBuf,
}

/// What `run` takes.
#[derive(Debug, Clone, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct RunArgs {
    /// From where
    #[command(flatten)]
    pub source: ConfigArgs,

    /// Only this entry of `select`; live checks and Secrets are left out then [default: everything]
    #[arg(long, value_name = "ID")]
    pub only: Vec<String>,

    /// Show what is equal or declared too
    #[arg(long)]
    pub all: bool,

    /// Write nothing: no memory of drift, no Event, no metric, no group reaped
    #[arg(long)]
    pub dry_run: bool,

    /// End with 2 when a declared difference explains nothing; only of everything can that be said
    #[arg(long, conflicts_with = "only")]
    pub strict_rules: bool,

    /// A cluster that was built anew under its old name is meant
    #[arg(long)]
    pub accept_cluster_identity: bool,

    /// How it ends
    #[command(flatten)]
    pub drift: DriftArgs,

    /// Where its metrics go
    #[command(flatten)]
    pub gateway: GatewayArgs,

    /// Form of the report
    #[arg(short, long, default_value = "text", value_name = "FORMAT")]
    pub output: Output,
}

/// What `explain` takes.
#[derive(Debug, Clone, Args)]
pub struct ExplainArgs {
    /// An object as KIND/NAMESPACE/NAME (KIND/-/NAME for one in no namespace), or a code such as drift
    /// [default: all codes]
    #[arg(value_name = "OBJECT|CODE")]
    pub what: Option<String>,

    /// The configuration file; needed for an object
    #[arg(long, env = "CONFIG_FILE", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// What `config check` takes.
#[derive(Debug, Clone, Args)]
pub struct ConfigCheckArgs {
    /// From where
    #[command(flatten)]
    pub source: ConfigArgs,
}

/// What `init` takes.
#[derive(Debug, Clone, Args)]
pub struct InitArgs {
    /// A context of the kubeconfig for each cluster; its name is taken for the cluster's, unless it is
    /// given as NAME=CONTEXT
    #[arg(long, value_name = "CONTEXT", required = true, num_args = 1)]
    pub context: Vec<String>,

    /// The kubeconfig [default: what KUBECONFIG names, else ~/.kube/config]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,

    /// What is compared
    #[arg(long, value_name = "NAMESPACE", default_value = "monitoring")]
    pub namespace: Vec<String>,
}

/// What `cluster` takes.
#[derive(Debug, Clone, Args)]
pub struct ClusterArgs {
    /// Its name in the configuration
    #[arg(value_name = "NAME")]
    pub name: String,

    /// From where
    #[command(flatten)]
    pub source: ConfigArgs,
}

impl CommandLine for Cli {
    fn process(&self) -> &ProcessArgs {
        &self.process
    }

    fn mode(&self) -> Mode {
        match &self.command {
            Command::Run(run) if !run.dry_run => Mode::Run,
            Command::Run(_)
            | Command::Explain(_)
            | Command::Config(_)
            | Command::Init(_)
            | Command::Cluster(_) => Mode::Plan,
        }
    }

    fn gateway(&self) -> Option<&SecretString> {
        match &self.command {
            Command::Run(run) if !run.dry_run => run.gateway.pushgateway.as_ref(),
            Command::Run(_)
            | Command::Explain(_)
            | Command::Config(_)
            | Command::Init(_)
            | Command::Cluster(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(words: &[&str]) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(["check-consistency"].iter().chain(words))
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn only_a_run_that_writes_is_one() {
        for (words, mode) in [
            (&["run", "--config", "f"][..], Mode::Run),
            (&["run", "--config", "f", "--dry-run"], Mode::Plan),
            (&["explain", "drift"], Mode::Plan),
            (&["config", "check", "--config", "f"], Mode::Plan),
            (&["init", "--context", "a", "--context", "b=c"], Mode::Plan),
            (&["cluster", "a", "--config", "f"], Mode::Plan),
        ] {
            assert_eq!(parse(words).unwrap().mode(), mode, "{words:?}");
        }
    }

    #[test]
    fn slips_are_refused() {
        assert!(parse(&["run", "--config", "f", "--drift-exit-code", "1"]).is_err());
        assert!(parse(&["run", "--config", "f", "-o", "yaml"]).is_err());
        assert!(parse(&["init"]).is_err());
        assert!(parse(&["run", "--config", "f", "--only", "a", "--strict-rules"]).is_err());
    }
}

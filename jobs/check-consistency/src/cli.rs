//! The command line. Whatever a CronJob passes always can also come from the environment.

use clap::{Args, Parser, Subcommand};
use common::process::{CommandLine, ProcessArgs};
use common::report::Mode;
use common::secret::SecretString;

/// Tells where the clusters' monitoring configuration differs
#[derive(Debug, Clone, Parser)]
#[command(version, arg_required_else_help = true)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,

    /// Flags of every job
    #[command(flatten)]
    pub process: ProcessArgs,
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Say what a code means and what to do about it
    Explain(ExplainArgs),
}

/// What `explain` takes.
#[derive(Debug, Clone, Args)]
pub struct ExplainArgs {
    /// A code
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

impl CommandLine for Cli {
    fn process(&self) -> &ProcessArgs {
        &self.process
    }

    fn mode(&self) -> Mode {
        Mode::Plan
    }

    fn gateway(&self) -> Option<&SecretString> {
        None
    }
}

//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use common::process::{CommandLine, ProcessArgs};
use common::report::Mode;
use common::secret::SecretString;

/// Installs the monitoring of a cluster, and says what it lacks
#[derive(Debug, Clone, Parser)]
#[command(version, arg_required_else_help = true, after_help = EXIT_STATUSES)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,

    /// Flags of every program of the suite
    #[command(flatten)]
    pub process: ProcessArgs,
}

const EXIT_STATUSES: &str = "\
Exit status: 0 done, or nothing to do; 1 try again; 2 flags, files or the wrong cluster; 3 a person must look: \
something is missing or is not as it should be; 4 not permitted; 5 begun and not finished.";

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Say what the monitoring of a cluster lacks, and the command that mends it
    Doctor(DoctorArgs),
    /// Show all jobs in all clusters on one screen
    Status(StatusArgs),
}

/// Form of what is shown on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For a terminal
    Text,
    /// For programs; one document
    Json,
}

/// Where the chart and its values are.
#[derive(Debug, Clone, Args)]
pub struct FilesArgs {
    /// The directory that holds `chart` and `values` [default: k8s in this checkout]
    #[arg(long, value_name = "DIR")]
    pub files: Option<PathBuf>,
}

/// How clusters are reached.
#[derive(Debug, Clone, Args)]
pub struct KubeconfigArgs {
    /// The kubeconfig [default: what KUBECONFIG names, else ~/.kube/config]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
}

/// Which cluster, and how it is reached.
#[derive(Debug, Clone, Args)]
pub struct TargetArgs {
    /// Its name: that of its file in k8s/values
    #[arg(long, value_name = "NAME")]
    pub cluster: String,

    /// The context in the kubeconfig [default: the cluster's name]
    #[arg(long, value_name = "CONTEXT")]
    pub context: Option<String>,

    /// Where the kubeconfig is
    #[command(flatten)]
    pub kubeconfig: KubeconfigArgs,

    /// Where the chart is
    #[command(flatten)]
    pub files: FilesArgs,
}

/// What `doctor` takes.
#[derive(Debug, Clone, Args)]
pub struct DoctorArgs {
    /// Where
    #[command(flatten)]
    pub target: TargetArgs,

    /// Send a mail to this address through each Alertmanager
    #[arg(long, value_name = "ADDRESS")]
    pub test_mail: Option<String>,

    /// Form of the findings
    #[arg(short, long, default_value = "text", value_name = "FORMAT")]
    pub output: Output,
}

/// What `status` takes.
#[derive(Debug, Clone, Args)]
pub struct StatusArgs {
    /// Only this cluster [default: every cluster that has a file in k8s/values]
    #[arg(long, value_name = "NAME")]
    pub cluster: Vec<String>,

    /// Where the kubeconfig is; contexts are called like the clusters
    #[command(flatten)]
    pub kubeconfig: KubeconfigArgs,

    /// Where the chart is
    #[command(flatten)]
    pub files: FilesArgs,

    /// Form of the table
    #[arg(short, long, default_value = "text", value_name = "FORMAT")]
    pub output: Output,
}

impl CommandLine for Cli {
    fn process(&self) -> &ProcessArgs {
        &self.process
    }

    fn mode(&self) -> Mode {
        match &self.command {
            Command::Doctor(_) | Command::Status(_) => Mode::Plan,
        }
    }

    fn gateway(&self) -> Option<&SecretString> {
        None
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
}

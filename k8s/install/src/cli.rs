//! The command line.

mod change;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use common::process::{CommandLine, ProcessArgs};
use common::report::Mode;
use common::secret::SecretString;

use crate::address::Address;

pub use change::{
    GrafanaArgs, HelmArgs, InstallArgs, MigrateArgs, RollbackArgs, Stack, UninstallArgs,
};

/// Installs the monitoring of a cluster, and says what it lacks
///
/// Without a command it installs, or brings what is installed to what the files say.
#[derive(Debug, Clone, Parser)]
#[command(
    version,
    arg_required_else_help = true,
    subcommand_negates_reqs = true,
    after_help = EXIT_STATUSES
)]
pub struct Cli {
    /// What to do instead of installing
    #[command(subcommand)]
    pub command: Option<Command>,

    /// What to install
    #[command(flatten)]
    pub install: Option<InstallArgs>,

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
    /// Remove the monitoring from a cluster, with every secret of it; volumes stay
    Uninstall(UninstallArgs),
    /// Go back to an earlier revision of the chart; the credentials stay those of today
    Rollback(RollbackArgs),
    /// Take a cluster over that runs an older chart under the same name
    Migrate(MigrateArgs),
    /// Install Grafana
    Grafana(GrafanaArgs),
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

    /// Send a mail to this address of the company through each Alertmanager
    #[arg(long, value_name = "ADDRESS", conflicts_with = "in_cluster")]
    pub test_mail: Option<Address>,

    /// In a pod of the cluster: with its service account, without the chart, without Secrets
    #[arg(long)]
    pub in_cluster: bool,

    /// Helm 4, which renders the chart [default: the `helm` on PATH]
    #[arg(long, value_name = "FILE", conflicts_with = "in_cluster")]
    pub helm: Option<PathBuf>,

    /// Form of the findings
    #[arg(short, long, default_value = "text", value_name = "FORMAT")]
    pub output: Output,
}

impl DoctorArgs {
    /// How Helm is run: only to render.
    pub fn helm(&self) -> HelmArgs {
        HelmArgs {
            helm: self.helm.clone(),
            timeout: Duration::from_mins(1),
            no_wait: true,
        }
    }
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
        let plans = match &self.command {
            Some(Command::Doctor(_) | Command::Status(_)) => true,
            Some(Command::Uninstall(args)) => args.plan,
            Some(Command::Rollback(args)) => args.plan,
            Some(Command::Migrate(args)) => args.plan,
            Some(Command::Grafana(args)) => args.plan,
            None => self.install.as_ref().is_none_or(|args| args.plan),
        };
        if plans { Mode::Plan } else { Mode::Run }
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

    fn parse(line: &str) -> Result<Cli, String> {
        let words = std::iter::once("install-monitoring").chain(line.split_whitespace());
        Cli::try_parse_from(words).map_err(|error| error.to_string())
    }

    #[test]
    fn without_a_command_it_installs_and_the_cluster_is_needed() {
        let cli = parse("--cluster prod-e1-1 --plan -v").unwrap();
        assert!(cli.command.is_none());
        assert_eq!(cli.mode(), Mode::Plan);
        let install = cli.install.unwrap();
        assert_eq!(
            (install.cluster.as_str(), install.plan),
            ("prod-e1-1", true)
        );
        assert_eq!(parse("--cluster prod-e1-1").unwrap().mode(), Mode::Run);
        for lacking in ["--plan", "-v", "doctor", "uninstall --plan"] {
            let said = parse(lacking).unwrap_err();
            assert!(said.contains("--cluster"), "{lacking}: {said}");
        }
    }

    #[test]
    fn a_command_needs_nothing_of_the_installation() {
        let cli = parse("-v doctor --cluster prod-e1-1").unwrap();
        assert!(cli.install.is_none());
        assert!(matches!(cli.command, Some(Command::Doctor(_))));
        let cli = parse("uninstall --cluster prod-e1-1 --confirm prod-e1-1").unwrap();
        assert_eq!(cli.mode(), Mode::Run);
    }
}

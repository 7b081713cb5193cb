//! The command line. Whatever a CronJob passes always can also come from the environment.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use common::process::{CommandLine, DriftArgs, GatewayArgs, ProcessArgs};
use common::report::Mode;
use common::secret::{self, SecretString};

use crate::pin::Reference;

/// Brings upstream Grafana dashboards to a repository and to every cluster
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
Exit status: 0 done, or nothing to do; 1 something did not answer, run again; 2 flags, configuration, \
pin or repository; 3 a person must look: hand edit, foreign owner, a guard, a dashboard that cannot be \
written; 4 credentials or permissions; 5 something was written and the rest could not be. \
`explain CODE` tells what to do about each.";

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Show what `apply` would do; changes nothing
    Plan(PlanArgs),
    /// Bring every target to the pin: what the CronJob runs
    Apply(ApplyArgs),
    /// Show how dashboards differ, panel by panel: targets from the pin, or one reference from another
    Diff(DiffArgs),
    /// Check dashboards of a folder, or those of the pin
    Check(CheckArgs),
    /// Show what changes with another upstream reference, and write it into the configuration
    Pin(PinArgs),
    /// Take over files and ConfigMaps that hold exactly what upstream has
    Adopt(AdoptArgs),
    /// Say what a code means and what to do about it
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

/// Form of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DiffOutput {
    /// For a terminal
    Text,
    /// For a pull request
    Markdown,
    /// For programs; one document
    Json,
}

/// How much of a difference is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Detail {
    /// One line for each dashboard
    Summary,
    /// Every changed panel, with its expressions
    Panels,
    /// Layout and options too
    Everything,
}

/// What every command needs that looks at the world.
#[derive(Debug, Clone, Args)]
pub struct ConfigArgs {
    /// The configuration file
    #[arg(long, env = "CONFIG_FILE", value_name = "FILE")]
    pub config: PathBuf,
}

/// In which form a command prints.
#[derive(Debug, Clone, Copy, Args)]
pub struct OutputArgs {
    /// Form of the report
    #[arg(short, long, default_value = "text", value_name = "FORMAT")]
    pub output: Output,
}

/// Which targets are meant.
#[derive(Debug, Clone, Default, Args)]
pub struct TargetArgs {
    /// Only this target: `files`, or the name of a cluster [default: all that are configured]
    #[arg(long, value_name = "TARGET")]
    pub only: Vec<String>,
}

/// What a person allows.
#[derive(Debug, Clone, Default, Args)]
pub struct OrderArgs {
    /// Overwrite the hand edit of this dashboard; `all` for every one
    #[arg(long, value_name = "NAME")]
    pub restore: Vec<String>,

    /// Remove up to N dashboards, more than may go unasked
    #[arg(long, value_name = "N")]
    pub allow_removals: Option<usize>,

    /// Delete immutable ConfigMaps and make them again
    #[arg(long)]
    pub replace_immutable: bool,

    /// Write into a repository that has changes which are not committed
    #[arg(long)]
    pub allow_dirty: bool,
}

/// What `plan` takes.
#[derive(Debug, Clone, Args)]
pub struct PlanArgs {
    /// From where
    #[command(flatten)]
    pub source: ConfigArgs,

    /// To where
    #[command(flatten)]
    pub targets: TargetArgs,

    /// As if it were allowed
    #[command(flatten)]
    pub orders: OrderArgs,

    /// End with 3 when anything would be written
    #[arg(long)]
    pub exit_code: bool,

    /// In which form
    #[command(flatten)]
    pub form: OutputArgs,
}

/// What `apply` takes.
#[derive(Debug, Clone, Args)]
pub struct ApplyArgs {
    /// From where
    #[command(flatten)]
    pub source: ConfigArgs,

    /// To where
    #[command(flatten)]
    pub targets: TargetArgs,

    /// What is allowed
    #[command(flatten)]
    pub orders: OrderArgs,

    /// Print the plan and change nothing
    #[arg(long)]
    pub dry_run: bool,

    /// How it ends
    #[command(flatten)]
    pub drift: DriftArgs,

    /// Where its metrics go
    #[command(flatten)]
    pub gateway: GatewayArgs,

    /// In which form
    #[command(flatten)]
    pub form: OutputArgs,
}

/// What `diff` takes.
#[derive(Debug, Clone, Args)]
pub struct DiffArgs {
    /// From where
    #[command(flatten)]
    pub source: ConfigArgs,

    /// The older side: a commit, tag, branch, or a file with upstream's dashboards [default: what each
    /// target holds]
    #[arg(value_name = "OLD")]
    pub old: Option<String>,

    /// The newer side [default: the pin]
    #[arg(value_name = "NEW", requires = "old")]
    pub new: Option<String>,

    /// To where
    #[command(flatten)]
    pub targets: TargetArgs,

    /// How much
    #[arg(long, default_value = "panels", value_name = "DETAIL")]
    pub detail: Detail,

    /// End with 3 when there is a difference
    #[arg(long)]
    pub exit_code: bool,

    /// Form of the difference
    #[arg(short, long, default_value = "text", value_name = "FORMAT")]
    pub output: DiffOutput,
}

/// What `check` takes.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    /// A folder with dashboards; no configuration is needed then [default: those of the pin]
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,

    /// The configuration file
    #[arg(
        long,
        env = "CONFIG_FILE",
        value_name = "FILE",
        required_unless_present = "folder"
    )]
    pub config: Option<PathBuf>,

    /// Base URL of a Prometheus behind the dashboards: names the metrics that it does not have
    #[arg(long, value_name = "URL", hide_env_values = true, value_parser = secret::parse)]
    pub prometheus: Vec<SecretString>,

    /// Show findings for information too
    #[arg(long)]
    pub all: bool,

    /// In which form
    #[command(flatten)]
    pub form: OutputArgs,
}

/// What `pin` takes.
#[derive(Debug, Clone, Args)]
pub struct PinArgs {
    /// From where
    #[command(flatten)]
    pub source: ConfigArgs,

    /// The new commit, tag or branch
    #[arg(value_name = "REF")]
    pub reference: Reference,

    /// Write commit and digest into the configuration file; nothing else of it is touched
    #[arg(long)]
    pub write: bool,

    /// How much of the difference
    #[arg(long, default_value = "panels", value_name = "DETAIL")]
    pub detail: Detail,

    /// Form of the difference
    #[arg(short, long, default_value = "text", value_name = "FORMAT")]
    pub output: DiffOutput,
}

/// What `adopt` takes.
#[derive(Debug, Clone, Args)]
pub struct AdoptArgs {
    /// From where
    #[command(flatten)]
    pub source: ConfigArgs,

    /// Dashboards by name; `all` for every one that can be
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,

    /// A file with upstream's dashboards of another time, whose texts are known too
    #[arg(long, value_name = "FILE")]
    pub known: Vec<PathBuf>,

    /// To where
    #[command(flatten)]
    pub targets: TargetArgs,

    /// Print what would be taken over and change nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Write into a repository that has changes which are not committed
    #[arg(long)]
    pub allow_dirty: bool,

    /// In which form
    #[command(flatten)]
    pub form: OutputArgs,
}

/// What `explain` takes.
#[derive(Debug, Clone, Args)]
pub struct ExplainArgs {
    /// A code such as hand-edit, or of a finding such as panel-id-twice [default: all of them]
    #[arg(value_name = "CODE")]
    pub code: Option<String>,
}

impl CommandLine for Cli {
    fn process(&self) -> &ProcessArgs {
        &self.process
    }

    fn mode(&self) -> Mode {
        match &self.command {
            Command::Plan(_)
            | Command::Diff(_)
            | Command::Check(_)
            | Command::Explain(_)
            | Command::Apply(ApplyArgs { dry_run: true, .. })
            | Command::Adopt(AdoptArgs { dry_run: true, .. })
            | Command::Pin(PinArgs { write: false, .. }) => Mode::Plan,
            Command::Apply(_) | Command::Adopt(_) | Command::Pin(_) => Mode::Run,
        }
    }

    fn gateway(&self) -> Option<&SecretString> {
        match &self.command {
            Command::Apply(apply) if !apply.dry_run => apply.gateway.pushgateway.as_ref(),
            Command::Apply(_)
            | Command::Plan(_)
            | Command::Diff(_)
            | Command::Check(_)
            | Command::Explain(_)
            | Command::Adopt(_)
            | Command::Pin(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(words: &[&str]) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(["sync-dashboards"].iter().chain(words))
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn only_what_writes_is_a_run() {
        for (words, mode) in [
            (&["plan"][..], Mode::Plan),
            (&["apply"], Mode::Run),
            (&["apply", "--dry-run"], Mode::Plan),
            (&["diff", "v0.17.0"], Mode::Plan),
            (&["check"], Mode::Plan),
            (&["pin", "main"], Mode::Plan),
            (&["pin", "main", "--write"], Mode::Run),
            (&["adopt", "all"], Mode::Run),
        ] {
            let cli = parse(&[words, &["--config", "f"]].concat()).unwrap();
            assert_eq!(cli.mode(), mode, "{words:?}");
        }
    }

    #[test]
    fn a_folder_is_checked_without_a_configuration_and_a_reference_is_no_flag() {
        assert!(parse(&["check", "dashboards"]).is_ok());
        assert!(parse(&["pin", "--config", "f", "a..b"]).is_err());
        assert!(parse(&["apply", "--config", "f", "--drift-exit-code", "1"]).is_err());
    }
}

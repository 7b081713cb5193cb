//! The command line. Whatever a CronJob passes always can also come from the environment.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use common::process::{CommandLine, GatewayArgs, ProcessArgs};
use common::report::Mode;
use common::secret::SecretString;

use crate::key::AccessKeyId;

/// Rotates the access key behind Alertmanager's e-mail, so that mail works at every instant
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
Exit status: 0 done, waiting, or skipped because another run is at work; 1 something did not answer, \
run again; 2 flags, configuration or secret; 3 a person must look; 4 credentials or permissions; \
5 something was written and is not proven. `explain CODE` tells what to do about each.

AWS credentials, region and endpoints come from the standard AWS environment variables and profiles.";

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Show the next step, its guard, and what lies ahead; changes nothing
    Plan(PlanArgs),
    /// Go as far as it safely can: what the CronJob runs
    Apply(ApplyArgs),
    /// Show on one screen where the rotation stands; changes nothing
    Status(StatusArgs),
    /// Say why the next step is what it is, or what a code, a row, a step or a phase means
    Explain(ExplainArgs),
    /// Go back to an older key that still exists; the newer one is retired
    Rollback(RollbackArgs),
    /// Take a key for ours that is not, so that it is retired
    Adopt(AdoptArgs),
    /// Give up a rotation whose new pair is not current yet
    Abort(PersonArgs),
    /// Acknowledge what a person did: a rollback, or a key that was activated again
    Resume(PersonArgs),
    /// Stop the rotation until `unhold`, also a run that is at work; mail goes on
    Hold(PersonArgs),
    /// Let the rotation go on
    Unhold(PersonArgs),
    /// Make the first pair of a secret that has none
    Init(PersonArgs),
}

/// Form of the data on stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people
    Text,
    /// For programs; one document
    Json,
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

/// What `plan` takes.
#[derive(Debug, Clone, Args)]
pub struct PlanArgs {
    /// From where
    #[command(flatten)]
    pub source: ConfigArgs,

    /// Also ask the mail server what the decision depends on: logins, and one mail to a mailbox that
    /// nobody reads
    #[arg(long)]
    pub probe: bool,

    /// End with 3 when a step is due or a person must look
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

    /// Make at most this many changes, then end; a later run goes on
    #[arg(long, value_name = "N")]
    pub max_steps: Option<usize>,

    /// Rotate now, whatever the key's age
    #[arg(long)]
    pub force_age: bool,

    /// Where its metrics go
    #[command(flatten)]
    pub gateway: GatewayArgs,

    /// In which form
    #[command(flatten)]
    pub form: OutputArgs,
}

/// What `status` takes.
#[derive(Debug, Clone, Args)]
pub struct StatusArgs {
    /// From where
    #[command(flatten)]
    pub source: ConfigArgs,

    /// In which form
    #[command(flatten)]
    pub form: OutputArgs,
}

/// What `explain` takes.
#[derive(Debug, Clone, Args)]
pub struct ExplainArgs {
    /// A code such as foreign-key, a row such as 22, a step such as deactivate, a phase such as
    /// soak, or `diagram` [default: the decision that a run would take now]
    #[arg(value_name = "WORD")]
    pub word: Option<String>,

    /// The configuration file; needed without WORD only
    #[arg(
        long,
        env = "CONFIG_FILE",
        value_name = "FILE",
        required_unless_present = "word"
    )]
    pub config: Option<PathBuf>,

    /// In which form
    #[command(flatten)]
    pub form: OutputArgs,
}

/// What `rollback` takes.
#[derive(Debug, Clone, Args)]
pub struct RollbackArgs {
    /// From where
    #[command(flatten)]
    pub person: PersonArgs,

    /// The key to go back to
    #[arg(long, value_name = "AKID")]
    pub to: AccessKeyId,
}

/// What `adopt` takes.
#[derive(Debug, Clone, Args)]
pub struct AdoptArgs {
    /// From where
    #[command(flatten)]
    pub person: PersonArgs,

    /// The key
    #[arg(value_name = "AKID")]
    pub key: AccessKeyId,

    /// Its last four characters once more, read by a second person
    #[arg(long, value_name = "LAST4")]
    pub confirm: String,
}

/// What every command of a person takes.
#[derive(Debug, Clone, Args)]
pub struct PersonArgs {
    /// From where
    #[command(flatten)]
    pub source: ConfigArgs,

    /// In which form
    #[command(flatten)]
    pub form: OutputArgs,
}

impl CommandLine for Cli {
    fn process(&self) -> &ProcessArgs {
        &self.process
    }

    fn mode(&self) -> Mode {
        match self.command {
            Command::Plan(_) | Command::Status(_) | Command::Explain(_) => Mode::Plan,
            Command::Apply(_)
            | Command::Rollback(_)
            | Command::Adopt(_)
            | Command::Abort(_)
            | Command::Resume(_)
            | Command::Hold(_)
            | Command::Unhold(_)
            | Command::Init(_) => Mode::Run,
        }
    }

    fn gateway(&self) -> Option<&SecretString> {
        match &self.command {
            Command::Apply(apply) => apply.gateway.pushgateway.as_ref(),
            Command::Plan(_)
            | Command::Status(_)
            | Command::Explain(_)
            | Command::Rollback(_)
            | Command::Adopt(_)
            | Command::Abort(_)
            | Command::Resume(_)
            | Command::Hold(_)
            | Command::Unhold(_)
            | Command::Init(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(words: &[&str]) -> Result<Cli, clap::Error> {
        let words = ["rotate-credentials"].iter().chain(words);
        Cli::try_parse_from(words)
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn what_shows_something_is_a_plan_and_what_a_person_orders_is_a_run() {
        let key = "AKIAIOSFODNN7EXAMPLE";
        for words in [&["plan"][..], &["status"], &["explain"]] {
            let cli = parse(&[words, &["--config", "f"]].concat()).unwrap();
            assert_eq!(cli.mode(), Mode::Plan, "{words:?}");
        }
        for words in [
            &["apply"][..],
            &["rollback", "--to", key],
            &["adopt", key, "--confirm", "MPLE"],
            &["abort"],
            &["resume"],
            &["hold"],
            &["unhold"],
            &["init"],
        ] {
            let cli = parse(&[words, &["--config", "f"]].concat()).unwrap();
            assert_eq!(cli.mode(), Mode::Run, "{words:?}");
        }
    }

    #[test]
    fn a_word_is_explained_without_a_configuration() {
        assert!(parse(&["explain", "foreign-key"]).is_ok());
        assert!(parse(&["adopt", "AKIAIOSFODNN7EXAMPLE", "--config", "f"]).is_err());
        let not_a_key = parse(&["rollback", "--config", "f", "--to", "AKIA"]).unwrap_err();
        assert!(not_a_key.to_string().contains("not an access key id"));
    }
}

//! Installs the monitoring of a cluster, and says what it lacks.
//!
//! An installation is a look, a plan and effects under a lock:
//!
//! ```text
//! files (installation) ─▶ target (pinned) ─▶ look (reads only) ─▶ plan ─▶ session (one effect after another)
//!                                              helm, objects,      └─ `--plan` prints the same value
//!                                              release, secret
//! ```
//!
//! [`verdict`] is the table of everything that can be found wrong.

pub mod address;
pub mod cli;
pub mod commands;
pub mod credentials;
pub mod doctor;
pub mod helm;
pub mod installation;
pub mod lock;
pub mod look;
pub mod manifest;
pub mod mend;
pub mod migration;
pub mod objects;
pub mod person;
pub mod plan;
pub mod release;
pub mod report;
pub mod screen;
pub mod secret;
pub mod seen;
pub mod session;
pub mod stack;
pub mod status;
pub mod target;
pub mod verdict;

use common::fault::Failure;
use common::process::Context;
use common::report::Conclusion;

use cli::{Cli, Command, InstallArgs};

/// Runs the command that the command line names.
///
/// # Errors
/// When the command fails as a whole.
pub async fn run(cli: Cli, context: Context) -> Result<Conclusion, Failure> {
    let ended = Box::pin(command(&cli, &context)).await;
    ended.map_err(person::failed)
}

async fn command(cli: &Cli, context: &Context) -> Result<Conclusion, Failure> {
    match (&cli.command, &cli.install) {
        (None, Some(args)) => commands::install::install(args, context).await,
        (Some(_), Some(args)) => Err(both(args)),
        (None, None) => Err(verdict::USAGE.because("no cluster is named").into()),
        (Some(command), None) => match command {
            Command::Doctor(args) => commands::doctor::doctor(args, context).await,
            Command::Status(args) => commands::status::status(args, context).await,
            Command::Uninstall(args) => commands::uninstall::uninstall(args, context).await,
            Command::Rollback(args) => commands::rollback::rollback(args, context).await,
            Command::Migrate(args) => Box::pin(commands::migrate::migrate(args, context)).await,
            Command::Grafana(args) => commands::grafana::grafana(args, context).await,
        },
    }
}

fn both(args: &InstallArgs) -> Failure {
    let text = format!("`--cluster {}` stands before a command", args.cluster);
    let mut trouble = verdict::USAGE.because(text);
    trouble.hint = Some("write the command first, then its flags".to_owned());
    trouble.into()
}

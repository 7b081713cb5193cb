//! Installs the monitoring of a cluster, and says what it lacks.

pub mod cli;
pub mod commands;

use common::fault::Failure;
use common::process::Context;
use common::report::Conclusion;

use cli::{Cli, Command};

/// Runs the command that the command line names.
///
/// # Errors
/// When the command fails as a whole.
pub async fn run(cli: Cli, context: Context) -> Result<Conclusion, Failure> {
    match &cli.command {
        Command::Doctor(args) => commands::doctor::doctor(args, &context).await,
        Command::Status(args) => commands::status::status(args, &context).await,
    }
}

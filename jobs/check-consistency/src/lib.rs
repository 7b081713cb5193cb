//! Tells where the clusters' monitoring configuration differs, and never takes 'could not look' for
//! 'equal'.
//!
//! A run goes one way, and the modules are named after its stations:
//!
//! ```text
//! observe ──▶ merge ──▶ observe::details ──▶ normalise ──▶ compare ──▶ declared ──┐
//! (pages to    (who has   (only what differs,  (equal        (fields    (what is   │
//!  digests)     what)      in full)             meanings)     by path)   meant)    ▼
//!                                  live (what runs) ───────────────────────────▶ Survey
//!                                                                                  │
//!                           report (text, Markdown, JSON, HTML, metrics) ◀── state ┘
//!                                                                       (since when)
//! ```
//!
//! [`check`] joins the stations to one look. Only `observe`, `live` and `state` talk to servers. What passes between the stations: [`object`] (kinds
//! and names), [`path`] and [`node`] (an object in normal form), [`difference`] (a field that differs),
//! [`finding`] (what is found out about an object), [`survey`] (all of it). [`secret`] keeps what nobody
//! may see, [`schema`] knows what the servers fill in, [`verdict`] is the table of everything that this
//! job can find wrong.

pub mod check;
pub mod cli;
pub mod commands;
pub mod compare;
pub mod config;
pub mod declared;
pub mod difference;
pub mod finding;
pub mod live;
pub mod node;
pub mod normalise;
pub mod object;
pub mod observe;
pub mod path;
pub mod report;
pub mod schema;
pub mod secret;
pub mod state;
pub mod survey;
#[cfg(test)]
mod testing;
pub mod verdict;

use common::fault::Failure;
use common::process::Context;
use common::report::Conclusion;

use cli::{Cli, Command, ConfigCommand};

/// Runs the command that the command line names.
///
/// # Errors
/// When the command fails as a whole.
pub async fn run(cli: Cli, context: Context) -> Result<Conclusion, Failure> {
    match &cli.command {
        Command::Run(args) => commands::run::run(args, &context).await,
        Command::Explain(args) => commands::explain::explain(args, &context).await,
        Command::Config(ConfigCommand::Check(args)) => commands::config::check(args),
        Command::Init(args) => commands::init::init(args, &context).await,
        Command::Cluster(args) => commands::cluster::cluster(args, &context).await,
    }
}

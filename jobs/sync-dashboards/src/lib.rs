//! Brings upstream Grafana dashboards to a repository and to every cluster.
//!
//! A run goes one way, and the modules are named after its stations:
//!
//! ```text
//! upstream ──▶ bundle ──▶ transform ──▶ validate ──▶ Desired ──┬─▶ target::files
//! (bytes that   (keys and   (configured    (what would   one set  │
//!  match a pin)  texts)      changes)       break Grafana)         └─▶ target::clusters
//! ```
//!
//! Each target observes, decides in a pure function, and acts; [`target`] has what they share: states,
//! actions, and the guards of removal. What is decided can be printed ([`report`]) without acting.
//!
//! What passes between them: [`key`], [`digest`], [`pin`], [`dashboard`] (a text and its facts),
//! [`finding`] (what a check says), [`desired`] (the wanted set). [`diff`] tells people how two versions
//! of a dashboard differ, [`promql`] reads the expressions in it. [`verdict`] is the table of everything
//! that this job can find wrong.

pub mod bundle;
pub mod cli;
pub mod commands;
pub mod config;
pub mod dashboard;
pub mod desired;
pub mod diff;
pub mod digest;
pub mod finding;
pub mod key;
pub mod pin;
pub mod prepare;
pub mod prometheus;
pub mod promql;
pub mod report;
pub mod sync;
pub mod target;
pub mod transform;
pub mod upstream;
pub mod validate;
pub mod verdict;

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
        Command::Plan(args) => commands::apply::plan(args, &context).await,
        Command::Apply(args) => commands::apply::apply(args, &context).await,
        Command::Diff(args) => commands::diff::diff(args, &context).await,
        Command::Check(args) => commands::check::check(args, &context).await,
        Command::Pin(args) => commands::pin::pin(args, &context).await,
        Command::Adopt(args) => commands::adopt::adopt(args, &context).await,
        Command::Explain(args) => commands::explain::explain(args),
    }
}

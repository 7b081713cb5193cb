//! Reads CloudWatch and pushes to a Prometheus Pushgateway, with `cloudwatch_exporter`'s
//! configuration and names.
//!
//! Data flows one way, and the modules are named after its stations:
//!
//! ```text
//! cli + config ─▶ observe (rules → metrics) ─▶ plan (metrics → calls) ─▶ fetch (calls → newest values)
//!       ─▶ families (values → series) ─▶ push (series → Pushgateway, read back) ─▶ report
//! ```
//!
//! [`commands`] has one file a command; [`commands::run`] is the whole chain. [`source`] is what the
//! commands share of it: configuration, clients and "now", and the steps from `observe` to `fetch`.
//!
//! What passes between the stations: [`metric`] is a CloudWatch metric, [`rule_fault`] is why a rule
//! could not be read, [`rule_label`] is what a rule is called in our own metrics, [`naming`] is what
//! its series are called.

pub mod cli;
pub mod commands;
pub mod config;
pub mod families;
pub mod fetch;
pub mod metric;
pub mod naming;
pub mod observe;
pub mod plan;
pub mod push;
pub mod report;
pub mod rule_fault;
pub mod rule_label;
pub mod source;

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
        Command::Lint(args) => commands::lint::lint(args),
        Command::Plan(args) => commands::plan::plan(args, &context).await,
        Command::Fetch(args) => commands::fetch::fetch(args, &context).await,
        Command::Run(args) => commands::run::run(args, &context).await,
        Command::Explain(args) => commands::explain::explain(args, &context).await,
    }
}

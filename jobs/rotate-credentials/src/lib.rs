//! Rotates the access key behind Alertmanager's e-mail, so that mail works at every instant.
//!
//! A run is a loop, and the modules are named after its stations:
//!
//! ```text
//! outside ─▶ observe (reads → World) ─▶ plan (World → one next step) ─▶ guard (proof for it)
//!    ▲                                                                          │
//!    └──────────────── apply (exactly that step), then look again ◀─────────────┘
//! ```
//!
//! [`engine`] is that loop, [`outside`] everything that is read and changed.
//!
//! [`plan`] is a pure function and holds the whole decision as one table; [`guard`] makes the proofs
//! without which `apply` cannot be called; [`world`] is what both decide on, and [`facts`] the words
//! in which they speak of it. [`verdict`] is the table of everything that can be found wrong.
//!
//! What passes between them: [`key`], [`pair`], [`version`], [`document`] (the secret's text),
//! [`marks`] (the user's tags by which we know our own keys again), [`step`] (every effect there is),
//! [`wanted`] (what Alertmanager is to be configured with).
//!
//! Around it: [`cli`] and [`config`] say what is asked for, [`commands`] has one file a command, and
//! [`report`] is what people and programs are shown. [`live`] is the world as it is.

pub mod cli;
pub mod commands;
pub mod config;
pub mod document;
pub mod engine;
pub mod facts;
pub mod guard;
pub mod hardening;
pub mod key;
pub mod live;
pub mod marks;
pub mod observe;
pub mod outside;
pub mod pair;
pub mod plan;
pub mod policy;
pub mod report;
#[cfg(test)]
mod sample;
pub mod smtp;
pub mod step;
pub mod verdict;
pub mod version;
pub mod wanted;
pub mod world;

use common::fault::Failure;
use common::process::Context;
use common::report::Conclusion;

use cli::{Cli, Command};

/// Runs the command that the command line names.
///
/// # Errors
/// When the command fails as a whole.
pub async fn run(cli: Cli, context: Context) -> Result<Conclusion, Failure> {
    hardening::tell();
    match &cli.command {
        Command::Plan(args) => commands::plan::plan(args, &context).await,
        Command::Apply(args) => commands::apply::apply(args, &context).await,
        Command::Status(args) => commands::status::status(args, &context).await,
        Command::Explain(args) => commands::explain::explain(args, &context).await,
        Command::Rollback(args) => commands::request::rollback(args, &context).await,
        Command::Adopt(args) => commands::request::adopt(args, &context).await,
        Command::Abort(args) => commands::request::abort(args, &context).await,
        Command::Resume(args) => commands::request::resume(args, &context).await,
        Command::Hold(args) => commands::hold::hold(args, &context).await,
        Command::Unhold(args) => commands::hold::unhold(args, &context).await,
        Command::Init(args) => commands::init::init(args, &context).await,
    }
}

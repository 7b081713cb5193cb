//! `cargo bench-peers`.

use std::process::ExitCode;

use clap::Parser as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    bench::run(&bench::Cli::parse()).await
}

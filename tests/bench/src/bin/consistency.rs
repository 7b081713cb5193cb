//! `cargo bench-consistency`.

use std::process::ExitCode;

use clap::Parser as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<ExitCode> {
    bench::consistency::run(&bench::consistency::Cli::parse()).await
}

//! `cargo bench-dashboards`.

use clap::Parser as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    bench::dashboards::run(&bench::dashboards::Cli::parse()).await
}

//! Brings upstream Grafana dashboards to a repository and to every cluster.

fn main() -> std::process::ExitCode {
    common::process::main(
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_VERSION"),
        sync_dashboards::run,
    )
}

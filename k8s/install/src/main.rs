//! Installs the monitoring of a cluster, and says what it lacks.

fn main() -> std::process::ExitCode {
    common::process::main(
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_VERSION"),
        install_monitoring::run,
    )
}

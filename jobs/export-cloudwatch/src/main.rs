//! Reads CloudWatch and pushes to a Prometheus Pushgateway.

fn main() -> std::process::ExitCode {
    common::process::main(
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_VERSION"),
        export_cloudwatch::run,
    )
}

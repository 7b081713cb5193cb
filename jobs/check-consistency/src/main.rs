//! Tells where the clusters' monitoring configuration differs.

fn main() -> std::process::ExitCode {
    common::process::main(
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_VERSION"),
        check_consistency::run,
    )
}

//! Rotates the access key behind Alertmanager's e-mail.

fn main() -> std::process::ExitCode {
    rotate_credentials::hardening::harden();
    common::process::main(
        env!("CARGO_PKG_NAME"),
        env!("CARGO_PKG_VERSION"),
        rotate_credentials::run,
    )
}

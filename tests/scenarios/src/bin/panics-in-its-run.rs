//! The rotation's process with a bug in it: for scenarios about how a panic ends.

use common::process::Context;
use common::report::Conclusion;
use rotate_credentials::cli::Cli;

fn main() -> std::process::ExitCode {
    common::process::main("rotate-credentials", env!("CARGO_PKG_VERSION"), run)
}

#[expect(clippy::panic, reason = "it is what this program is for")]
async fn run(_cli: Cli, _context: Context) -> Result<Conclusion, common::fault::Failure> {
    panic!("nothing is well")
}

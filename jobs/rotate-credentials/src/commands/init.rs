//! `init`: placeholder while the rest is compiled.
use crate::cli::PersonArgs;
use common::fault::Failure;
use common::process::Context;
use common::report::Conclusion;
/// Runs the command.
pub async fn init(_args: &PersonArgs, _context: &Context) -> Result<Conclusion, Failure> {
    Err(crate::verdict::NOT_POSSIBLE.because("`init` cannot be run yet").into())
}

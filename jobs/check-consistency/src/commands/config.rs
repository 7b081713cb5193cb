//! `config check`: whether a configuration can be used, without asking anybody.

use common::fault::Failure;
use common::output::print;
use common::report::Conclusion;

use crate::cli::ConfigCheckArgs;
use crate::config::Config;

/// Checks a file.
///
/// # Errors
/// With everything that is wrong in the file, or when stdout cannot be written.
pub fn check(args: &ConfigCheckArgs) -> Result<Conclusion, Failure> {
    let (config, warnings) = Config::read(&args.source.config)?;
    for warning in warnings.iter() {
        tracing::warn!("{warning}");
    }
    let kinds = config.families.len();
    let (clusters, rules) = (config.clusters.len(), config.rules.len());
    print(|out| {
        writeln!(
            out,
            "{}: {clusters} clusters, {kinds} kinds of objects, {rules} declared differences",
            args.source.config.display()
        )
    })?;
    Ok(Conclusion::done(0))
}

//! `lint`: checks a configuration file, offline.

use common::fault::Failure;
use common::report::Conclusion;
use common::yaml::Problems;
use serde_json::{Value, json};

use super::output::{print, print_json};
use crate::cli::{LintArgs, Output, unknown_keys};
use crate::config::{Config, ConfigError};

/// Runs the command. What it finds goes to stdout; a file with errors is also an error of the run.
///
/// # Errors
/// When the file cannot be read or is not a valid configuration.
pub fn lint(args: &LintArgs) -> Result<Conclusion, Failure> {
    let loaded = Config::load(&args.file, unknown_keys(args.lax));
    if args.output == Output::Json {
        match &loaded {
            Ok((config, warnings)) => print_json(&document(args, config.rules.len(), warnings))?,
            Err(ConfigError::Invalid(invalid)) => {
                print_json(&document(args, 0, invalid.problems()))?;
            }
            Err(ConfigError::Read { .. }) => {}
        }
    }
    let (config, warnings) = loaded?;
    if args.output == Output::Text {
        print(|out| {
            for warning in warnings.iter() {
                writeln!(out, "{warning}\n")?;
            }
            let count =
                |count, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
            let (rules, found) = (config.rules.len(), warnings.len());
            let file = args.file.display();
            writeln!(
                out,
                "{file}: {}, {}, no errors",
                count(rules, "rule"),
                count(found, "warning")
            )
        })?;
    }
    Ok(Conclusion::done(0))
}

fn document(args: &LintArgs, rules: usize, problems: &Problems) -> Value {
    let problems = problems.iter().map(|problem| {
        json!({
            "severity": problem.severity.to_string(),
            "line": problem.line,
            "column": problem.column,
            "message": problem.message,
            "hint": problem.hint,
        })
    });
    json!({ "file": args.file, "rules": rules, "problems": problems.collect::<Vec<_>>() })
}

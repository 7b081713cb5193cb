//! `lint`: checks a configuration file, offline.

use std::path::PathBuf;

use common::exit::Exit;
use common::fault::{Failure, Fault, chain};
use common::output::{counted, print, print_json};
use common::report::Conclusion;
use common::yaml::Problems;
use serde_json::{Value, json};

use crate::cli::{LintArgs, Output, unknown_keys};
use crate::config::{Config, ConfigError};

/// The file has errors; which ones is on stdout.
#[derive(Debug, thiserror::Error)]
#[error("{} in {}", counted(*errors, "error"), file.display())]
struct Unusable {
    errors: usize,
    file: PathBuf,
}

impl Fault for Unusable {
    fn exit(&self) -> Exit {
        Exit::Config
    }

    fn code(&self) -> &'static str {
        "config-invalid"
    }

    /// Each error has its own.
    fn hint(&self) -> Option<String> {
        None
    }
}

/// Runs the command. What it finds goes to stdout, in text or as one document; a file that cannot
/// be used is also an error of the run.
///
/// # Errors
/// When the file cannot be read or is not a valid configuration.
pub fn lint(args: &LintArgs) -> Result<Conclusion, Failure> {
    let loaded = Config::load(&args.file, unknown_keys(args.lax));
    match args.output {
        Output::Json => print_json(&document(args, &loaded))?,
        Output::Text => print_text(args, &loaded)?,
    }
    match loaded {
        Ok(_) => Ok(Conclusion::done(0)),
        Err(ConfigError::Invalid(invalid)) => Err(Failure::from(Unusable {
            errors: invalid.problems().errors(),
            file: args.file.clone(),
        })),
        Err(error @ ConfigError::Read { .. }) => Err(error.into()),
    }
}

type Loaded = Result<(Config, Problems), ConfigError>;

fn print_text(args: &LintArgs, loaded: &Loaded) -> Result<(), Failure> {
    print(|out| match loaded {
        Ok((config, warnings)) => {
            for warning in warnings.iter() {
                writeln!(out, "{warning}\n")?;
            }
            writeln!(
                out,
                "{}: {}, {}, no errors",
                args.file.display(),
                counted(config.rules.len(), "rule"),
                counted(warnings.len(), "warning")
            )
        }
        Err(ConfigError::Invalid(invalid)) => writeln!(out, "{}", invalid.problems()),
        // There is nothing in it to find, and the error of the run says why.
        Err(ConfigError::Read { .. }) => Ok(()),
    })?;
    Ok(())
}

fn document(args: &LintArgs, loaded: &Loaded) -> Value {
    let (rules, problems) = match loaded {
        Ok((config, warnings)) => (config.rules.len(), entries(warnings)),
        Err(ConfigError::Invalid(invalid)) => (0, entries(invalid.problems())),
        Err(error @ ConfigError::Read { .. }) => {
            let problem = json!({
                "severity": "error",
                "line": null,
                "column": null,
                "message": chain(error),
                "hint": error.hint(),
            });
            (0, vec![problem])
        }
    };
    json!({ "file": args.file, "rules": rules, "problems": problems })
}

fn entries(problems: &Problems) -> Vec<Value> {
    let entry = |problem: &common::yaml::Problem| {
        json!({
            "severity": problem.severity.to_string(),
            "line": problem.line,
            "column": problem.column,
            "message": problem.message,
            "hint": problem.hint,
        })
    };
    problems.iter().map(entry).collect()
}

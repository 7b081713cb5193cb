//! Whole files in, rules or messages out.

use std::fmt::Write as _;

use super::{Config, ConfigError, Rule, UnknownKeys};

mod catalogue;
mod fuzz;
mod reading;

fn parse(text: &str) -> Result<(Config, common::yaml::Problems), ConfigError> {
    Config::parse("cloudwatch.yaml", text, UnknownKeys::Reject)
}

/// The only rule of a file that has no warnings.
fn rule(text: &str) -> Rule {
    let (mut config, warnings) = parse(text).unwrap_or_else(|error| panic!("{error}"));
    assert!(warnings.is_empty(), "{warnings}");
    assert_eq!(config.rules.len(), 1);
    config.rules.remove(0)
}

/// A file with one rule that has these further lines.
fn with(lines: &str) -> String {
    let head = "metrics:\n- aws_namespace: AWS/ES\n  aws_metric_name: Nodes\n".to_owned();
    lines
        .lines()
        .fold(head, |text, line| text + "  " + line + "\n")
}

/// What a person reads about each of the files.
fn read_aloud(files: impl IntoIterator<Item = String>, unknown: UnknownKeys) -> String {
    let mut out = String::new();
    for text in files {
        let outcome = match Config::parse("cloudwatch.yaml", &text, unknown) {
            Ok((_, warnings)) if warnings.is_empty() => "fine".to_owned(),
            Ok((_, warnings)) => warnings.to_string(),
            Err(ConfigError::Invalid(invalid)) => invalid.problems().to_string(),
            Err(error) => error.to_string(),
        };
        writeln!(out, "{outcome}\n────────").unwrap();
    }
    out
}

//! The configuration: `cloudwatch_exporter`'s YAML, read completely and checked before anything
//! else happens.
//!
//! A [`Config`] that exists is valid: names are present, numbers are in range, statistics and
//! patterns are ones that can be used. All mistakes of a file are reported at once. Nothing here
//! talks to AWS, and the keys by which this exporter will one day go further than
//! `cloudwatch_exporter` are refused, not ignored.

use std::path::Path;

use common::config_file;
pub use common::config_file::ConfigError;
use common::yaml::{Cursor, Dialect, Document, Problem, Problems};

mod java_regex;
mod keys;
mod lint;
mod list;
mod rule;
mod select;
mod settings;
mod statistic;
mod tag_select;

use keys::Level;
use settings::Settings;

pub use java_regex::{JavaRegex, JavaRegexError};
pub use rule::{Rule, RuleNumber};
pub use select::Select;
pub use statistic::Statistic;
pub use tag_select::TagSelect;

/// A valid configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// AWS region for every rule; absent: whatever the AWS SDK finds.
    pub region: Option<String>,
    /// Role to assume for every rule; absent: the process's own credentials.
    pub role_arn: Option<String>,
    /// Rules in file order, identical ones once. May be empty.
    pub rules: Vec<Rule>,
}

/// What to do about a key that nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnknownKeys {
    /// An error: it is most likely a misspelt one.
    Reject,
    /// A warning: `--lax`, for files that rely on `cloudwatch_exporter` ignoring such keys.
    Warn,
}

impl Config {
    /// Reads and checks a file. The second value holds warnings.
    pub fn load(path: &Path, unknown: UnknownKeys) -> Result<(Self, Problems), ConfigError> {
        let text = config_file::read(path)?;
        Self::parse(&path.display().to_string(), &text, unknown)
    }

    /// Checks the text of a file; `file` is its name in messages. The second value holds warnings.
    pub fn parse(
        file: &str,
        text: &str,
        unknown: UnknownKeys,
    ) -> Result<(Self, Problems), ConfigError> {
        let document = Document::parse(file, text, Dialect::Yaml11)?;
        let config = read(&document, unknown);
        Ok((config, document.finish()?))
    }
}

/// Reads what can be read. Whatever is missing from the result has been reported as an error.
fn read(document: &Document, unknown: UnknownKeys) -> Config {
    let mut config = Config {
        region: None,
        role_arn: None,
        rules: Vec::new(),
    };
    let root = document.root();
    if root.is_null() {
        root.report(missing_metrics(&root, "the file is empty"));
        return config;
    }
    let Some(mut fields) = root.fields() else {
        return config;
    };
    config.region = fields.get("region").and_then(|region| list::name(&region));
    config.role_arn = fields.get("role_arn").and_then(|role| role_arn(&role));
    let settings = Settings::default().read(&mut fields);
    match fields.get_or_null("metrics") {
        Some(metrics) => config.rules = rules(document, &metrics, settings, unknown),
        None if keys::misspelt("metrics", &fields, unknown) => {}
        None => root.report(missing_metrics(&root, "the file has no such key")),
    }
    keys::check(Level::File, &fields, unknown);
    config
}

/// `arn:PARTITION:iam::ACCOUNT:role/PATH`, as far as every partition agrees on it.
fn role_arn(cursor: &Cursor<'_>) -> Option<String> {
    let name = list::name(cursor)?;
    let role = name
        .strip_prefix("arn:")
        .and_then(|rest| rest.split_once(":role/"));
    if role.is_some_and(|(account, path)| !account.is_empty() && !path.is_empty()) {
        return Some(name);
    }
    let problem = cursor.problem(format_args!("is not the ARN of a role: `{name}`"));
    cursor.report(problem.hint("write it like arn:aws:iam::123456789012:role/NAME"));
    None
}

fn rules(
    document: &Document,
    metrics: &Cursor<'_>,
    settings: Settings,
    unknown: UnknownKeys,
) -> Vec<Rule> {
    let Some(items) = metrics.items() else {
        return Vec::new();
    };
    if items.is_empty() {
        let message = "`metrics` is empty: nothing will be read from CloudWatch";
        metrics.report(Problem::warning(metrics.position(), message));
    }
    let read = |(item, number): (&Cursor<'_>, _)| {
        let rule = rule::read(document, item, RuleNumber::new(number), settings, unknown)?;
        Some((rule, item.position()))
    };
    lint::merge_identical(items.iter().zip(1..).filter_map(read).collect(), document)
}

fn missing_metrics(root: &Cursor<'_>, why: &str) -> Problem {
    Problem::error(root.position(), format!("Must provide metrics: {why}"))
        .hint("write `metrics:` and below it one item a rule, or `metrics: []`")
}

#[cfg(test)]
mod tests;

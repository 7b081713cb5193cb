//! The configuration: `cloudwatch_exporter`'s YAML, read completely and checked before anything
//! else happens.
//!
//! A [`Config`] that exists is valid: names are present, numbers are in range, statistics and
//! patterns are ones that can be used. Nothing here talks to AWS.

mod java_regex;
mod rule;
mod statistic;
mod tag_select;

pub use java_regex::{JavaRegex, JavaRegexError};
pub use rule::{Rule, RuleNumber, Select};
pub use statistic::Statistic;
pub use tag_select::TagSelect;

/// A valid configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// AWS region for every rule; absent: whatever the AWS SDK finds.
    pub region: Option<String>,
    /// Role to assume for every rule; absent: the process's own credentials.
    pub role_arn: Option<String>,
    /// Rules in file order. May be empty.
    pub rules: Vec<Rule>,
}

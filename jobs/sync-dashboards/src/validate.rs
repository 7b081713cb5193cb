//! What would break a dashboard, the others beside it or those who look at it: found before anything is
//! written. Pure; [`codes`] is the table of all findings.

pub mod codes;
pub mod collisions;
mod content;
mod datasource;
mod expressions;
mod identity;
pub mod links;
pub mod metrics;
mod panels;
mod texts;
mod variables;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::dashboard::{Dashboard, panels as found};
use crate::finding::Finding;

pub use collisions::{Collision, Identity, set};
pub use links::links;
pub use metrics::{MissingMetrics, missing};

/// What the checks are to insist on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Greatest `schemaVersion` that the Grafana in use knows.
    pub max_schema_version: Option<u64>,
    /// Whether an expression that does not parse is an error, as it is for dashboards of our own; a
    /// warning otherwise.
    pub strict_expressions: bool,
    /// Largest text of a dashboard, in bytes.
    pub size_limit: usize,
    /// Names and uids of the data sources that exist. Empty: do not insist on names.
    pub data_sources: BTreeSet<String>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            max_schema_version: None,
            strict_expressions: false,
            size_limit: 512 * 1024,
            data_sources: BTreeSet::new(),
        }
    }
}

/// Checks one dashboard by itself; `value` is what its text says.
pub fn one(dashboard: &Dashboard, value: &Value, rules: &Rules) -> Vec<Finding> {
    if let Some(finding) = identity::unsupported(value) {
        return vec![finding];
    }
    let panels = found::all(value);
    let declared = variables::Declared::of(value);
    let mut findings = identity::check(dashboard, value, rules);
    findings.extend(panels::check(value, &panels));
    findings.extend(variables::check(value, &panels, &declared));
    findings.extend(datasource::check(value, &panels, &declared, rules));
    findings.extend(expressions::check(value, &panels, &declared, rules));
    findings.extend(content::check(value, &panels));
    findings
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod upstream;

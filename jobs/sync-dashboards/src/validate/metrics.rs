//! Metrics and recording rules that no configured Prometheus provides.

use std::collections::BTreeSet;

use serde_json::Value;

use super::expressions::of_prometheus;
use super::variables::Declared;
use crate::dashboard::panels;
use crate::promql;

/// What of a dashboard stays empty. `Display`: `12 of 30 panels have no source`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingMetrics {
    /// Panels of which no query can have a result.
    pub panels_without_source: usize,
    /// Panels with an expression that parses.
    pub panels: usize,
    /// What is selected and not provided.
    pub metrics: BTreeSet<String>,
}

impl std::fmt::Display for MissingMetrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            panels_without_source: without,
            panels,
            ..
        } = self;
        write!(f, "{without} of {panels} panels have no source")
    }
}

/// Compares what a dashboard selects with the names of all series that exist.
pub fn missing(dashboard: &Value, provided: &BTreeSet<String>) -> MissingMetrics {
    let declared = Declared::of(dashboard);
    let mut missing = MissingMetrics {
        panels_without_source: 0,
        panels: 0,
        metrics: BTreeSet::new(),
    };
    for panel in panels::all(dashboard) {
        let queries: Vec<_> = of_prometheus(&panel, &declared)
            .filter_map(|(_, expr)| promql::parse(expr).ok())
            .collect();
        if queries.is_empty() {
            continue;
        }
        missing.panels += 1;
        let answered = queries
            .iter()
            .any(|query| promql::answered(query, provided));
        missing.panels_without_source += usize::from(!answered);
        let names = queries.iter().flat_map(promql::names);
        missing
            .metrics
            .extend(names.filter(|name| !provided.contains(name)));
    }
    missing
}

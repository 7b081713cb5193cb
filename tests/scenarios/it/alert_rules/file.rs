//! A rule file as rules.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result};
use common::yaml::{Cursor, Dialect, Document};

/// One rule.
#[derive(Debug, Clone)]
pub(super) struct Rule {
    /// Of the alert, or of the series that is recorded.
    pub(super) name: String,
    pub(super) is_alert: bool,
    pub(super) expr: String,
    /// How long it must be so before the alert fires, as it is written.
    pub(super) waits: Option<String>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, String>,
}

impl Rule {
    /// The metrics and recorded series that the expression selects.
    pub(super) fn selects(&self) -> Result<BTreeSet<String>> {
        let expr = sync_dashboards::promql::parse(&self.expr)
            .with_context(|| format!("{}: {}", self.name, self.expr))?;
        Ok(sync_dashboards::promql::names(&expr))
    }

    pub(super) fn severity(&self) -> &str {
        self.labels.get("severity").map_or("", String::as_str)
    }
}

/// All rules of a file, in its order.
pub(super) fn rules(name: &str, text: &str) -> Result<Vec<Rule>> {
    let document = Document::parse(name, text, Dialect::Strict)?;
    let rules = read(&document.root()).with_context(|| format!("{name} is no rule file"))?;
    document.finish()?;
    Ok(rules)
}

fn read(root: &Cursor<'_>) -> Option<Vec<Rule>> {
    let mut found = Vec::new();
    for group in root.fields()?.required("groups")?.items()? {
        for rule in group.fields()?.required("rules")?.items()? {
            let mut fields = rule.fields()?;
            let alert = fields.get("alert");
            let is_alert = alert.is_some();
            let name = alert.or_else(|| fields.get("record"))?;
            let waits = fields.get("for");
            found.push(Rule {
                name: name.string()?,
                is_alert,
                expr: fields.required("expr")?.source_text()?,
                waits: waits.and_then(|it| it.source_text()),
                labels: pairs(fields.get("labels").as_ref())?,
                annotations: pairs(fields.get("annotations").as_ref())?,
            });
        }
    }
    Some(found)
}

fn pairs(mapping: Option<&Cursor<'_>>) -> Option<BTreeMap<String, String>> {
    let Some(mapping) = mapping else {
        return Some(BTreeMap::new());
    };
    let entries = mapping.entries()?.into_iter();
    entries
        .map(|(key, value)| Some((key.text.clone(), value.source_text()?)))
        .collect()
}

//! Variables: what is declared and what is used.

use std::collections::BTreeMap;

use serde_json::Value;

use super::codes::{
    VARIABLE_INCOMPLETE, VARIABLE_TWICE, VARIABLE_TYPE_UNKNOWN, VARIABLE_UNDECLARED,
};
use super::identity::short;
use super::texts::{self, Tally};
use crate::dashboard::panels::Panel;
use crate::finding::Finding;
use crate::promql;

const KNOWN: [&str; 10] = [
    "adhoc",
    "constant",
    "custom",
    "datasource",
    "groupby",
    "interval",
    "query",
    "switch",
    "system",
    "textbox",
];

/// What Grafana or its data sources define besides names that begin with `__`.
const BUILT_IN: [&str; 1] = ["timeFilter"];

/// The variables that a dashboard declares, by their names.
#[derive(Debug, Default)]
pub(super) struct Declared<'d>(BTreeMap<&'d str, &'d Value>);

impl<'d> Declared<'d> {
    pub(super) fn of(dashboard: &'d Value) -> Self {
        let named = |entry: &'d Value| Some((entry.get("name")?.as_str()?, entry));
        Self(entries(dashboard).filter_map(named).collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&'d Value> {
        self.0.get(name).copied()
    }
}

/// The entries of `templating`.
pub(super) fn entries(dashboard: &Value) -> impl Iterator<Item = &Value> {
    let list = dashboard
        .pointer("/templating/list")
        .and_then(Value::as_array);
    list.into_iter().flatten()
}

pub(super) fn check(
    dashboard: &Value,
    panels: &[Panel<'_>],
    declared: &Declared<'_>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, entry) in entries(dashboard).enumerate() {
        let at = format!("templating.list[{index}]");
        let word = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
        let (name, kind) = (word("name"), word("type"));
        match (name, kind) {
            ("", "") => findings.push(VARIABLE_INCOMPLETE.at(&at, "has neither name nor type")),
            ("", _) => findings.push(VARIABLE_INCOMPLETE.at(&at, "has no name")),
            (_, "") => findings.push(VARIABLE_INCOMPLETE.at(&at, "has no type")),
            _ => {}
        }
        if !kind.is_empty() && !KNOWN.contains(&kind) {
            findings.push(VARIABLE_TYPE_UNKNOWN.at(&at, format!("is of type {:?}", short(kind))));
        }
        if name.is_empty() {
            continue;
        }
        match first.get(name) {
            Some(other) => {
                let text = format!(
                    "is called {:?}, as is templating.list[{other}]",
                    short(name)
                );
                findings.push(VARIABLE_TWICE.at(&at, text));
            }
            None => drop(first.insert(name, index)),
        }
    }
    findings.extend(undeclared(dashboard, panels, declared));
    findings
}

fn undeclared(dashboard: &Value, panels: &[Panel<'_>], declared: &Declared<'_>) -> Vec<Finding> {
    let mut tally = Tally::default();
    let mut look = |value: &Value, skip: &[&str], at: &str| {
        texts::each(value, skip, Some("datasource"), &mut |key, text| {
            // A row or panel is repeated for a variable that is named without a sign.
            if key == "repeat"
                && !text.is_empty()
                && declared.get(text).is_none()
                && !text.starts_with('$')
            {
                tally.add(text.to_owned(), at);
            }
            for name in promql::variables(text) {
                if declared.get(&name).is_none() && !BUILT_IN.contains(&name.as_str()) {
                    tally.add(name, at);
                }
            }
        });
    };
    // Data sources have a check of their own, and it is an error there.
    for panel in panels {
        look(panel.value, &["panels"], &panel.label());
    }
    look(dashboard, &["panels", "rows", "__inputs", "__requires"], "");
    let rows = dashboard.get("rows").and_then(Value::as_array);
    for (index, row) in rows.into_iter().flatten().enumerate() {
        look(row, &["panels"], &format!("rows[{index}]"));
    }
    tally.findings(VARIABLE_UNDECLARED, |name| {
        format!("the variable `{}` is not declared", short(name))
    })
}

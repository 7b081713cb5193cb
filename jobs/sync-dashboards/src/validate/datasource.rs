//! Data sources: each reference leads to a declared variable or to something that can exist.

use serde_json::Value;

use super::Rules;
use super::codes::{DATASOURCE_DEFAULT_UNKNOWN, INPUTS_PRESENT, UNRESOLVED_DATASOURCE};
use super::identity::short;
use super::texts::Tally;
use super::variables::{Declared, entries};
use crate::dashboard::panels::Panel;
use crate::finding::Finding;
use crate::promql;

/// What Grafana itself provides.
const BUILT_IN: [&str; 8] = [
    "",
    "default",
    "grafana",
    "-- Grafana --",
    "-- Mixed --",
    "-- Dashboard --",
    "__expr__",
    "-100",
];

pub(super) fn check(
    dashboard: &Value,
    panels: &[Panel<'_>],
    declared: &Declared<'_>,
    rules: &Rules,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let inputs = dashboard.get("__inputs").and_then(Value::as_array);
    if let Some(inputs) = inputs.filter(|inputs| !inputs.is_empty()) {
        let names: Vec<_> = inputs
            .iter()
            .filter_map(|it| it.get("name")?.as_str())
            .map(short)
            .collect();
        let text = format!("asks for {} inputs: {}", inputs.len(), names.join(", "));
        findings.push(INPUTS_PRESENT.at("__inputs", text));
    }
    let mut tally = Tally::default();
    let mut look = |holder: &Value, at: &str| {
        if let Some(why) = holder
            .get("datasource")
            .and_then(|it| unresolved(it, declared, rules))
        {
            tally.add(why, at);
        }
    };
    for panel in panels {
        let at = panel.label();
        look(panel.value, &at);
        panel.targets().for_each(|target| look(target, &at));
    }
    for (index, entry) in entries(dashboard).enumerate() {
        let at = format!("templating.list[{index}]");
        look(entry, &at);
        findings.extend(default(entry, &at, rules));
    }
    let annotations = dashboard
        .pointer("/annotations/list")
        .and_then(Value::as_array);
    for (index, entry) in annotations.into_iter().flatten().enumerate() {
        look(entry, &format!("annotations.list[{index}]"));
    }
    findings.extend(tally.findings(UNRESOLVED_DATASOURCE, str::to_owned));
    findings
}

/// What kind of data source a panel or query asks, when that is said: `prometheus`, `loki`.
pub(super) fn kind<'d>(reference: &'d Value, declared: &Declared<'d>) -> Option<&'d str> {
    if let Some(kind) = reference.get("type").and_then(Value::as_str) {
        return Some(kind);
    }
    let named = reference
        .as_str()
        .or_else(|| reference.get("uid")?.as_str())?;
    let name = promql::variables(named).pop_first()?;
    let variable = declared.get(&name)?;
    (variable.get("type")?.as_str()? == "datasource").then_some(())?;
    variable.get("query")?.as_str()
}

/// Why a reference leads nowhere.
fn unresolved(reference: &Value, declared: &Declared<'_>, rules: &Rules) -> Option<String> {
    let name = match reference {
        Value::Null => return None,
        Value::String(name) => name,
        Value::Object(object) => match object.get("uid") {
            // Then it is the default one of its type.
            None | Some(Value::Null) => return None,
            Some(Value::String(uid)) => uid,
            Some(other) => {
                return Some(format!(
                    "the data source's uid is no text: {}",
                    short(&other.to_string())
                ));
            }
        },
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => {
            return Some(format!(
                "the data source is neither a name nor an object: {}",
                short(&reference.to_string())
            ));
        }
    };
    let variables = promql::variables(name);
    if !variables.is_empty() {
        let missing = variables
            .into_iter()
            .find(|name| declared.get(name).is_none())?;
        return Some(format!(
            "the data source is the variable `{}`, which is not declared",
            short(&missing)
        ));
    }
    let known = BUILT_IN.contains(&name.as_str())
        || rules.data_sources.is_empty()
        || rules.data_sources.contains(name);
    (!known).then(|| format!("there is no data source {:?}", short(name)))
}

/// Whether a variable begins with a data source that exists.
fn default(entry: &Value, at: &str, rules: &Rules) -> Option<Finding> {
    if rules.data_sources.is_empty() || entry.get("type")?.as_str()? != "datasource" {
        return None;
    }
    let value = entry.pointer("/current/value")?.as_str()?;
    let known =
        BUILT_IN.contains(&value) || rules.data_sources.contains(value) || value.starts_with('$');
    (!known).then(|| {
        DATASOURCE_DEFAULT_UNKNOWN.at(
            at,
            format!("begins with the data source {:?}", short(value)),
        )
    })
}

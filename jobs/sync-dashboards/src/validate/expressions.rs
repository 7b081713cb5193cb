//! Expressions: each is understood by the parser.

use serde_json::Value;

use super::Rules;
use super::codes::EXPR_NOT_PARSED;
use super::datasource;
use super::identity::short;
use super::variables::Declared;
use crate::dashboard::panels::Panel;
use crate::finding::{Finding, Level};
use crate::promql;

pub(super) fn check(
    dashboard: &Value,
    panels: &[Panel<'_>],
    declared: &Declared<'_>,
    rules: &Rules,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for panel in panels {
        for (target, expr) in of_prometheus(panel, declared) {
            let query = target
                .get("refId")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let at = match query {
                "" => panel.label(),
                query => format!("{} query {}", panel.label(), short(query)),
            };
            findings.extend(understood(expr, &at, rules));
        }
    }
    let annotations = dashboard
        .pointer("/annotations/list")
        .and_then(Value::as_array);
    for (index, entry) in annotations.into_iter().flatten().enumerate() {
        if let Some(expr) = entry.get("expr").and_then(Value::as_str)
            && asks_prometheus(entry, None, declared)
        {
            findings.extend(understood(
                expr,
                &format!("annotations.list[{index}]"),
                rules,
            ));
        }
    }
    findings
}

/// The queries of a panel that ask a Prometheus, or do not say what they ask, with their expressions.
pub(super) fn of_prometheus<'d>(
    panel: &Panel<'d>,
    declared: &Declared<'d>,
) -> impl Iterator<Item = (&'d Value, &'d str)> {
    let holder = panel.value;
    panel.targets().filter_map(move |target| {
        let expr = target.get("expr")?.as_str()?;
        let asked = !expr.trim().is_empty() && asks_prometheus(target, Some(holder), declared);
        asked.then_some((target, expr))
    })
}

fn asks_prometheus(query: &Value, panel: Option<&Value>, declared: &Declared<'_>) -> bool {
    let said = |holder: &Value| {
        let kind = datasource::kind(holder.get("datasource")?, declared)?;
        // The pseudo data source of mixed panels.
        (kind != "datasource").then(|| kind.contains("prometheus"))
    };
    said(query).or_else(|| said(panel?)).unwrap_or(true)
}

fn understood(expr: &str, at: &str, rules: &Rules) -> Option<Finding> {
    let error = promql::parse(expr).err()?;
    let mut finding = EXPR_NOT_PARSED.at(at, format!("`{}` is {error}", short(expr)));
    if rules.strict_expressions {
        finding.level = Level::Error;
    }
    Some(finding)
}

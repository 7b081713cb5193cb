//! Panels: their ids and types.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::codes::{
    LIBRARY_PANEL, PANEL_ID_MISSING, PANEL_ID_TWICE, PANEL_TYPE_MISSING, PANEL_TYPE_OLD,
    PANEL_TYPE_UNKNOWN, PANELS_MALFORMED, PANELS_NONE,
};
use super::identity::short;
use crate::dashboard::panels::Panel;
use crate::finding::Finding;

/// The types that Grafana 11 and 12 come with.
const KNOWN: [&str; 31] = [
    "alertlist",
    "annolist",
    "barchart",
    "bargauge",
    "candlestick",
    "canvas",
    "dashlist",
    "datagrid",
    "debug",
    "flamegraph",
    "gauge",
    "geomap",
    "gettingstarted",
    "heatmap",
    "histogram",
    "live",
    "logs",
    "news",
    "nodeGraph",
    "piechart",
    "row",
    "stat",
    "state-timeline",
    "status-history",
    "table",
    "text",
    "timeseries",
    "traces",
    "trend",
    "welcome",
    "xychart",
];

/// Those that they no longer have.
const OLD: [&str; 4] = ["graph", "singlestat", "table-old", "heatmap-old"];

pub(super) fn check(dashboard: &Value, panels: &[Panel<'_>]) -> Vec<Finding> {
    let mut findings = malformed(dashboard, panels);
    if panels.is_empty() && findings.is_empty() {
        findings.push(PANELS_NONE.at("panels", "there are none"));
    }
    let mut ids: BTreeMap<i64, String> = BTreeMap::new();
    let mut old = BTreeSet::new();
    let mut of_old = 0_usize;
    for panel in panels.iter().filter(|panel| panel.value.is_object()) {
        let at = panel.label();
        match panel.id() {
            None => findings.push(PANEL_ID_MISSING.at(&at, "has no id")),
            Some(id) => match ids.get(&id) {
                Some(first) => findings
                    .push(PANEL_ID_TWICE.at(&at, format!("has the id {id}, as has {first}"))),
                None => drop(ids.insert(id, at.clone())),
            },
        }
        let library = panel
            .value
            .get("libraryPanel")
            .is_some_and(Value::is_object);
        if library {
            findings.push(LIBRARY_PANEL.at(&at, "is kept in a library"));
        }
        let kind = panel.kind();
        if OLD.contains(&kind) {
            of_old += 1;
            old.insert(kind);
        } else if kind.is_empty() && !library {
            findings.push(PANEL_TYPE_MISSING.at(&at, "has no type"));
        } else if !kind.is_empty() && !KNOWN.contains(&kind) {
            findings.push(PANEL_TYPE_UNKNOWN.at(&at, format!("is of type {:?}", short(kind))));
        }
    }
    if of_old > 0 {
        let types: Vec<_> = old.into_iter().collect();
        let text = format!(
            "{of_old} of {} are of type {}",
            panels.len(),
            types.join(" or ")
        );
        findings.push(PANEL_TYPE_OLD.at("panels", text));
    }
    findings
}

fn malformed(dashboard: &Value, panels: &[Panel<'_>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut lists = vec![(dashboard, "panels".to_owned(), "panels")];
    lists.push((dashboard, "rows".to_owned(), "rows"));
    let rows = dashboard.get("rows").and_then(Value::as_array);
    for (index, row) in rows.into_iter().flatten().enumerate() {
        if !row.is_object() {
            findings.push(PANELS_MALFORMED.at(format!("rows[{index}]"), "is no object"));
        }
        lists.push((row, format!("rows[{index}].panels"), "panels"));
    }
    for panel in panels {
        if !panel.value.is_object() {
            findings.push(PANELS_MALFORMED.at(&panel.path, "is no object"));
        }
        lists.push((panel.value, format!("{}.panels", panel.path), "panels"));
        lists.push((panel.value, format!("{}.targets", panel.path), "targets"));
    }
    for (holder, at, key) in lists {
        // Grafana itself writes null for an empty list.
        let list = holder.get(key).filter(|list| !list.is_null());
        if list.is_some_and(|list| !list.is_array()) {
            findings.push(PANELS_MALFORMED.at(at, "is no list"));
        }
    }
    findings
}

//! Boards and bundles in upstream's own formatting.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

/// A panel with one query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panel {
    /// Its id, unique in a board.
    pub id: u32,
    /// Its title.
    pub title: String,
    /// Its query, PromQL with Grafana's variables.
    pub expr: String,
    /// Where it begins, in grid units from the top.
    pub y: u32,
    /// The version of its plugin.
    pub plugin: String,
}

impl Panel {
    /// A time series seven units below the one with the id before it.
    pub fn new(id: u32, title: &str, expr: &str) -> Self {
        Self {
            id,
            title: title.to_owned(),
            expr: expr.to_owned(),
            y: id.saturating_sub(1).saturating_mul(7),
            plugin: "v11.4.0".to_owned(),
        }
    }

    fn json(&self) -> Value {
        let source = json!({"type": "prometheus", "uid": "${datasource}"});
        json!({
            "datasource": source,
            "fieldConfig": {"defaults": {"unit": "short"}},
            "gridPos": {"h": 7, "w": 24, "x": 0, "y": self.y},
            "id": self.id,
            "options": {"legend": {"showLegend": false}, "tooltip": {"mode": "multi"}},
            "pluginVersion": self.plugin,
            "targets": [{"datasource": source, "expr": self.expr, "legendFormat": "{{instance}}"}],
            "title": self.title,
            "type": "timeseries",
        })
    }
}

/// A dashboard's text: JSON as jsonnet writes it, with no newline at its end.
pub fn board(uid: &str, title: &str, panels: &[Panel]) -> String {
    let panels: Vec<Value> = panels.iter().map(Panel::json).collect();
    let board = json!({
        "editable": false,
        "links": [],
        "panels": panels,
        "refresh": "10s",
        "schemaVersion": 39,
        "tags": ["kubernetes-mixin"],
        "templating": {"list": [{
            "current": {"selected": true, "text": "default", "value": "default"},
            "hide": 0,
            "label": "Data source",
            "name": "datasource",
            "query": "prometheus",
            "regex": "",
            "type": "datasource",
        }]},
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "UTC",
        "title": title,
        "uid": uid,
    });
    let mut text = String::new();
    write_value(&mut text, &board, 0);
    text
}

fn write_value(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Array(items) => {
            let items = items.iter().map(|item| (String::new(), item));
            write_members(text, ['[', ']'], items.collect(), depth);
        }
        Value::Object(members) => write_members(text, ['{', '}'], sorted(members), depth),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            text.push_str(&value.to_string());
        }
    }
}

fn sorted(members: &Map<String, Value>) -> Vec<(String, &Value)> {
    let named = |(name, value)| (format!("{}: ", Value::from(String::as_str(name))), value);
    let mut members: Vec<_> = members.iter().map(named).collect();
    members.sort_by(|(a, _), (b, _)| a.cmp(b));
    members
}

fn write_members(
    text: &mut String,
    [open, close]: [char; 2],
    members: Vec<(String, &Value)>,
    depth: usize,
) {
    text.push(open);
    if members.is_empty() {
        // jsonnet writes an empty line instead of nothing.
        text.push('\n');
    }
    for (number, (name, value)) in members.into_iter().enumerate() {
        text.push_str(if number == 0 { "\n" } else { ",\n" });
        text.push_str(&"    ".repeat(depth + 1));
        text.push_str(&name);
        write_value(text, value, depth + 1);
    }
    text.push('\n');
    text.push_str(&"    ".repeat(depth));
    text.push(close);
}

/// A bundle of dashboards, given by name (`apiserver`) and text: upstream's file, byte for byte in its
/// layout. Items are sorted by name.
pub fn bundle(boards: &[(&str, &str)]) -> String {
    labelled(boards, "11.4.0")
}

/// The same with Grafana's version in the labels.
pub(super) fn labelled(boards: &[(&str, &str)], version: &str) -> String {
    let mut boards = boards.to_vec();
    boards.sort_unstable();
    let mut text = "apiVersion: v1\nitems:\n".to_owned();
    for (name, board) in boards {
        let lines = board.lines().map(|line| match line {
            "" => "\n".to_owned(),
            line => format!("      {line}\n"),
        });
        let written = write!(
            text,
            "- apiVersion: v1\n  data:\n    {name}.json: |-\n{}  kind: ConfigMap\n  metadata:\n    \
             labels:\n      app.kubernetes.io/component: grafana\n      app.kubernetes.io/name: \
             grafana\n      app.kubernetes.io/part-of: kube-prometheus\n      \
             app.kubernetes.io/version: {version}\n    name: grafana-dashboard-{name}\n    \
             namespace: monitoring\n",
            lines.collect::<String>()
        );
        debug_assert!(written.is_ok(), "a string takes everything");
    }
    text.push_str("kind: ConfigMapList\n");
    text
}

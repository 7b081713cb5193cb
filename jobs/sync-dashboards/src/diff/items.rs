//! What [`panels`](super::panels) pairs: every panel and every row, with what it is recognised by.

use serde_json::Value;

use super::fields::list;
use super::safe;

/// A panel, or a row of either form.
#[derive(Debug)]
pub(super) struct Item<'d> {
    pub(super) value: &'d Value,
    /// The index of the row that holds it.
    pub(super) parent: Option<usize>,
    /// Whether it is an item of the dashboard's `rows`, the form before schema version 16.
    pub(super) old_row: bool,
    pub(super) id: Option<i64>,
    pub(super) kind: &'d str,
    pub(super) title: &'d str,
    /// Its expressions without superfluous blanks, sorted.
    pub(super) exprs: Vec<String>,
}

impl<'d> Item<'d> {
    fn new(value: &'d Value, parent: Option<usize>, old_row: bool) -> Self {
        let word = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
        let exprs = list(value, "targets").iter();
        let mut exprs: Vec<String> = exprs
            .filter_map(|target| target.get("expr")?.as_str())
            .map(safe::squeeze)
            .collect();
        exprs.sort_unstable();
        Self {
            value,
            parent,
            old_row,
            id: value.get("id").and_then(Value::as_i64),
            kind: if old_row { "row" } else { word("type") },
            title: word("title"),
            exprs,
        }
    }

    pub(super) fn is_row(&self) -> bool {
        self.kind == "row"
    }
}

/// All of a dashboard, a row before the panels in it.
pub(super) fn all(dashboard: &Value) -> Vec<Item<'_>> {
    let mut found = Vec::new();
    inside(dashboard, None, &mut found);
    for row in list(dashboard, "rows") {
        let index = found.len();
        found.push(Item::new(row, None, true));
        inside(row, Some(index), &mut found);
    }
    found
}

fn inside<'d>(holder: &'d Value, parent: Option<usize>, found: &mut Vec<Item<'d>>) {
    for panel in list(holder, "panels") {
        let index = found.len();
        found.push(Item::new(panel, parent, false));
        inside(panel, Some(index), found);
    }
}

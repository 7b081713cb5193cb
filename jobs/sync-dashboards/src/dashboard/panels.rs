//! The panels of a dashboard, wherever they are: at the top, in rows of the new form, in rows of the
//! old one.

use serde_json::Value;

/// One panel and where it was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel<'d> {
    /// Its JSON object, or whatever stands in its place.
    pub value: &'d Value,
    /// Where, such as `panels[3]`, `panels[2].panels[0]` or `rows[1].panels[0]`.
    pub path: String,
}

impl<'d> Panel<'d> {
    /// Its title; empty when it has none.
    pub fn title(&self) -> &'d str {
        self.value
            .get("title")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Its type, such as `timeseries` or `row`; empty when it has none.
    pub fn kind(&self) -> &'d str {
        self.value
            .get("type")
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Its id, if that is a whole number.
    pub fn id(&self) -> Option<i64> {
        self.value.get("id").and_then(Value::as_i64)
    }

    /// Its queries: the items of `targets`.
    pub fn targets(&self) -> impl Iterator<Item = &'d Value> + use<'d> {
        self.value
            .get("targets")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    }

    /// The `expr` of each query that has one.
    pub fn expressions(&self) -> impl Iterator<Item = &'d str> + use<'d> {
        self.targets()
            .filter_map(|target| target.get("expr").and_then(Value::as_str))
    }

    /// Path and title, for people: `panels[3] "CPU"`.
    pub fn label(&self) -> String {
        match self.title() {
            "" => self.path.clone(),
            title => format!("{} {title:?}", self.path),
        }
    }
}

/// All panels in their order, rows of the new form among them. A panel in a collapsed row follows it.
pub fn all(dashboard: &Value) -> Vec<Panel<'_>> {
    let mut found = Vec::new();
    collect(dashboard, "", &mut found);
    let rows = dashboard.get("rows").and_then(Value::as_array);
    for (index, row) in rows.into_iter().flatten().enumerate() {
        collect(row, &format!("rows[{index}]."), &mut found);
    }
    found
}

fn collect<'d>(holder: &'d Value, path: &str, found: &mut Vec<Panel<'d>>) {
    let panels = holder.get("panels").and_then(Value::as_array);
    for (index, value) in panels.into_iter().flatten().enumerate() {
        let path = format!("{path}panels[{index}]");
        found.push(Panel {
            value,
            path: path.clone(),
        });
        collect(value, &format!("{path}."), found);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::all;

    #[test]
    fn panels_are_found_in_every_form_that_upstream_has_used() {
        let dashboard = json!({
            "panels": [
                {"id": 1, "type": "row", "panels": [{"id": 2, "title": "CPU"}]},
                {"id": 3, "targets": [{"expr": "up"}, {"query": "x"}]},
            ],
            "rows": [{"panels": [{"id": 4}]}],
        });
        let panels = all(&dashboard);
        let seen: Vec<_> = panels
            .iter()
            .map(|panel| (panel.id(), panel.label()))
            .collect();
        assert_eq!(
            seen,
            [
                (Some(1), "panels[0]".to_owned()),
                (Some(2), "panels[0].panels[0] \"CPU\"".to_owned()),
                (Some(3), "panels[1]".to_owned()),
                (Some(4), "rows[0].panels[0]".to_owned()),
            ]
        );
        assert_eq!(panels[2].expressions().collect::<Vec<_>>(), ["up"]);
        assert!(all(&json!({"panels": "x", "rows": 3})).is_empty());
    }
}

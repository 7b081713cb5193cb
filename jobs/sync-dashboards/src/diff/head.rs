//! What is not in the panels: the dashboard's own members and its variables.

use serde::Serialize;
use serde_json::Value;

use super::fields::{FieldChange, compare, list, without_items};
use super::pairing::Pairing;

/// How a variable changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum VariableChange {
    /// There was none of that name.
    Added {
        /// Without `$`; empty when it has none.
        name: String,
        /// What it asks for, if it asks.
        query: Option<String>,
    },
    /// There is none of that name any more.
    Removed {
        /// Without `$`; empty when it has none.
        name: String,
        /// What it asked for, if it asked.
        query: Option<String>,
    },
    /// It is defined otherwise.
    Changed {
        /// Without `$`; empty when it has none.
        name: String,
        /// What of it.
        changes: Vec<FieldChange>,
    },
    /// They stand in another order: the selectors at the top of the page, too.
    Reordered,
}

/// Members of the dashboard itself.
pub(super) fn fields(old: &Value, new: &Value) -> Vec<FieldChange> {
    let bare = |dashboard: &Value| {
        let mut bare = without_items(dashboard, &["panels", "rows"]).into_owned();
        if let Some(templating) = bare.get_mut("templating") {
            *templating = without_items(templating, &["list"]).into_owned();
        }
        bare
    };
    let mut found = Vec::new();
    compare("", Some(&bare(old)), Some(&bare(new)), &mut found);
    found.sort_by_key(|change| match change.path.as_str() {
        "uid" => 0,
        "title" => 1,
        "schemaVersion" => 2,
        _ => 3,
    });
    found
}

/// Variables, by name.
pub(super) fn variables(old: &Value, new: &Value) -> Vec<VariableChange> {
    let of = |dashboard| Value::get(dashboard, "templating").map_or(&[][..], |t| list(t, "list"));
    let mut pairing = Pairing::new(of(old), of(new));
    pairing
        .by(|variable| Some((name(variable), query(variable))))
        .by(|variable| Some(name(variable)).filter(|name| !name.is_empty()));
    let mut changes = Vec::new();
    for (old, new) in pairing.pairs() {
        let mut found = Vec::new();
        compare("", Some(old), Some(new), &mut found);
        if !found.is_empty() {
            changes.push(VariableChange::Changed {
                name: name(new),
                changes: found,
            });
        }
    }
    changes.extend(pairing.added().map(|variable| VariableChange::Added {
        name: name(variable),
        query: query(variable),
    }));
    changes.extend(pairing.removed().map(|variable| VariableChange::Removed {
        name: name(variable),
        query: query(variable),
    }));
    if pairing.reordered() {
        changes.push(VariableChange::Reordered);
    }
    changes
}

fn name(variable: &Value) -> String {
    let name = variable.get("name").and_then(Value::as_str);
    name.unwrap_or_default().to_owned()
}

/// A query is a text, or an object that holds it.
fn query(variable: &Value) -> Option<String> {
    let query = variable.get("query")?;
    let text = query.as_str().or_else(|| query.get("query")?.as_str())?;
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

//! How two versions of a dashboard, and two sets of dashboards, differ: for somebody who is woken by a
//! refused sync, and for the reviewer of a pull request.
//!
//! The unit is the dashboard, then the panel, then what of the panel changed. A difference is empty if
//! and only if both versions have the same [`canonical`](crate::dashboard::canonical) digest. What
//! nobody needs to read (places on the grid, new ids, blanks in an expression, versions of plug-ins)
//! is counted, not listed.
//!
//! [`text`], [`markdown`] and [`json`] print a [`SetDiff`].

pub mod json;
pub mod markdown;
pub mod text;

mod detail;
mod fields;
mod head;
mod items;
mod marks;
mod paint;
mod pairing;
mod panels;
mod parts;
mod safe;
mod set;
mod summary;

#[cfg(test)]
mod tests;

use serde::Serialize;
use serde_json::Value;

use crate::dashboard::json as strict;
use crate::dashboard::json::JsonError;

pub use fields::FieldChange;
pub use head::VariableChange;
pub use panels::{Moved, PanelChange};
pub use parts::Part;
pub use set::{Change, SetDiff, Side, Totals, sets};
pub use summary::summary;

/// How much of a difference is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Verbosity {
    /// One line for each dashboard.
    Summary,
    /// And its panels that changed, with the old and the new expressions.
    #[default]
    Panels,
    /// And the old and the new value of every setting.
    Everything,
}

/// A fact of both versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Both<T> {
    /// Before.
    pub old: T,
    /// After.
    pub new: T,
}

/// How two versions of one dashboard differ.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct DashboardDiff {
    /// Absent when it is missing or empty.
    pub uid: Both<Option<String>>,
    /// Absent when it is missing or no whole number.
    pub schema_version: Both<Option<u64>>,
    /// Members of the dashboard itself, `uid`, `title` and `schemaVersion` first.
    pub head: Vec<FieldChange>,
    /// Variables of the dashboard.
    pub variables: Vec<VariableChange>,
    /// Panels in which something changed that a person wants to read.
    pub panels: Vec<PanelChange>,
    /// Panels of which only the place on the grid changed.
    pub layout_only: usize,
    /// Panels that only have another id or stand in another row, their place on the grid aside.
    pub moved_only: usize,
    /// Panels in which an expression only is spelled otherwise, their place aside.
    pub respelled_only: usize,
    /// Panels of which only `pluginVersion` changed: no difference in meaning.
    pub plugin_version_only: usize,
    /// Whether the panels stand in another order in the file.
    pub reordered: bool,
    /// Whether the texts differ though the values do not. Only [`dashboards_text`] knows.
    pub format_only: bool,
}

impl DashboardDiff {
    /// Whether both versions mean the same.
    pub fn is_empty(&self) -> bool {
        self.head.is_empty()
            && self.variables.is_empty()
            && self.panels.is_empty()
            && self.layout_only == 0
            && self.moved_only == 0
            && self.respelled_only == 0
            && !self.reordered
    }
}

/// Compares two versions of a dashboard.
pub fn dashboards(old: &Value, new: &Value) -> DashboardDiff {
    let uid = |value: &Value| {
        let uid = value.get("uid").and_then(Value::as_str);
        uid.filter(|uid| !uid.is_empty()).map(str::to_owned)
    };
    let schema = |value: &Value| value.get("schemaVersion").and_then(Value::as_u64);
    let mut diff = DashboardDiff {
        uid: Both {
            old: uid(old),
            new: uid(new),
        },
        schema_version: Both {
            old: schema(old),
            new: schema(new),
        },
        head: head::fields(old, new),
        variables: head::variables(old, new),
        ..DashboardDiff::default()
    };
    panels::compare(old, new, &mut diff);
    diff
}

/// Compares two versions of a dashboard by their texts.
///
/// # Errors
/// When one of them is no JSON object, or has a key twice.
pub fn dashboards_text(old: &str, new: &str) -> Result<DashboardDiff, JsonError> {
    let (old_value, new_value) = (strict::parse(old)?, strict::parse(new)?);
    let mut diff = dashboards(&old_value, &new_value);
    diff.format_only = old != new && diff.is_empty() && diff.plugin_version_only == 0;
    Ok(diff)
}

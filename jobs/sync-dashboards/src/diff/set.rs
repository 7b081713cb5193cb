//! How two sets of dashboards differ.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{DashboardDiff, dashboards_text, items};
use crate::dashboard::json as strict;
use crate::key::Key;

/// Every dashboard that is not the same in both.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct SetDiff {
    /// By key; the new one of a renamed dashboard.
    pub changes: BTreeMap<Key, Change>,
    /// Dashboards with the same bytes in both.
    pub unchanged: usize,
}

/// What happened to one dashboard.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum Change {
    /// It is new.
    Added {
        /// Empty when it has none.
        title: String,
        /// Absent when it has none.
        uid: Option<String>,
        /// Panels and rows.
        panels: usize,
    },
    /// It is gone.
    Removed {
        /// Empty when it had none.
        title: String,
        /// Absent when it had none.
        uid: Option<String>,
        /// Panels and rows.
        panels: usize,
    },
    /// It has its uid still, but another key.
    Renamed {
        /// Its key before.
        from: Key,
        /// What else changed; may be empty.
        diff: DashboardDiff,
    },
    /// It means something else.
    Changed(DashboardDiff),
    /// Only versions of plug-ins changed: Grafana writes them, nobody reads them.
    PluginVersionOnly,
    /// Other bytes for the same values.
    FormatOnly,
    /// One of its texts is no dashboard.
    Unreadable {
        /// Which one.
        side: Side,
        /// Why, with line and column.
        reason: String,
    },
}

/// One of both sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Before.
    Old,
    /// After.
    New,
}

/// How many dashboards of which kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Totals {
    /// Mean something else under the same key.
    pub changed: usize,
    /// Have another key.
    pub renamed: usize,
    /// Are new.
    pub added: usize,
    /// Are gone.
    pub removed: usize,
    /// Have other bytes and mean the same.
    pub same_meaning: usize,
    /// Are no dashboards on one side.
    pub unreadable: usize,
}

impl SetDiff {
    /// Whether no dashboard means something else; bytes may differ.
    pub fn is_empty(&self) -> bool {
        let same =
            |change: &Change| matches!(change, Change::PluginVersionOnly | Change::FormatOnly);
        self.changes.values().all(same)
    }

    /// Counts its changes.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for change in self.changes.values() {
            *match change {
                Change::Added { .. } => &mut totals.added,
                Change::Removed { .. } => &mut totals.removed,
                Change::Renamed { .. } => &mut totals.renamed,
                Change::Changed(_) => &mut totals.changed,
                Change::PluginVersionOnly | Change::FormatOnly => &mut totals.same_meaning,
                Change::Unreadable { .. } => &mut totals.unreadable,
            } += 1;
        }
        totals
    }
}

/// Compares two sets of texts. A text that is no dashboard is a change among others.
pub fn sets(old: &BTreeMap<Key, &str>, new: &BTreeMap<Key, &str>) -> SetDiff {
    let mut set = SetDiff::default();
    let mut gone = BTreeMap::new();
    for (key, text) in old {
        match new.get(key) {
            None => drop(gone.insert(key, *text)),
            Some(other) if other == text => set.unchanged += 1,
            Some(other) => drop(set.changes.insert(key.clone(), change(text, other))),
        }
    }
    let come = new.iter().filter(|(key, _)| !old.contains_key(*key));
    let mut come: BTreeMap<_, _> = come.map(|(key, text)| (key, *text)).collect();
    for (from, to) in renamed(&gone, &come) {
        if let (Some(text), Some(other)) = (gone.remove(&from), come.remove(&to))
            && let Ok(diff) = dashboards_text(text, other)
        {
            set.changes.insert(to, Change::Renamed { from, diff });
        }
    }
    for (key, text) in come {
        let added = |title, uid, panels| Change::Added { title, uid, panels };
        set.changes
            .insert(key.clone(), facts(text, Side::New, added));
    }
    for (key, text) in gone {
        let removed = |title, uid, panels| Change::Removed { title, uid, panels };
        set.changes
            .insert(key.clone(), facts(text, Side::Old, removed));
    }
    set
}

fn change(old: &str, new: &str) -> Change {
    for (side, text) in [(Side::Old, old), (Side::New, new)] {
        if let Err(error) = strict::parse(text) {
            let reason = error.to_string();
            return Change::Unreadable { side, reason };
        }
    }
    match dashboards_text(old, new) {
        Err(error) => Change::Unreadable {
            side: Side::New,
            reason: error.to_string(),
        },
        Ok(diff) if diff.format_only => Change::FormatOnly,
        Ok(diff) if diff.is_empty() => Change::PluginVersionOnly,
        Ok(diff) => Change::Changed(diff),
    }
}

fn facts(
    text: &str,
    side: Side,
    change: impl Fn(String, Option<String>, usize) -> Change,
) -> Change {
    match strict::parse(text) {
        Err(error) => Change::Unreadable {
            side,
            reason: error.to_string(),
        },
        Ok(value) => {
            let title = value.get("title").and_then(Value::as_str);
            change(
                title.unwrap_or_default().to_owned(),
                uid(&value),
                items::all(&value).len(),
            )
        }
    }
}

fn uid(value: &Value) -> Option<String> {
    let uid = value.get("uid")?.as_str()?;
    (!uid.is_empty()).then(|| uid.to_owned())
}

/// Pairs of an old and a new key with one uid, where exactly one of either side has it.
fn renamed(gone: &BTreeMap<&Key, &str>, come: &BTreeMap<&Key, &str>) -> Vec<(Key, Key)> {
    let by_uid = |texts: &BTreeMap<&Key, &str>| {
        let mut keys: BTreeMap<String, Vec<Key>> = BTreeMap::new();
        for (key, text) in texts {
            if let Some(uid) = strict::parse(text).ok().as_ref().and_then(uid) {
                keys.entry(uid).or_default().push((*key).clone());
            }
        }
        keys
    };
    let come = by_uid(come);
    let pairs = by_uid(gone).into_iter().filter_map(|(uid, from)| {
        match (from.as_slice(), come.get(&uid)?.as_slice()) {
            ([from], [to]) => Some((from.clone(), to.clone())),
            _ => None,
        }
    });
    pairs.collect()
}

//! Differences of two JSON values, by path.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

/// The one member that means nothing; see [`crate::dashboard::canonical`].
const PLUGIN_VERSION: &str = "pluginVersion";

/// One member that changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    /// Such as `time.from` or `fieldConfig.overrides[2].properties`.
    pub path: String,
    /// Absent when there was none.
    pub old: Option<Value>,
    /// Absent when there is none any more.
    pub new: Option<Value>,
}

/// Whether two values mean the same.
pub(super) fn same(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (Value::Object(one), Value::Object(two)) => {
            meaningful(one).count() == meaningful(two).count()
                && meaningful(one)
                    .all(|(key, value)| two.get(key).is_some_and(|other| same(value, other)))
        }
        (Value::Array(one), Value::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| same(one, two))
        }
        // By their texts, as in the canonical digest: `0.0` and `-0.0` are two.
        (Value::Number(one), Value::Number(two)) => one.to_string() == two.to_string(),
        _ => one == two,
    }
}

fn meaningful(object: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    object.iter().filter(|(key, _)| *key != PLUGIN_VERSION)
}

/// Adds every difference below `path`: at least one, if the two are not the [`same`].
pub(super) fn compare(
    path: &str,
    old: Option<&Value>,
    new: Option<&Value>,
    found: &mut Vec<FieldChange>,
) {
    match (old, new) {
        (None, None) => {}
        (Some(one), Some(two)) if same(one, two) => {}
        (Some(Value::Object(one)), Some(Value::Object(two))) => {
            members(path, Some(one), Some(two), found);
        }
        (Some(Value::Object(one)), None) if meaningful(one).next().is_some() => {
            members(path, Some(one), None, found);
        }
        (None, Some(Value::Object(two))) if meaningful(two).next().is_some() => {
            members(path, None, Some(two), found);
        }
        // Items of lists have no names; by index they are comparable only while none came or went.
        (Some(Value::Array(one)), Some(Value::Array(two)))
            if one.len() == two.len() && one.iter().chain(two).all(Value::is_object) =>
        {
            for (index, (one, two)) in one.iter().zip(two).enumerate() {
                compare(&format!("{path}[{index}]"), Some(one), Some(two), found);
            }
        }
        _ => found.push(FieldChange {
            path: path.to_owned(),
            old: old.cloned(),
            new: new.cloned(),
        }),
    }
}

fn members(
    path: &str,
    old: Option<&Map<String, Value>>,
    new: Option<&Map<String, Value>>,
    found: &mut Vec<FieldChange>,
) {
    let objects = [old, new];
    let keys: BTreeSet<&String> = objects
        .into_iter()
        .flatten()
        .flat_map(|object| meaningful(object).map(|(key, _)| key))
        .collect();
    for key in keys {
        let path = match path {
            "" => key.clone(),
            path => format!("{path}.{key}"),
        };
        let (old, new) = (
            old.and_then(|old| old.get(key)),
            new.and_then(|new| new.get(key)),
        );
        compare(&path, old, new, found);
    }
}

/// The value with these lists in it emptied, because their items are compared one by one.
pub(super) fn without_items<'v>(value: &'v Value, lists: &[&str]) -> Cow<'v, Value> {
    let Value::Object(object) = value else {
        return Cow::Borrowed(value);
    };
    let is_list = |key: &str, value: &Value| lists.contains(&key) && value.is_array();
    if !object.iter().any(|(key, value)| is_list(key, value)) {
        return Cow::Borrowed(value);
    }
    let emptied = object.iter().map(|(key, value)| {
        let value = if is_list(key, value) {
            Value::Array(Vec::new())
        } else {
            value.clone()
        };
        (key.clone(), value)
    });
    Cow::Owned(Value::Object(emptied.collect()))
}

/// The items of a member that is a list; none when it is anything else.
pub(super) fn list<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    let list = value.get(key).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// A value for people: a text as it is, all else as JSON on one line.
pub(super) fn shown(value: Option<&Value>) -> String {
    match value {
        None => "(none)".to_owned(),
        Some(Value::String(text)) if text.is_empty() => "\"\"".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}

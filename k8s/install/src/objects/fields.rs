//! Which fields of two states of one object differ. Never their values.

use std::collections::BTreeSet;

use common::cluster::FieldConflict;
use serde::Serializer;
use serde_json::Value;

/// What a server keeps for itself.
const OF_THE_SERVER: [&str; 6] = [
    ".metadata.managedFields",
    ".metadata.resourceVersion",
    ".metadata.generation",
    ".metadata.uid",
    ".metadata.creationTimestamp",
    ".status",
];

/// The paths of the fields that differ, the outermost ones: `.spec.schedule`, `.data.config\.yaml`.
pub fn fields_that_differ(before: &Value, after: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk("", before, after, &mut found);
    found
}

fn walk(path: &str, before: &Value, after: &Value, found: &mut Vec<String>) {
    if before == after || OF_THE_SERVER.contains(&path) {
        return;
    }
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for key in keys {
                let path = format!("{path}.{}", key.replace('.', "\\."));
                let (old, new) = (old.get(key), new.get(key));
                let (old, new) = (old.unwrap_or(&Value::Null), new.unwrap_or(&Value::Null));
                walk(&path, old, new, found);
            }
        }
        (Value::Array(old), Value::Array(new)) if old.len() == new.len() => {
            for (index, (old, new)) in old.iter().zip(new).enumerate() {
                walk(&format!("{path}[{index}]"), old, new, found);
            }
        }
        _ => found.push(path.to_owned()),
    }
}

/// Each conflict in words.
pub(super) fn held<S: Serializer>(
    held: &[FieldConflict],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(held.iter().map(ToString::to_string))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_outermost_fields_that_differ_are_named_and_those_of_the_server_are_not() {
        let before = json!({
            "metadata": {"resourceVersion": "1", "labels": {"a.b/c": "1"}},
            "spec": {"a": [{"x": 1}, {"x": 2}], "b": [1], "gone": {"deep": 1}},
            "status": {"ready": 1},
        });
        let after = json!({
            "metadata": {"resourceVersion": "2", "labels": {"a.b/c": "2"}},
            "spec": {"a": [{"x": 1}, {"x": 3}], "b": [1, 2], "new": "hunter2"},
        });
        assert_eq!(
            fields_that_differ(&before, &after),
            [
                ".metadata.labels.a\\.b/c",
                ".spec.a[1].x",
                ".spec.b",
                ".spec.gone",
                ".spec.new"
            ]
        );
        assert!(fields_that_differ(&after, &after).is_empty());
    }
}

//! What a dashboard means, apart from how it is written: keys sorted, no blanks, and without the
//! versions of the panels' plug-ins, which Grafana writes anew with each of its releases.

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::digest::Digest;

/// Members that say by what a panel was saved, and nothing about it.
const WITHOUT_MEANING: [&str; 1] = ["pluginVersion"];

/// Equal for two dashboards that mean the same.
pub fn digest(dashboard: &Value) -> Digest {
    let mut hash = Sha256::new();
    feed(dashboard, &mut hash);
    Digest::from(hash)
}

fn feed(value: &Value, hash: &mut Sha256) {
    match value {
        Value::Object(object) => {
            let mut members: Vec<_> = object
                .iter()
                .filter(|(key, _)| !WITHOUT_MEANING.contains(&key.as_str()))
                .collect();
            members.sort_unstable_by_key(|(key, _)| *key);
            hash.update("{");
            for (key, value) in members {
                hash.update(key.len().to_le_bytes());
                hash.update(key);
                feed(value, hash);
            }
            hash.update("}");
        }
        Value::Array(items) => {
            hash.update("[");
            for item in items {
                feed(item, hash);
            }
            hash.update("]");
        }
        Value::String(text) => {
            hash.update("\"");
            hash.update(text.len().to_le_bytes());
            hash.update(text);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            hash.update(value.to_string());
            hash.update(",");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::digest;

    #[test]
    fn order_blanks_and_plug_in_versions_mean_nothing() {
        let one: serde_json::Value =
            serde_json::from_str("{ \"b\": [1, 2],\n \"a\": \"x\" }").unwrap();
        let panel = json!({"a": "x", "pluginVersion": "v11", "b": [1, 2]});
        assert_eq!(digest(&one), digest(&panel));
    }

    #[test]
    fn everything_else_does() {
        let all = [
            json!({}),
            json!({"a": 1}),
            json!({"a": "1"}),
            json!({"a": [1]}),
            json!({"a": [1, 2]}),
            json!({"a": [2, 1]}),
            json!({"a": [12]}),
            json!({"a": null}),
            json!({"a": {"b": 1}}),
            json!({"a": {}, "b": 1}),
            json!({"ab": 1}),
        ];
        let digests: std::collections::BTreeSet<_> = all.iter().map(digest).collect();
        assert_eq!(digests.len(), all.len());
    }
}

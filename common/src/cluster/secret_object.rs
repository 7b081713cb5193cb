//! A Secret as it is read: its values are wiped when it is dropped and never print.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use zeroize::Zeroizing;

/// A Secret's values and the version they were read at.
pub struct SecretObject {
    /// What a write compares with: the write is refused when somebody else was faster.
    pub resource_version: String,
    /// Whether the API server refuses every change of its values.
    pub immutable: bool,
    values: BTreeMap<String, Zeroizing<Vec<u8>>>,
    written: Vec<Writer>,
}

/// Who set some of a Secret's fields.
struct Writer {
    manager: String,
    at: Option<Timestamp>,
    fields: Value,
}

impl SecretObject {
    /// The decoded value of a key.
    pub fn value(&self, key: &str) -> Option<&[u8]> {
        self.values.get(key).map(|value| value.as_slice())
    }

    /// The field manager that set the value of a key last, as the managed fields say: it finds
    /// whoever writes against the jobs.
    pub fn manager_of(&self, key: &str) -> Option<&str> {
        let field = format!("f:{key}");
        let owns = |writer: &&Writer| {
            let data = writer.fields.get("f:data");
            data.is_some_and(|data| data.get(&field).is_some())
        };
        let newest = self
            .written
            .iter()
            .filter(owns)
            .max_by_key(|writer| writer.at);
        newest.map(|writer| writer.manager.as_str())
    }

    /// The names of all keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }
}

impl<'de> Deserialize<'de> for SecretObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Secret {
            metadata,
            data,
            immutable,
            ..
        } = Secret::deserialize(deserializer)?;
        let wrap = |(key, value): (String, k8s_openapi::ByteString)| (key, Zeroizing::new(value.0));
        let written = metadata.managed_fields.unwrap_or_default().into_iter();
        let written = written.filter_map(|entry| {
            Some(Writer {
                manager: entry.manager?,
                at: entry.time.map(|Time(at)| at),
                fields: entry.fields_v1?.0,
            })
        });
        Ok(Self {
            resource_version: metadata.resource_version.unwrap_or_default(),
            immutable: immutable.unwrap_or(false),
            written: written.collect(),
            values: data.unwrap_or_default().into_iter().map(wrap).collect(),
        })
    }
}

impl fmt::Debug for SecretObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretObject")
            .field("resource_version", &self.resource_version)
            .field("keys", &self.values.keys())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::SecretObject;

    #[test]
    fn the_newest_manager_of_a_key_is_named_and_managers_of_other_keys_are_not() {
        let entry = |manager: &str, time: &str, fields| {
            json!({"manager": manager, "operation": "Update", "time": time,
                   "fieldsType": "FieldsV1", "fieldsV1": fields})
        };
        let ours = || json!({"f:data": {".": {}, "f:a.yaml": {}}});
        let secret: SecretObject = serde_json::from_value(json!({
            "metadata": {
                "resourceVersion": "7",
                "managedFields": [
                    entry("helm", "2026-01-02T03:04:05Z", ours()),
                    entry("kubectl-edit", "2026-01-02T03:04:06Z", ours()),
                    entry("late", "2026-01-02T03:04:07Z", json!({"f:data": {"f:b.yaml": {}}})),
                    {"manager": "odd"},
                ],
            },
            "data": {"a.yaml": "c2VjcmV0"},
        }))
        .unwrap();
        assert_eq!(secret.manager_of("a.yaml"), Some("kubectl-edit"));
        assert_eq!(secret.manager_of("b.yaml"), Some("late"));
        assert_eq!(secret.manager_of("c.yaml"), None);
        assert_eq!(
            (secret.immutable, secret.value("a.yaml")),
            (false, Some(&b"secret"[..]))
        );
        assert!(!format!("{secret:?}").contains("c2VjcmV0"));
    }

    #[test]
    fn a_bare_secret_is_read_and_an_immutable_one_is_known() {
        let secret: SecretObject = serde_json::from_value(json!({"immutable": true})).unwrap();
        assert!(secret.immutable);
        assert_eq!((secret.manager_of("x"), secret.keys().next()), (None, None));
    }
}

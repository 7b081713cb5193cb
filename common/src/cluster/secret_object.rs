//! A Secret as it is read: its values are wiped when it is dropped and never print.

use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::api::core::v1::Secret;
use serde::{Deserialize, Deserializer};
use zeroize::Zeroizing;

/// A Secret's values and the version they were read at.
pub struct SecretObject {
    /// What a write compares with: the write is refused when somebody else was faster.
    pub resource_version: String,
    values: BTreeMap<String, Zeroizing<Vec<u8>>>,
}

impl SecretObject {
    /// The decoded value of a key.
    pub fn value(&self, key: &str) -> Option<&[u8]> {
        self.values.get(key).map(|value| value.as_slice())
    }

    /// The names of all keys.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }
}

impl<'de> Deserialize<'de> for SecretObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Secret { metadata, data, .. } = Secret::deserialize(deserializer)?;
        let wrap = |(key, value): (String, k8s_openapi::ByteString)| (key, Zeroizing::new(value.0));
        Ok(Self {
            resource_version: metadata.resource_version.unwrap_or_default(),
            values: data.unwrap_or_default().into_iter().map(wrap).collect(),
        })
    }
}

impl fmt::Debug for SecretObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretObject")
            .field("resource_version", &self.resource_version)
            .field("keys", &self.values.keys())
            .finish()
    }
}

//! A dashboard as it is to be written, with the facts that everything else decides on.

pub mod canonical;
pub mod json;
pub mod panels;

use serde_json::Value;

use crate::digest::Digest;
use crate::key::Key;

pub use json::JsonError;

/// One dashboard. Its text is a JSON object without duplicate keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dashboard {
    /// Its file name.
    pub key: Key,
    /// Exactly what is written.
    pub text: String,
    /// Of upstream's text, before any transform.
    pub upstream: Digest,
    /// Of [`Self::text`].
    pub content: Digest,
    /// Of what it means: [`canonical::digest`].
    pub canonical: Digest,
    /// Absent when it is missing, null or empty.
    pub uid: Option<String>,
    /// Empty when there is none.
    pub title: String,
    /// Absent when it is missing or no whole number.
    pub schema_version: Option<u64>,
}

impl Dashboard {
    /// Reads a text; `upstream` is the digest of what it was made from.
    ///
    /// # Errors
    /// When it is no JSON object, or an object in it has a key twice.
    pub fn read(key: Key, text: String, upstream: Digest) -> Result<(Self, Value), JsonError> {
        let value = json::parse(&text)?;
        let word = |name: &str| value.get(name).and_then(Value::as_str);
        let uid = word("uid").filter(|uid| !uid.is_empty());
        let dashboard = Self {
            upstream,
            content: Digest::of(&text),
            canonical: canonical::digest(&value),
            uid: uid.map(str::to_owned),
            title: word("title").unwrap_or_default().to_owned(),
            schema_version: value.get("schemaVersion").and_then(Value::as_u64),
            key,
            text,
        };
        Ok((dashboard, value))
    }
}

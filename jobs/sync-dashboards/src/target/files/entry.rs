//! What the lock says of one dashboard.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::dashboard::{Dashboard, canonical, json};
use crate::digest::Digest;
use crate::target::guard::Absence;

/// One of our files, as we left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// Of upstream's text.
    pub(super) upstream: Digest,
    /// Of the file's bytes.
    pub(super) written: Digest,
    /// Of what they mean.
    pub(super) canonical: Digest,
    pub(super) uid: Option<String>,
    pub(super) title: String,
    /// For how long upstream has not had it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) absence: Option<Absence>,
}

impl Entry {
    /// A dashboard that was written as these bytes.
    pub(super) fn of(dashboard: &Dashboard, bytes: &[u8]) -> Self {
        Self {
            upstream: dashboard.upstream,
            written: Digest::of(bytes),
            canonical: dashboard.canonical,
            uid: dashboard.uid.clone(),
            title: dashboard.title.clone(),
            absence: None,
        }
    }

    /// A text of upstream's of another time, as it is; nothing when it is no dashboard.
    pub(super) fn adopted(bytes: &[u8], absence: Option<Absence>) -> Option<Self> {
        let facts = Facts::of(bytes)?;
        let digest = Digest::of(bytes);
        Some(Self {
            upstream: digest,
            written: digest,
            canonical: facts.canonical,
            uid: facts.uid,
            title: facts.title.unwrap_or_default(),
            absence,
        })
    }
}

/// What Grafana would see in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) canonical: Digest,
    /// Absent when empty.
    pub(super) uid: Option<String>,
    /// Absent when empty.
    pub(super) title: Option<String>,
}

impl Facts {
    /// Nothing when it is no dashboard.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let value = json::parse(std::str::from_utf8(bytes).ok()?).ok()?;
        let word = |name: &str| {
            let word = value.get(name).and_then(Value::as_str);
            word.filter(|word| !word.is_empty()).map(str::to_owned)
        };
        Some(Self {
            canonical: canonical::digest(&value),
            uid: word("uid"),
            title: word("title"),
        })
    }
}

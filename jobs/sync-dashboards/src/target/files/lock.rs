//! The lock file: what is ours, as we left it. Sorted and without times, so that it changes only when
//! something else does.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use common::trouble::Trouble;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::entry::Entry;
use crate::desired::Provenance;
use crate::digest::Digest;
use crate::key::Key;
use crate::verdict;

/// The form that is written and read.
const VERSION: u32 = 1;

/// All that the lock says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lock {
    version: u32,
    source: Source,
    /// Of the transforms' configuration.
    transform: Digest,
    /// The chart when its content was last brought to a version.
    pub(super) chart: Option<ChartMark>,
    /// What is ours.
    #[serde(deserialize_with = "dashboards")]
    pub(super) dashboards: BTreeMap<Key, Entry>,
}

/// The pinned file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Source {
    repository: String,
    path: String,
    reference: String,
    sha256: Digest,
    blob: String,
}

/// A version of the chart and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChartMark {
    pub(super) version: String,
    /// Of every file of the chart but the lock, without the version.
    pub(super) content: Digest,
}

impl Lock {
    pub(super) fn new(
        provenance: &Provenance,
        chart: Option<ChartMark>,
        dashboards: BTreeMap<Key, Entry>,
    ) -> Self {
        Self {
            version: VERSION,
            source: Source {
                repository: provenance.place.repository.clone(),
                path: provenance.place.path.clone(),
                reference: provenance.reference.to_string(),
                sha256: provenance.file,
                blob: provenance.blob.to_string(),
            },
            transform: provenance.transform,
            chart,
            dashboards,
        }
    }

    /// The same, with another word about the chart.
    pub(super) fn with_chart(&self, chart: Option<ChartMark>) -> Self {
        Self {
            chart,
            ..self.clone()
        }
    }

    /// The same, with other files.
    pub(super) fn with_dashboards(&self, dashboards: BTreeMap<Key, Entry>) -> Self {
        Self {
            dashboards,
            ..self.clone()
        }
    }

    /// Reads the file's text, strictly: somebody's merge must not make us delete what is not ours.
    pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Self, Trouble> {
        let malformed =
            |text: String| verdict::LOCK_MALFORMED.because(format!("{}: {text}", path.display()));
        // First the version: another one may have other fields.
        let bare: Result<Bare, _> = serde_json::from_slice(bytes);
        if let Ok(Bare { version }) = bare
            && version != VERSION
        {
            return Err(malformed(format!(
                "version {version}, and this program reads {VERSION}"
            )));
        }
        serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))
    }

    /// The file's text.
    pub(super) fn render(&self) -> Vec<u8> {
        // Only a key that is no text could fail, and there is none.
        let mut text = serde_json::to_vec_pretty(self).unwrap_or_default();
        text.push(b'\n');
        text
    }

    /// What each of our files should hold.
    pub(super) fn contents(&self) -> BTreeMap<&Key, Digest> {
        let entries = self.dashboards.iter();
        entries.map(|(key, entry)| (key, entry.written)).collect()
    }
}

#[derive(Deserialize)]
struct Bare {
    version: u32,
}

fn dashboards<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<Key, Entry>, D::Error> {
    struct Entries;
    impl<'de> Visitor<'de> for Entries {
        type Value = BTreeMap<Key, Entry>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("dashboards by name")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut entries = BTreeMap::new();
            while let Some(name) = map.next_key::<String>()? {
                let key = Key::parse(&name).map_err(A::Error::custom)?;
                let entry = map.next_value()?;
                if entries.insert(key, entry).is_some() {
                    return Err(A::Error::custom(format_args!("{name} is there twice")));
                }
            }
            Ok(entries)
        }
    }
    deserializer.deserialize_map(Entries)
}

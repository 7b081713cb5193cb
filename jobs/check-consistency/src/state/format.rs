//! Memory as text: JSON with a version, in one order.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Entry, Look, Memory};

/// The version of the form that is written here.
const SCHEMA: u64 = 1;

/// So many drifts are kept.
const ENTRIES_MAX: usize = 2_000;

/// A `ConfigMap` holds 1 MiB; what is written stays below it with all that is around it.
const BYTES_MAX: usize = 900_000;

/// A text that is no memory.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// Not what any version of this job has written.
    #[error("it is damaged")]
    Corrupt(#[source] serde_json::Error),
    /// A newer version has written it; it is not to be overwritten.
    #[error("a newer version has written it (schema {schema}, known is {SCHEMA})")]
    Newer {
        /// The version of its form.
        schema: u64,
    },
}

/// What every version says first.
#[derive(Deserialize)]
struct Head {
    schema: u64,
}

#[derive(Serialize, Deserialize)]
struct Document {
    schema: u64,
    identities: BTreeMap<String, String>,
    counts: Vec<Count>,
    drift: BTreeMap<String, Entry>,
}

/// A look and what it saw.
#[derive(Serialize, Deserialize)]
struct Count {
    family: String,
    kind: String,
    cluster: String,
    objects: usize,
}

impl Count {
    fn into_entry(self) -> (Look, usize) {
        let look = Look {
            family: self.family,
            kind: self.kind,
            cluster: self.cluster,
        };
        (look, self.objects)
    }
}

impl Memory {
    /// From what [`Self::to_text`] wrote.
    ///
    /// # Errors
    /// When it is something else: that of a newer version must stay as it is.
    pub fn parse(text: &str) -> Result<Self, Unreadable> {
        let Head { schema } = serde_json::from_str(text).map_err(Unreadable::Corrupt)?;
        if schema > SCHEMA {
            return Err(Unreadable::Newer { schema });
        }
        let document: Document = serde_json::from_str(text).map_err(Unreadable::Corrupt)?;
        let counts = document.counts.into_iter();
        Ok(Self {
            entries: document.drift,
            counts: counts.map(Count::into_entry).collect(),
            identities: document.identities,
        })
    }

    /// As text of less than 900 000 bytes. Of more than 2 000 drifts those are kept that were seen last,
    /// and of these the ones that are known longest, so that it is the same ones in each run.
    pub fn to_text(&self) -> String {
        let mut newest: Vec<_> = self.entries.iter().collect();
        newest.sort_by_key(|(_, entry)| (Reverse(entry.last_seen), entry.first_seen));
        newest.truncate(ENTRIES_MAX);
        loop {
            let text = self.with(&newest);
            if text.len() < BYTES_MAX || newest.is_empty() {
                return text;
            }
            newest.truncate(newest.len().saturating_mul(9) / 10);
        }
    }

    fn with(&self, entries: &[(&String, &Entry)]) -> String {
        let counts = self.counts.iter().map(|(look, objects)| Count {
            family: look.family.clone(),
            kind: look.kind.clone(),
            cluster: look.cluster.clone(),
            objects: *objects,
        });
        let document = Document {
            schema: SCHEMA,
            identities: self.identities.clone(),
            counts: counts.collect(),
            drift: entries
                .iter()
                .map(|(fingerprint, entry)| ((*fingerprint).clone(), (*entry).clone()))
                .collect(),
        };
        // Names and numbers are always JSON.
        serde_json::to_string_pretty(&document).unwrap_or_default()
    }
}

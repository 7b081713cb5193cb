//! The report for programs: one JSON document.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::View;
use super::conclusion::troubles;
use crate::target::State;

/// Version of the document's form.
const VERSION: u32 = 1;

impl View<'_> {
    /// The document.
    pub fn document(&self) -> Value {
        let provenance = &self.desired.provenance;
        let targets: Vec<_> = self.targets.iter().map(target).collect();
        json!({
            "v": VERSION,
            "command": self.command,
            "upstream": {
                "repository": provenance.place.repository,
                "path": provenance.place.path,
                "reference": provenance.reference,
                "sha256": provenance.file,
                "blob": provenance.blob.to_string(),
                "origin": self.origin,
                "behind": self.behind,
            },
            "dashboards": {
                "wanted": self.desired.dashboards.len(),
                "excluded": self.desired.excluded,
                "rejected": findings(&self.desired.rejected),
                "unreadable": self.desired.unreadable,
                "warnings": findings(&self.desired.warnings),
            },
            "targets": targets,
            "problems": troubles(self.desired, self.targets),
        })
    }
}

/// By file name; JSON has no other keys.
fn findings<K: ToString, T: Serialize>(map: &BTreeMap<K, T>) -> BTreeMap<String, &T> {
    map.iter()
        .map(|(key, value)| (key.to_string(), value))
        .collect()
}

fn target(ended: &crate::sync::Ended) -> Value {
    let states: BTreeMap<_, _> = State::ALL
        .map(|state| (state.word(), ended.count(state)))
        .into();
    json!({
        "target": ended.target,
        "states": states,
        "items": ended.items,
        "changed": ended.changed,
        "open": ended.open,
        "removal_refused": ended.refusal,
        "notes": ended.notes,
        "strays": ended.strays,
        "seen": ended.trouble.is_none(),
        "trouble": ended.trouble,
        "stopped": ended.stopped,
    })
}

//! Rendered manifests as JSON values.

use std::fs;

use anyhow::{Context as _, Result};
use common::yaml::{Dialect, Document};
use sandbox::checkout;
use serde_json::Value;

use super::CLUSTERS;

/// What the chart is in one cluster.
#[derive(Debug, Clone)]
pub(crate) struct Rendered {
    pub(crate) cluster: String,
    pub(crate) documents: Vec<Value>,
}

impl Rendered {
    /// The committed render of every cluster.
    pub(crate) fn all() -> Result<Vec<Self>> {
        let read = |cluster: &str| -> Result<Self> {
            let path = path(cluster);
            let text = fs::read_to_string(checkout::file(&path)).context(path)?;
            Ok(Self {
                cluster: cluster.to_owned(),
                documents: documents(&text)?,
            })
        };
        CLUSTERS.into_iter().map(read).collect()
    }

    /// Every object of a kind.
    pub(crate) fn of(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.documents
            .iter()
            .filter(move |document| document["kind"] == kind)
    }

    /// One object; null if there is none.
    pub(crate) fn object(&self, kind: &str, name: &str) -> &Value {
        self.of(kind)
            .find(|object| object["metadata"]["name"] == name)
            .unwrap_or(&Value::Null)
    }

    /// The same, to plant a defect.
    pub(crate) fn object_mut(&mut self, kind: &str, name: &str) -> &mut Value {
        self.documents
            .iter_mut()
            .find(|object| object["kind"] == kind && object["metadata"]["name"] == name)
            .unwrap()
    }
}

/// Where the render of a cluster is kept.
pub(crate) fn path(cluster: &str) -> String {
    format!("k8s/rendered/{cluster}.yaml")
}

/// The documents of a YAML stream.
pub(crate) fn documents(text: &str) -> Result<Vec<Value>> {
    let parts = format!("\n{text}");
    let parts = parts
        .split("\n---\n")
        .filter(|part| !part.trim().is_empty());
    let parse = |part: &str| -> Result<Value> {
        let document = Document::parse("manifest", part, Dialect::Strict)?;
        let value = document.to_json();
        document.finish()?;
        Ok(value)
    };
    parts.map(parse).collect()
}

#[test]
fn a_stream_is_read_document_by_document() {
    let text =
        "---\n# no more than a comment\na: 1\n---\nb: [\"1\", yes, true, null]\nc: |\n  ---\n  x\n";
    assert_eq!(
        documents(text).unwrap(),
        [
            serde_json::json!({"a": 1}),
            serde_json::json!({"b": ["1", "yes", true, null], "c": "---\nx\n"}),
        ]
    );
}

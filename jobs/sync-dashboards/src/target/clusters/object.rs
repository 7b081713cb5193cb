//! A `ConfigMap` as this job sees it, and the one that it writes.

use std::collections::BTreeMap;

use common::cluster::DOMAIN;
use jiff::Timestamp;
use k8s_openapi::api::core::v1::ConfigMap;
use serde::Serialize;
use serde_json::{Value, json};

use super::{MANAGER, Style};
use crate::dashboard::Dashboard;
use crate::desired::Provenance;
use crate::digest::Digest;
use crate::key::Key;
use crate::target::guard::Absence;

/// Label that names the tool which keeps an object.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Label that names the configuration of the tool.
pub const INSTANCE: &str = "app.kubernetes.io/instance";

/// A `ConfigMap` that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Identity of this object, other than that of a later one of the same name.
    pub uid: String,
    /// Of what was read.
    pub resource_version: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, String>,
    /// Its texts.
    pub data: BTreeMap<String, String>,
    /// Whether it holds something else than texts.
    pub has_binary_data: bool,
    /// Whether it can only be deleted.
    pub immutable: bool,
    /// Who last set its texts, if that was not this job.
    pub last_writer: Option<Writer>,
}

/// Somebody who set an object's texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Writer {
    /// The field manager's name, such as `kubectl-edit`.
    pub manager: String,
    /// When.
    pub at: Option<Timestamp>,
}

impl std::fmt::Display for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.manager)?;
        match self.at {
            Some(at) => write!(f, " at {at:.0}"),
            None => Ok(()),
        }
    }
}

impl From<ConfigMap> for Object {
    fn from(map: ConfigMap) -> Self {
        let metadata = map.metadata;
        let last_writer = metadata
            .managed_fields
            .into_iter()
            .flatten()
            .filter(|entry| entry.manager.as_deref() != Some(MANAGER))
            .filter(|entry| {
                let fields = entry.fields_v1.as_ref();
                fields.is_some_and(|fields| fields.0.get("f:data").is_some())
            })
            .map(|entry| Writer {
                manager: entry.manager.unwrap_or_default(),
                at: entry.time.map(|time| time.0),
            })
            .max_by_key(|writer| writer.at);
        Self {
            namespace: metadata.namespace.unwrap_or_default(),
            name: metadata.name.unwrap_or_default(),
            uid: metadata.uid.unwrap_or_default(),
            resource_version: metadata.resource_version.unwrap_or_default(),
            labels: metadata.labels.unwrap_or_default(),
            annotations: metadata.annotations.unwrap_or_default(),
            data: map.data.unwrap_or_default(),
            has_binary_data: map.binary_data.is_some_and(|data| !data.is_empty()),
            immutable: map.immutable.unwrap_or(false),
            last_writer,
        }
    }
}

impl Object {
    /// `namespace/name`.
    pub fn place(&self) -> String {
        format!("configmap {}/{}", self.namespace, self.name)
    }

    /// Its dashboard, if it holds exactly one.
    pub fn only(&self) -> Option<(Key, &str)> {
        let mut texts = self.data.iter();
        match (texts.next(), texts.next()) {
            (Some((key, text)), None) if !self.has_binary_data => {
                Some((Key::parse(key).ok()?, text))
            }
            _ => None,
        }
    }

    /// One of this job's notes.
    pub fn note(&self, name: &str) -> Option<&str> {
        self.annotations.get(&annotation(name)).map(String::as_str)
    }

    /// One of this job's notes that is a digest.
    pub fn digest(&self, name: &str) -> Option<Digest> {
        self.note(name)?.parse().ok()
    }

    /// For how long upstream has not had it.
    pub fn absence(&self) -> Option<Absence> {
        Some(Absence {
            reference: self.note("absent-reference")?.to_owned(),
            pins: self.note("absent-pins")?.parse().ok()?,
        })
    }
}

fn annotation(name: &str) -> String {
    format!("{DOMAIN}/{name}")
}

/// What is noted on an object about its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notes(BTreeMap<String, String>);

impl Notes {
    /// On a dashboard that is written now.
    pub fn of(dashboard: &Dashboard, provenance: &Provenance, style: &Style) -> Self {
        let place = &provenance.place;
        let notes = [
            ("source", format!("{}/{}", place.repository, place.path)),
            ("commit", provenance.reference.to_string()),
            ("file-sha256", provenance.file.to_string()),
            ("content-sha256", dashboard.content.to_string()),
            ("canonical-sha256", dashboard.canonical.to_string()),
            ("transform", provenance.transform.to_string()),
        ];
        let ours = notes.map(|(name, value)| (annotation(name), value));
        let others = style.folder.iter().chain(&style.annotations).cloned();
        Self(ours.into_iter().chain(others).collect())
    }

    /// Those that an object has already, for an orphan whose absence is counted.
    pub fn kept(object: &Object, absence: &Absence) -> Self {
        let ours = object
            .annotations
            .iter()
            .filter(|(name, _)| name.starts_with(DOMAIN))
            .map(|(name, value)| (name.clone(), value.clone()));
        let counted = [
            ("absent-reference", absence.reference.clone()),
            ("absent-pins", absence.pins.to_string()),
        ];
        let counted = counted.map(|(name, value)| (annotation(name), value));
        Self(ours.chain(counted).collect())
    }

    /// Whether an object that holds the wanted text says so. Under which pin it was written does not
    /// matter.
    pub fn hold_for(&self, object: &Object) -> bool {
        let of_origin = [
            annotation("source"),
            annotation("commit"),
            annotation("file-sha256"),
        ];
        let absent = [annotation("absent-reference"), annotation("absent-pins")];
        let says = |(name, value): (&String, &String)| match object.annotations.get(name) {
            Some(there) => there == value || of_origin.contains(name),
            None => false,
        };
        self.0.iter().all(says)
            && !absent
                .iter()
                .any(|name| object.annotations.contains_key(name))
    }
}

/// The labels of every object of this job.
pub fn labels(style: &Style) -> BTreeMap<String, String> {
    [
        (style.sidecar_label.as_str(), style.sidecar_value.as_str()),
        (MANAGED_BY, MANAGER),
        (INSTANCE, &style.instance),
        ("app", "grafana"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect()
}

/// The object that is applied: everything that this job sets, and nothing else.
pub fn body(namespace: &str, key: &Key, text: &str, notes: &Notes, style: &Style) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": style.object_name(key),
            "namespace": namespace,
            "labels": labels(style),
            "annotations": notes.0,
        },
        "data": { key.as_str(): text },
    })
}

//! Releases of what runs: the definitions of custom kinds, Prometheus and Alertmanager.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::findings::{Found, findings, list, named};
use super::names::{VERSIONS, definitions, operator};
use super::reader::Reader;
use super::reading::{Reading, compare, gaps, parts};
use crate::config::Live;
use crate::difference::{Class, Difference, Side};
use crate::finding::{Field, Finding, Standing};
use crate::object::{Kind, ObjectName};
use crate::path::{Path, Segment};
use crate::survey::{Gap, Part};

/// Annotations that tell which release a definition belongs to.
const RELEASES: [&str; 2] = [
    "operator.prometheus.io/version",
    "controller-gen.kubebuilder.io/version",
];

/// Bytes of a schema's digest that are shown.
const DIGEST_BYTES: usize = 6;

/// The definitions of one cluster by name; `None` for one that it does not have.
pub(super) type Definitions = BTreeMap<String, Option<Definition>>;

/// What of a definition is compared, by the place where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Definition(BTreeMap<Path, String>);

/// Reads the definitions of one cluster.
pub(super) async fn read(reader: &Reader<'_>, names: &[String]) -> Result<Definitions, Gap> {
    let resource = definitions();
    let mut read = Definitions::new();
    for name in names {
        let object = reader.value(&resource, name).await?;
        read.insert(name.clone(), object.as_ref().map(Definition::of));
    }
    Ok(read)
}

impl Definition {
    fn of(object: &Value) -> Self {
        let mut aspects = BTreeMap::new();
        let annotations = object.pointer("/metadata/annotations");
        for name in RELEASES {
            let value = annotations
                .and_then(|all| all.get(name))
                .and_then(Value::as_str);
            if let Some(value) = value {
                let path = Path::default().field("metadata").field("annotations");
                aspects.insert(path.field(name), value.to_owned());
            }
        }
        let versions = object.pointer("/spec/versions").and_then(Value::as_array);
        for version in versions.into_iter().flatten() {
            let name = version.get("name").and_then(Value::as_str);
            let key = ("name".to_owned(), name.unwrap_or_default().to_owned());
            let path = Path::default().field("spec").field("versions");
            let path = path.with(Segment::Item(vec![key]));
            for flag in ["served", "storage"] {
                let value = version.get(flag).and_then(Value::as_bool);
                aspects.insert(path.field(flag), value.unwrap_or_default().to_string());
            }
            if let Some(schema) = version.get("schema") {
                aspects.insert(path.field("schema"), digest(schema));
            }
        }
        Self(aspects)
    }
}

/// A digest of a document in which the order of fields has no meaning, as it is shown.
fn digest(document: &Value) -> String {
    let mut hasher = Sha256::new();
    feed(document, &mut hasher);
    let digest = hasher.finalize();
    let shown = digest.iter().take(DIGEST_BYTES);
    let shown: Vec<_> = shown.map(|byte| format!("{byte:02x}")).collect();
    format!("digest {}", shown.concat())
}

fn feed(value: &Value, hasher: &mut Sha256) {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<_, _> = fields.iter().collect();
            hasher.update(b"{");
            for (name, value) in fields {
                feed(&Value::String(name.clone()), hasher);
                feed(value, hasher);
            }
            hasher.update(b"}");
        }
        Value::Array(items) => {
            hasher.update(b"[");
            for item in items {
                feed(item, hasher);
            }
            hasher.update(b"]");
        }
        // As JSON: a text in quotes is never taken for anything else.
        scalar @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            hasher.update(scalar.to_string());
            hasher.update(b",");
        }
    }
}

/// What is compared beside the definitions: releases by cluster.
#[derive(Debug)]
pub(super) struct Releases<'a> {
    /// Of each Prometheus.
    pub(super) prometheus: &'a [Reading<String>],
    /// Of each Alertmanager's replicas.
    pub(super) alertmanager: &'a [Reading<BTreeSet<String>>],
}

/// Judges the releases of all clusters.
pub(super) fn judge(
    readings: &[Reading<Definitions>],
    releases: &Releases<'_>,
    names: &[&str],
    live: &Live,
) -> (Vec<Finding>, Vec<Part>) {
    let kind = Kind::new("apiextensions.k8s.io", "CustomResourceDefinition");
    let mut found = Vec::new();
    for name in &live.definitions {
        let readings: Vec<_> = readings
            .iter()
            .map(|reading| reading.map(|all| all.get(name).cloned().flatten()))
            .collect();
        let object = ObjectName {
            kind: kind.clone(),
            namespace: None,
            name: name.clone(),
        };
        found.extend(definition(object, &readings));
    }
    if let Some(prometheus) = &live.prometheus {
        let object = named(
            &operator("Prometheus"),
            &live.namespace,
            &prometheus.service,
        );
        let shown = String::clone;
        found.extend(release(object, releases.prometheus, names, shown));
    }
    if let Some(alertmanager) = &live.alertmanager {
        let object = named(
            &operator("Alertmanager"),
            &live.namespace,
            &alertmanager.selector,
        );
        let shown = |versions: &BTreeSet<String>| list(versions.iter().map(String::as_str));
        found.extend(release(object, releases.alertmanager, names, shown));
    }
    let parts = parts(VERSIONS, &kind, readings, |all| {
        Ok(all.values().flatten().count())
    });
    (findings(VERSIONS, &gaps(readings), found), parts)
}

/// Whether one definition is the same in all clusters.
fn definition(object: ObjectName, readings: &[Reading<Option<Definition>>]) -> Option<Found> {
    let compared = compare(readings)?;
    let mut found = Found::well(object, 0);
    found.clusters.clear();
    for (value, clusters) in &compared.groups {
        let place = if value.is_some() {
            &mut found.clusters
        } else {
            &mut found.absent
        };
        place.extend(clusters);
    }
    found.unread.clone_from(&compared.unread);
    if found.absent.is_empty() {
        found.standing = compared.standing();
    } else {
        found.standing = Standing::Missing;
        found.text = Some("not every cluster has this definition".to_owned());
        found.hint = Some("install it, or correct its name in the configuration".to_owned());
    }
    if found.standing == Standing::Different {
        found.fields = fields(readings);
        found.hint = Some("install the definitions of one release in all clusters".to_owned());
    }
    Some(found)
}

/// The places in which definitions differ.
fn fields(readings: &[Reading<Option<Definition>>]) -> Vec<Field> {
    let definitions = readings
        .iter()
        .map(|reading| reading.seen().and_then(Option::as_ref));
    let definitions: Vec<_> = definitions.collect();
    let read = || definitions.iter().copied().flatten();
    let paths: BTreeSet<_> = read().flat_map(|definition| definition.0.keys()).collect();
    let fields = paths.into_iter().filter_map(|path| {
        let values: BTreeSet<_> = read().map(|definition| definition.0.get(path)).collect();
        if values.len() < 2 {
            return None;
        }
        let sides = definitions.iter().map(|definition| match definition {
            None => Side::NoObject,
            Some(definition) => match definition.0.get(path) {
                None => Side::Absent,
                Some(value) => Side::Shown(value.clone()),
            },
        });
        let class = if values.contains(&None) {
            Class::Presence
        } else {
            Class::Value
        };
        Some(Field {
            difference: Difference {
                path: path.clone(),
                class,
                sides: sides.collect(),
            },
            rule: None,
            note: None,
            fingerprint: None,
            age: None,
        })
    });
    fields.collect()
}

/// Whether all clusters run the same release.
fn release<T: PartialEq>(
    object: ObjectName,
    readings: &[Reading<T>],
    names: &[&str],
    shown: impl Fn(&T) -> String,
) -> Option<Found> {
    let compared = compare(readings)?;
    let mut found = Found::well(object, 0);
    found.clusters = compared.clusters();
    found.standing = compared.standing();
    if found.standing == Standing::Different {
        let groups = compared.groups.iter().map(|(version, clusters)| {
            let clusters = clusters.iter().filter_map(|cluster| names.get(*cluster));
            format!("{} in {}", shown(version), list(clusters.copied()))
        });
        let groups: Vec<_> = groups.collect();
        found.text = Some(format!("different releases run: {}", groups.join(", ")));
        found.hint = Some("bring all clusters to one release".to_owned());
    }
    found.unread = compared.unread;
    Some(found)
}

#[cfg(test)]
mod tests;

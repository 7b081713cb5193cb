//! Texts that hold a document: what is compared is the document.
//!
//! YAML is read by the rules of version 1.1, as the Go programs do that read these files. Numbers and words
//! such as `yes` and `010` are compared as they stand: whether `yes` is a text depends on the field of the
//! program that reads it, so it is the same as neither `true` nor `"yes"`.

mod json;
mod yaml;

use super::tree::Tree;
use crate::object::Kind;

/// A configuration of Alertmanager.
pub(super) const ALERTMANAGER: &str = "a configuration of Alertmanager";
/// A configuration of Prometheus.
pub(super) const PROMETHEUS: &str = "a configuration of Prometheus";
/// A file of rules for Prometheus.
pub(super) const RULES: &str = "a file of rules";
/// Any other document.
const OTHER: &str = "a document";

/// Of a text that some programs refuse, and others read in ways of their own.
const KEY_TWICE: &str = "has a key twice, compared as text";

/// What a text is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Yaml,
    Json,
}

/// A document.
pub(super) struct Document {
    /// What it says.
    pub(super) tree: Tree,
    /// What it is, as the table of types calls it.
    pub(super) kind: &'static str,
}

/// Whether a place holds a file: a key of a `ConfigMap` or a Secret.
pub(super) fn is_file(kind: &str, place: &[&str]) -> bool {
    matches!((kind, place), ("ConfigMap" | "Secret", ["data", _]))
}

/// The format of the document that the text at a place holds, by the file's name.
pub(super) fn format(kind: &str, place: &[&str]) -> Option<Format> {
    let ("ConfigMap" | "Secret", ["data", name]) = (kind, place) else {
        return None;
    };
    // The operator compresses what it generates; it is unpacked by now.
    let name = match kind {
        "Secret" => name.strip_suffix(".gz").unwrap_or(name),
        _ => name,
    };
    let (_, ending) = name.rsplit_once('.')?;
    match ending {
        "yaml" | "yml" => Some(Format::Yaml),
        "json" => Some(Format::Json),
        _ => None,
    }
}

/// Whether a `ConfigMap` holds logins like a Secret: Grafana's data sources, or a release of Helm.
pub(super) fn holds_logins(kind: &Kind, object: &Tree) -> bool {
    let label = |name| {
        let labels = object.field("metadata").and_then(|it| it.field("labels"));
        labels.and_then(|labels| labels.field(name))
    };
    let has_sources = || {
        let data = object.field("data").and_then(Tree::map);
        data.is_some_and(|data| data.keys().any(|name| name.starts_with("datasource")))
    };
    kind.group.is_empty()
        && kind.kind == "ConfigMap"
        && (label("grafana_datasource").is_some()
            || label("owner").and_then(Tree::text) == Some("helm")
            || has_sources())
}

/// Reads a document. Nothing for a text that is a scalar of its format: it is compared as it is.
///
/// # Errors
/// When the text is not of its format, too much of it, or has a key twice.
pub(super) fn read(format: Format, text: &str) -> Result<Option<Document>, &'static str> {
    let tree = match format {
        Format::Json => json::read(text)?,
        Format::Yaml => yaml::read(text)?,
    };
    let kind = kind(&tree);
    Ok(match tree {
        Tree::Map(_) | Tree::List(_) => Some(Document { tree, kind }),
        Tree::Null | Tree::Bool(_) | Tree::Bare { .. } | Tree::Text(_) => None,
    })
}

/// What a document is, by what stands in it.
fn kind(tree: &Tree) -> &'static str {
    let has = |name| tree.field(name).is_some();
    if has("route") && has("receivers") {
        ALERTMANAGER
    } else if has("scrape_configs") || tree.field("global").is_some_and(is_prometheus) {
        PROMETHEUS
    } else if tree.field("groups").is_some_and(are_rules) {
        RULES
    } else {
        OTHER
    }
}

/// Other programs have groups too, of users or of machines.
fn are_rules(groups: &Tree) -> bool {
    let is_group = |it: &Tree| it.field("name").is_some() && it.field("rules").is_some();
    matches!(groups, Tree::List(groups) if groups.iter().all(is_group))
}

fn is_prometheus(global: &Tree) -> bool {
    global.field("scrape_interval").is_some() || global.field("external_labels").is_some()
}

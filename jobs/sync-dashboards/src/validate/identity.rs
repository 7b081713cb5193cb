//! What Grafana knows a dashboard by, and whether it can read it at all.

use serde_json::Value;

use super::Rules;
use super::codes::{
    SCHEMA_V2, SCHEMA_VERSION_MISSING, SCHEMA_VERSION_TOO_NEW, TITLE_MISSING, TITLE_TOO_LONG,
    TOO_DEEP, TOO_LARGE, UID_MALFORMED, UID_MISSING,
};
use crate::dashboard::{Dashboard, json::DEPTH_LIMIT};
use crate::finding::Finding;

const TITLE_LIMIT: usize = 189;
const UID_LIMIT: usize = 40;

/// The form of Kubernetes objects: nothing else about it can be said.
pub(super) fn unsupported(value: &Value) -> Option<Finding> {
    let version = value.get("apiVersion").and_then(Value::as_str);
    let is_object = version.is_some_and(|it| it.starts_with("dashboard.grafana.app/"));
    let is_spec = value.get("elements").is_some() && value.get("layout").is_some();
    let said = version.unwrap_or("elements and layout");
    (is_object || is_spec).then(|| SCHEMA_V2.at("", format!("has the form of schema v2 ({said})")))
}

pub(super) fn check(dashboard: &Dashboard, value: &Value, rules: &Rules) -> Vec<Finding> {
    let mut findings = Vec::new();
    let size = dashboard.text.len();
    if size > rules.size_limit {
        findings.push(TOO_LARGE.at(
            "",
            format!("has {size} bytes, more than {}", rules.size_limit),
        ));
    }
    if deeper_than(value, DEPTH_LIMIT) {
        findings.push(TOO_DEEP.at("", format!("nested more than {DEPTH_LIMIT} levels deep")));
    }
    let title = dashboard.title.trim();
    if title.is_empty() {
        findings.push(TITLE_MISSING.at("title", "there is none"));
    }
    let length = title.chars().count();
    if length > TITLE_LIMIT {
        findings.push(TITLE_TOO_LONG.at(
            "title",
            format!("has {length} characters, more than {TITLE_LIMIT}"),
        ));
    }
    findings.extend(uid(value));
    match (dashboard.schema_version, rules.max_schema_version) {
        (None, _) => {
            findings.push(SCHEMA_VERSION_MISSING.at("schemaVersion", "is no whole number"));
        }
        (Some(version), Some(max)) if version > max => findings.push(SCHEMA_VERSION_TOO_NEW.at(
            "schemaVersion",
            format!("is {version}, and {max} is the greatest allowed"),
        )),
        (Some(_), _) => {}
    }
    findings
}

fn uid(value: &Value) -> Option<Finding> {
    let uid = match value.get("uid") {
        None | Some(Value::Null) => "",
        Some(Value::String(uid)) => uid,
        Some(other) => {
            return Some(
                UID_MALFORMED.at("uid", format!("is no text: {}", short(&other.to_string()))),
            );
        }
    };
    if uid.is_empty() {
        return Some(UID_MISSING.at("uid", "there is none"));
    }
    (!is_uid(uid)).then(|| UID_MALFORMED.at("uid", format!("cannot be {:?}", short(uid))))
}

/// Whether Grafana takes it for a uid.
pub(super) fn is_uid(uid: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    (1..=UID_LIMIT).contains(&uid.len()) && uid.chars().all(fits)
}

/// The beginning of a text that may be of any length.
pub(super) fn short(text: &str) -> String {
    const SHOWN: usize = 60;
    match text
        .char_indices()
        .nth(SHOWN)
        .and_then(|(end, _)| text.get(..end))
    {
        Some(start) => format!("{start}…"),
        None => text.to_owned(),
    }
}

fn deeper_than(value: &Value, levels: usize) -> bool {
    let below = |item: &Value| match levels.checked_sub(1) {
        None => true,
        Some(left) => deeper_than(item, left),
    };
    match value {
        Value::Array(items) => levels == 0 || items.iter().any(below),
        Value::Object(object) => levels == 0 || object.values().any(below),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

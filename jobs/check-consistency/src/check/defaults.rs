//! Whether a difference is only what the servers fill in where nobody has set anything.

use super::schemas::KindSchemas;
use crate::difference::{Class, Difference, Side};
use crate::path::{Path, Segment};

/// Whether every side is what its own server fills in where nothing is set. Defaults that the servers
/// agree about never come here: they are filled in before objects are compared.
pub(super) fn is_default(difference: &Difference, known: &KindSchemas) -> bool {
    match difference.class {
        Class::Value | Class::Presence | Class::Type => {}
        Class::Order
        | Class::Cosmetic
        | Class::Defaulted
        | Class::InvalidDocument
        | Class::DuplicateKey => return false,
    }
    let Some(names) = names(&difference.path) else {
        return false;
    };
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let mut filled = 0_usize;
    for (cluster, side) in difference.sides.iter().enumerate() {
        let schema = known.each.get(cluster).and_then(Option::as_ref);
        let default = schema.and_then(|schema| schema.default_at(&names));
        match (side, default) {
            (Side::NoObject, _) => {}
            // Absent is what such a server makes of nothing, if its schema is known at all.
            (Side::Absent, None) if schema.is_some() => {}
            (Side::Shown(text), Some(default)) if *text == shown(&default) => filled += 1,
            (Side::Absent | Side::Shown(_) | Side::Hidden { .. }, _) => return false,
        }
    }
    filled > 0
}

/// A default as a difference shows a value.
fn shown(default: &serde_json::Value) -> String {
    match default.as_str() {
        Some(text) => text.to_owned(),
        None => default.to_string(),
    }
}

/// A path as a schema knows it; none within a document.
fn names(path: &Path) -> Option<Vec<String>> {
    let name = |segment: &Segment| match segment {
        Segment::Field(name) => Some(name.clone()),
        Segment::Item(_) | Segment::Index(_) => Some("*".to_owned()),
        Segment::Document => None,
    };
    path.0.iter().map(name).collect()
}

#[cfg(test)]
mod tests;

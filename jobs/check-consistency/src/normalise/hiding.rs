//! What is not shown at a place.

use std::collections::BTreeMap;

use super::tree::Tree;

/// What is secret at a place and below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hiding {
    /// What its name says.
    ByName,
    /// Every scalar here, but not in mappings: `password: {name: …, key: …}` of an object only says where it
    /// is.
    Here,
    /// Every scalar here and in mappings below, but for references to a Secret. Documents have any form:
    /// `tokens: {one: …}`.
    Below,
    /// Everything.
    All,
}

impl Hiding {
    /// Whether items may be known by their keys, which stand in paths.
    pub(super) fn shows_keys(self) -> bool {
        match self {
            Self::ByName | Self::Here => true,
            Self::Below | Self::All => false,
        }
    }

    /// What is hidden in a mapping at the place.
    pub(super) fn within(self, fields: &BTreeMap<String, Tree>) -> Self {
        match self {
            Self::Below if is_reference(fields) => Self::ByName,
            Self::ByName | Self::Here | Self::Below | Self::All => self,
        }
    }
}

/// Whether a mapping names a Secret and a key of it: `{name: …, key: …}`.
fn is_reference(fields: &BTreeMap<String, Tree>) -> bool {
    ["name", "key"]
        .iter()
        .all(|name| fields.contains_key(*name))
        && fields.iter().all(|(name, value)| match name.as_str() {
            "name" | "key" | "namespace" => value.text().is_some(),
            "optional" => matches!(value, Tree::Bool(_)),
            _ => false,
        })
}

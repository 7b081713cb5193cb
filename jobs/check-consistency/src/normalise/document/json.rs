//! From JSON to a tree.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::Tree;

/// Reads a document.
///
/// # Errors
/// When it is no JSON, or has a key twice, of which readers take the first, the last or none.
pub(super) fn read(text: &str) -> Result<Tree, &'static str> {
    let value: serde_json::Value =
        serde_json::from_str(text).map_err(|_| "does not parse as JSON")?;
    let _: Apart = serde_json::from_str(text).map_err(|_| super::KEY_TWICE)?;
    Ok(Tree::from(&value))
}

/// A value without a key twice; what it is does not matter.
struct Apart;

impl<'de> Deserialize<'de> for Apart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for Apart {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value without a key twice")
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self, A::Error> {
        let mut names = BTreeSet::new();
        while let Some((name, Self)) = fields.next_entry::<String, Self>()? {
            if !names.insert(name) {
                return Err(A::Error::custom(super::KEY_TWICE));
            }
        }
        Ok(self)
    }
}

//! A value as it was read, from JSON or from YAML, before anything is made of it.

use std::collections::BTreeMap;

use serde_json::{Number, Value};

/// A value. Their order has no meaning; it only brings sets into one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tree {
    Null,
    Bool(bool),
    /// A number, or another bare word of YAML that is no text.
    Bare {
        /// One spelling for each value.
        value: String,
        /// As it stood.
        text: String,
    },
    Text(String),
    List(Vec<Tree>),
    Map(BTreeMap<String, Tree>),
}

impl Tree {
    /// The field of a mapping.
    pub(super) fn field(&self, name: &str) -> Option<&Self> {
        self.map()?.get(name)
    }

    /// A mapping.
    pub(super) fn map(&self) -> Option<&BTreeMap<String, Self>> {
        match self {
            Self::Map(fields) => Some(fields),
            Self::Null | Self::Bool(_) | Self::Bare { .. } | Self::Text(_) | Self::List(_) => None,
        }
    }

    /// The mapping at a place below, to be changed.
    pub(super) fn map_at(&mut self, path: &[&str]) -> Option<&mut BTreeMap<String, Self>> {
        let mut tree = self;
        for name in path {
            tree = tree.map_mut()?.get_mut(*name)?;
        }
        tree.map_mut()
    }

    fn map_mut(&mut self) -> Option<&mut BTreeMap<String, Self>> {
        match self {
            Self::Map(fields) => Some(fields),
            Self::Null | Self::Bool(_) | Self::Bare { .. } | Self::Text(_) | Self::List(_) => None,
        }
    }

    /// The items of a list, to be changed.
    pub(super) fn items_mut(&mut self) -> Option<&mut Vec<Self>> {
        match self {
            Self::List(items) => Some(items),
            Self::Null | Self::Bool(_) | Self::Bare { .. } | Self::Text(_) | Self::Map(_) => None,
        }
    }

    /// A text.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Bool(_) | Self::Bare { .. } | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// A scalar as it stood, whatever its type.
    pub(super) fn scalar(&self) -> Option<&str> {
        match self {
            Self::Bool(true) => Some("true"),
            Self::Bool(false) => Some("false"),
            Self::Bare { text, .. } | Self::Text(text) => Some(text),
            Self::Null | Self::List(_) | Self::Map(_) => None,
        }
    }
}

impl From<&Value> for Tree {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Bare {
                value: canonical(number),
                text: number.to_string(),
            },
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            Value::Object(fields) => Self::Map(
                fields
                    .iter()
                    .map(|(name, value)| (name.clone(), Self::from(value)))
                    .collect(),
            ),
        }
    }
}

/// `1`, `1.0` and `1e0` are one number, and so are `0` and `-0`.
fn canonical(number: &Number) -> String {
    if number.is_i64() || number.is_u64() {
        return number.to_string();
    }
    match number.as_f64() {
        Some(0.0) => "0".to_owned(),
        // Never with an exponent, and whole numbers without a point.
        Some(value) => value.to_string(),
        None => number.to_string(),
    }
}

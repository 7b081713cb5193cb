//! JSON, strictly: an object that has no key twice, not too deep.
//!
//! `serde_json` takes the last of two equal keys without a word; what Grafana shows would then hang on
//! the order in which its parser goes.

use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Deepest nesting of a dashboard.
pub const DEPTH_LIMIT: usize = 64;

/// A text that is no dashboard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not JSON, a key twice, or too deep: with line and column.
    #[error("{0}")]
    Syntax(String),
    /// JSON, but no object.
    #[error("a dashboard is a JSON object, not {0}")]
    NotAnObject(&'static str),
}

/// Reads a dashboard's text.
///
/// # Errors
/// When it is no JSON object, an object in it has a key twice, or it is nested too deeply.
pub fn parse(text: &str) -> Result<Value, JsonError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let value = Strict { depth: 0 }.deserialize(&mut deserializer);
    let value = value.and_then(|value| deserializer.end().map(|()| value));
    let value = value.map_err(|error| JsonError::Syntax(error.to_string()))?;
    let kind = match value {
        Value::Object(_) => return Ok(value),
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
    };
    Err(JsonError::NotAnObject(kind))
}

/// Reads one value at this depth.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        if self.depth == DEPTH_LIMIT {
            return Err(E::custom(format_args!(
                "nested more than {DEPTH_LIMIT} levels deep"
            )));
        }
        Ok(Self {
            depth: self.depth + 1,
        })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number that is none"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if object.contains_key(&key) {
                return Err(A::Error::custom(format_args!(
                    "the key {key:?} stands twice"
                )));
            }
            let value = entries.next_value_seed(inner)?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::{DEPTH_LIMIT, parse};

    #[test]
    fn a_dashboard_is_read_with_its_keys_in_order() {
        let text = r#"{"b":[1,-2,2.5,true,null,"x"],"a":{}}"#;
        assert_eq!(parse(text).unwrap().to_string(), text);
    }

    #[test]
    fn whatever_is_no_dashboard_is_refused_with_its_place() {
        let deep = format!(
            "{{\"a\":{}{}}}",
            "[".repeat(DEPTH_LIMIT),
            "]".repeat(DEPTH_LIMIT)
        );
        for (text, said) in [
            ("", "EOF while parsing a value at line 1 column 0"),
            (
                "{\"a\":1,\n\"a\":2}",
                "the key \"a\" stands twice at line 2 column 3",
            ),
            (
                "{\"x\":{\"a\":1,\"a\":1}}",
                "the key \"a\" stands twice at line 1 column 15",
            ),
            ("{} {}", "trailing characters at line 1 column 4"),
            ("[]", "a dashboard is a JSON object, not a list"),
            ("\"x\"", "a dashboard is a JSON object, not a text"),
            (&deep, "nested more than 64 levels deep at line 1 column 70"),
        ] {
            assert_eq!(parse(text).unwrap_err().to_string(), said, "{text}");
        }
    }
}

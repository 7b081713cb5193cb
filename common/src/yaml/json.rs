//! The tree as JSON has it.

use serde_json::{Map, Number, Value};

use super::node::{Kind, Node, Scalar};
use super::scalar::{Value as Meaning, resolve};
use super::{Dialect, Document};

impl Document {
    /// The same as JSON, without positions. What JSON has no word for stays text: dates, and numbers
    /// beyond 64 bits. Keys are texts.
    pub fn to_json(&self) -> Value {
        json(&self.root, self.dialect)
    }
}

fn json(node: &Node, dialect: Dialect) -> Value {
    match &node.kind {
        Kind::Scalar(it) => scalar(it, dialect),
        Kind::Sequence(items) => items.iter().map(|it| json(it, dialect)).collect(),
        Kind::Mapping(entries) => {
            let entries = entries.iter();
            let map: Map<_, _> = entries
                .map(|entry| (entry.key.text.clone(), json(&entry.value, dialect)))
                .collect();
            Value::Object(map)
        }
    }
}

fn scalar(scalar: &Scalar, dialect: Dialect) -> Value {
    let text = || Value::String(scalar.text.clone());
    match resolve(scalar, dialect) {
        Meaning::Null => Value::Null,
        Meaning::Bool(value) => Value::Bool(value),
        Meaning::Int(value) => match (i64::try_from(value), u64::try_from(value)) {
            (Ok(value), _) => value.into(),
            (_, Ok(value)) => value.into(),
            _ => text(),
        },
        Meaning::Float(value) => Number::from_f64(value).map_or_else(text, Value::Number),
        Meaning::Date | Meaning::Text => text(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Dialect, Document};

    #[test]
    fn every_value_is_what_json_has_for_it() {
        let text =
            "a: [1, -2, 1.5, \"3\", yes, true, null, .inf]\nb: {c: 99999999999999999999}\n7: x\n";
        let document = Document::parse("file", text, Dialect::Strict).unwrap();
        assert_eq!(
            document.to_json(),
            json!({
                "a": [1, -2, 1.5, "3", "yes", true, null, ".inf"],
                "b": {"c": "99999999999999999999"},
                "7": "x",
            })
        );
        let document = Document::parse("file", "a: yes", Dialect::Yaml11).unwrap();
        assert_eq!(document.to_json(), json!({"a": true}));
    }
}

//! From YAML to a tree, without knowing its keys.

use common::yaml::{Dialect, Document, Kind, Node, Scalar, Value, resolve};

use super::Tree;

const NO_YAML: &str = "does not parse as YAML";

/// Reads a document.
///
/// # Errors
/// When it is no YAML, or has a key twice, which the Go programs refuse.
pub(super) fn read(text: &str) -> Result<Tree, &'static str> {
    let document = Document::parse("", text, Dialect::Yaml11).map_err(|_| NO_YAML)?;
    let tree = tree(document.tree());
    let warnings = document.finish().map_err(|_| NO_YAML)?;
    if warnings.is_empty() {
        Ok(tree)
    } else {
        Err(super::KEY_TWICE)
    }
}

fn tree(node: &Node) -> Tree {
    match &node.kind {
        Kind::Scalar(scalar) => self::scalar(scalar),
        Kind::Sequence(items) => Tree::List(items.iter().map(tree).collect()),
        Kind::Mapping(entries) => {
            let fields = entries.iter();
            Tree::Map(
                fields
                    .map(|it| (it.key.text.clone(), tree(&it.value)))
                    .collect(),
            )
        }
    }
}

fn scalar(scalar: &Scalar) -> Tree {
    let text = scalar.text.clone();
    let bare = || Tree::Bare {
        value: text.clone(),
        text: text.clone(),
    };
    match resolve(scalar, Dialect::Yaml11) {
        Value::Null => Tree::Null,
        Value::Bool(value) if text == value.to_string() => Tree::Bool(value),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Date => bare(),
        Value::Text => Tree::Text(text),
    }
}

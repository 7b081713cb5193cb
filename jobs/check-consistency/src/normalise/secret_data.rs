//! The values of a Secret: what stands in base64 is what the base64 stands for.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::tree::Tree;

/// Before what is no text. No text of a Secret begins like this, and nobody is shown it.
const BINARY: &str = "\0binary\0";

/// Decodes `data`, and adds `stringData` to it, which wins as on a server. What is no base64 stays as it is.
pub(super) fn decode(object: &mut Tree) {
    let Some(fields) = object.map_at(&[]) else {
        return;
    };
    if let Some(data) = fields.get_mut("data").and_then(|data| data.map_at(&[])) {
        for value in data.values_mut() {
            if let Some(decoded) = value.text().and_then(decoded) {
                *value = Tree::Text(decoded);
            }
        }
    }
    if let Some(Tree::Map(plain)) = fields.remove("stringData") {
        let data = fields
            .entry("data".to_owned())
            .or_insert_with(|| Tree::Map(std::collections::BTreeMap::new()));
        if let Some(data) = data.map_at(&[]) {
            data.extend(plain);
        }
    }
}

fn decoded(text: &str) -> Option<String> {
    let bytes = STANDARD.decode(text).ok()?;
    Some(String::from_utf8(bytes).unwrap_or_else(|error| {
        let mut text = BINARY.to_owned();
        STANDARD.encode_string(error.as_bytes(), &mut text);
        text
    }))
}

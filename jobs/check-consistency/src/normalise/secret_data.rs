//! The values of a Secret: what stands in base64 is what the base64 stands for, and what is compressed is
//! what was compressed.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::alertmanager::gunzip;
use common::secret::ExposeSecret as _;

use super::tree::Tree;

/// Before what is no text. No text of a Secret begins like this, and nobody is shown it.
const BINARY: &str = "\0binary\0";

/// Decodes `data`, and adds `stringData` to it, which wins as on a server. What is no base64 stays as it is.
pub(super) fn decode(object: &mut Tree) {
    let Some(fields) = object.map_at(&[]) else {
        return;
    };
    if let Some(data) = fields.get_mut("data").and_then(|data| data.map_at(&[])) {
        for (name, value) in data.iter_mut() {
            let compressed = name
                .rsplit_once('.')
                .is_some_and(|(_, ending)| ending == "gz");
            if let Some(decoded) = value.text().and_then(|text| decoded(text, compressed)) {
                *value = Tree::Text(decoded);
            }
        }
    }
    if let Some(Tree::Map(plain)) = fields.remove("stringData") {
        let data = fields
            .entry("data".to_owned())
            .or_insert_with(|| Tree::Map(BTreeMap::new()));
        if let Some(data) = data.map_at(&[]) {
            data.extend(plain);
        }
    }
}

fn decoded(text: &str, compressed: bool) -> Option<String> {
    let bytes = STANDARD.decode(text).ok()?;
    let plain = if compressed {
        let unpacked = gunzip(&bytes).ok();
        unpacked.map(|text| text.expose_secret().to_owned())
    } else {
        String::from_utf8(bytes.clone()).ok()
    };
    Some(plain.unwrap_or_else(|| format!("{BINARY}{}", STANDARD.encode(&bytes))))
}

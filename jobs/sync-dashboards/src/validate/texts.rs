//! All texts in a piece of JSON, and counting what is found in them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::codes::Code;
use crate::finding::Finding;

/// Goes through every text; `seen` gets the nearest key above it and the text. Members called `skip` are
/// left out at the top, and those called `never` everywhere.
pub(super) fn each<'v>(
    value: &'v Value,
    skip: &[&str],
    never: Option<&str>,
    seen: &mut impl FnMut(&'v str, &'v str),
) {
    let Some(object) = value.as_object() else {
        return below("", value, never, seen);
    };
    for (key, value) in object {
        if !skip.contains(&key.as_str()) {
            below(key, value, never, seen);
        }
    }
}

fn below<'v>(
    key: &'v str,
    value: &'v Value,
    never: Option<&str>,
    seen: &mut impl FnMut(&'v str, &'v str),
) {
    if never == Some(key) {
        return;
    }
    match value {
        Value::String(text) => seen(key, text),
        Value::Array(items) => {
            for item in items {
                below(key, item, never, seen);
            }
        }
        Value::Object(object) => {
            for (key, value) in object {
                below(key, value, never, seen);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether the text of this key is an address that somebody may follow.
pub(super) fn is_link(key: &str) -> bool {
    matches!(key, "url" | "linkUrl" | "href")
}

/// What was found, each once: where first, and in how many places.
#[derive(Debug, Default)]
pub(super) struct Tally(BTreeMap<String, (String, usize)>);

impl Tally {
    pub(super) fn add(&mut self, what: String, at: &str) {
        self.0.entry(what).or_insert_with(|| (at.to_owned(), 0)).1 += 1;
    }

    /// One finding for each; `text` says what is wrong with it.
    pub(super) fn findings(self, code: Code, text: impl Fn(&str) -> String) -> Vec<Finding> {
        let finding = |(what, (at, count)): (String, (String, usize))| {
            let text = text(&what);
            match count {
                0 | 1 => code.at(at, text),
                _ => code.at(
                    at,
                    format!("{text} (here and in {} more places)", count - 1),
                ),
            }
        };
        self.0.into_iter().map(finding).collect()
    }
}

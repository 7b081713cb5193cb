//! Names and lists of names or values.
//!
//! Items of lists are taken from their source text: an account id such as `012345678901` is a
//! number to YAML and must not become one.

use common::yaml::{Cursor, Key, Problem};

/// A name: text that is not empty.
pub(super) fn name(cursor: &Cursor<'_>) -> Option<String> {
    cursor.string().filter(|name| not_empty(cursor, name))
}

/// The items that are text, with their cursors.
pub(super) fn texts(items: Vec<Cursor<'_>>) -> Vec<(String, Cursor<'_>)> {
    items
        .into_iter()
        .filter_map(|item| Some((item.source_text()?, item)))
        .collect()
}

/// The items of a list, none empty, each once.
pub(super) fn distinct(list: &Cursor<'_>) -> Option<Vec<String>> {
    let mut distinct = Vec::new();
    for (text, item) in texts(list.items()?) {
        if !not_empty(&item, &text) {
            continue;
        }
        if distinct.contains(&text) {
            let message = format!("`{text}` is listed twice; it counts once");
            item.report(Problem::warning(item.position(), message));
        } else {
            distinct.push(text);
        }
    }
    Some(distinct)
}

/// A mapping of names to lists.
pub(super) fn lists<'d>(mapping: &Cursor<'d>) -> Vec<(&'d Key, Cursor<'d>)> {
    mapping.entries().unwrap_or_default()
}

fn not_empty(cursor: &Cursor<'_>, text: &str) -> bool {
    if text.is_empty() {
        cursor.error("must not be empty");
    }
    !text.is_empty()
}

//! Upstream's file: one YAML document, a list of `ConfigMap`s with one dashboard each.
//!
//! Only names and texts are taken from it. What upstream says about labels, annotations and namespaces
//! does not concern the objects that this job makes.

#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeMap;

use common::trouble::Trouble;
use common::yaml::{Cursor, Dialect, Document};

use crate::finding::Finding;
use crate::key::Key;
use crate::validate::codes;
use crate::verdict;

pub use write::write;

/// More items than any release has had, and few enough to look at.
const MOST_ITEMS: usize = 200;

/// What the file holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bundle {
    /// Each dashboard's text, exactly as it was written.
    pub entries: BTreeMap<Key, String>,
    /// Items that hold no dashboard, or more than one.
    pub refused: Vec<Finding>,
}

/// Reads the file; `file` is its name in messages.
///
/// # Errors
/// When it is not upstream's form as a whole, or holds a name that no dashboard may have.
pub fn read(file: &str, bytes: &[u8]) -> Result<Bundle, Trouble> {
    let malformed = |text: String| verdict::BUNDLE_MALFORMED.because(text);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        malformed(format!(
            "{file}: not UTF-8 text from byte {} on",
            error.valid_up_to()
        ))
    })?;
    if text.trim().is_empty() {
        return Err(malformed(format!("{file}: empty")));
    }
    if text.trim_start().starts_with('<') {
        return Err(malformed(format!("{file}: a web page, not YAML")));
    }
    let document = Document::parse(file, text, Dialect::Strict)
        .map_err(|invalid| malformed(one_line(&invalid.to_string())))?;
    let mut reader = Reader::default();
    reader.list(&document.root());
    if let Some(name) = reader.hostile {
        return Err(verdict::BUNDLE_HOSTILE.because(format!("{file}: {name}")));
    }
    document
        .finish()
        .map_err(|invalid| malformed(one_line(&invalid.to_string())))?;
    Ok(reader.bundle)
}

/// The first lines of a report of many: this one may be of thousands.
fn one_line(report: &str) -> String {
    let mut lines = report.lines().filter(|line| !line.trim().is_empty());
    lines.by_ref().take(3).collect::<Vec<_>>().join("; ")
}

#[derive(Default)]
struct Reader {
    bundle: Bundle,
    hostile: Option<String>,
}

impl Reader {
    fn list(&mut self, root: &Cursor<'_>) -> Option<()> {
        let mut fields = root.fields()?;
        let version = fields.required("apiVersion").and_then(|it| it.string());
        if version.is_some_and(|version| version != "v1") {
            root.error("has another `apiVersion` than v1");
        }
        let kind = fields.required("kind");
        expect(kind.as_ref(), "ConfigMapList");
        let items = fields.required("items");
        fields.deny_unknown();
        let list = items?;
        let items = list.items()?;
        if items.is_empty() || items.len() > MOST_ITEMS {
            list.error(format_args!(
                "has {} items, not 1 to {MOST_ITEMS}",
                items.len()
            ));
            return None;
        }
        for (index, item) in items.iter().enumerate() {
            self.item(index, item);
        }
        Some(())
    }

    fn item(&mut self, index: usize, item: &Cursor<'_>) -> Option<()> {
        let mut fields = item.fields()?;
        let name = name(fields.get("metadata").as_ref());
        let place = match name {
            Some(name) => format!("items[{index}] {name:?}"),
            None => format!("items[{index}]"),
        };
        expect(fields.required("kind").as_ref(), "ConfigMap");
        let binary = fields.get("binaryData").map(|it| it.entries());
        let entries = fields.get("data").map(|it| it.entries());
        for (key, _) in binary.iter().chain(&entries).flatten().flatten() {
            if let Err(error) = Key::parse(&key.text) {
                self.hostile.get_or_insert(format!("{place}: {error}"));
                return None;
            }
        }
        if binary.is_some() {
            self.refuse(place, "holds binary data");
            return None;
        }
        let Some(entries) = entries else {
            self.refuse(place, "holds no data");
            return None;
        };
        let entries = entries?;
        let [(key, value)] = entries.as_slice() else {
            let count = entries.len();
            self.refuse(place, format!("holds {count} dashboards, not one"));
            return None;
        };
        let text = value.string()?;
        let key = Key::parse(&key.text).ok()?;
        if self.bundle.entries.insert(key.clone(), text).is_some() {
            value.error(format_args!("is the second dashboard called {key}"));
        }
        Some(())
    }

    fn refuse(&mut self, place: String, text: impl Into<String>) {
        let finding = codes::ITEM_REFUSED.at(place, text);
        self.bundle.refused.push(finding);
    }
}

fn expect(kind: Option<&Cursor<'_>>, expected: &str) {
    let Some(cursor) = kind else {
        return;
    };
    if cursor.string().is_some_and(|kind| kind != expected) {
        cursor.error(format_args!("must be {expected}"));
    }
}

/// For messages only.
fn name(metadata: Option<&Cursor<'_>>) -> Option<String> {
    let name = metadata?.fields()?.get("name")?;
    name.source_text()
}

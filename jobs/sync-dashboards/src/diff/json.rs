//! For a program.

use std::io::{self, Write};

use serde::Serialize;

use super::safe;
use super::set::{SetDiff, Totals};

/// Grows when a member goes or means something else; not when one comes.
pub const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'s> {
    v: u32,
    totals: Totals,
    #[serde(flatten)]
    set: &'s SetDiff,
}

/// `{"v": 1, "totals": {…}, "changes": {"apiserver.json": {"change": "changed", …}}, "unchanged": 3}`.
///
/// # Errors
/// When a value has no form in JSON, which none has.
pub fn document(set: &SetDiff) -> io::Result<serde_json::Value> {
    let document = Document {
        v: VERSION,
        totals: set.totals(),
        set,
    };
    Ok(serde_json::to_value(&document)?)
}

/// Writes a document and a line end. The text holds no character that a terminal would obey.
///
/// # Errors
/// When `out` takes no more.
pub fn write(document: &serde_json::Value, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(document)?;
    let mut units = [0; 2];
    for c in text.chars() {
        // Outside of strings JSON is plain ASCII, so these are inside, where this is their other name.
        if c != '\n' && safe::is_hidden(c) {
            for unit in c.encode_utf16(&mut units) {
                write!(out, "\\u{unit:04x}")?;
            }
        } else {
            write!(out, "{c}")?;
        }
    }
    writeln!(out)
}

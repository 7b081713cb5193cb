//! Instants in content files.

use common::yaml::Cursor;
use jiff::Timestamp;

/// An RFC 3339 instant, or a report of what is wrong with it.
pub(super) fn instant(value: &Cursor<'_>) -> Option<Timestamp> {
    let parsed = value.source_text()?.parse();
    parsed
        .map_err(|_| value.error("must be an instant like 2026-11-24T12:00:00Z"))
        .ok()
}

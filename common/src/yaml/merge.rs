//! Keys of one mapping: repeated ones and merge keys.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Slot;

use super::Dialect;
use super::node::{Entry, Key, Kind, Node, Style};
use super::problem::{Problem, Problems};

/// What remains of the entries as written: every key once, `<<` replaced by what it brings in.
///
/// Of equal keys the last counts. A mapping's own keys beat merged ones, and of several merged
/// mappings the first beats the later. Merged entries follow the own ones.
pub(super) fn settle(entries: Vec<Entry>, dialect: Dialect, problems: &mut Problems) -> Vec<Entry> {
    let (merges, own): (Vec<_>, Vec<_>) = entries.into_iter().partition(is_merge);
    let mut settled = Keys::default();
    for entry in own {
        let key = entry.key.clone();
        if let Some(earlier) = settled.replace(entry) {
            problems.push(repeated(&key, earlier.key.position.line, dialect));
        }
    }
    for source in merges.into_iter().flat_map(|merge| sources(merge.value)) {
        match source.kind {
            Kind::Mapping(entries) => entries.into_iter().for_each(|entry| settled.add(entry)),
            Kind::Scalar(_) | Kind::Sequence(_) => problems.push(
                Problem::error(source.position, "only a mapping can be merged")
                    .hint("write `<<: *name` or `<<: [*first, *second]`, each naming a mapping"),
            ),
        }
    }
    settled.entries
}

fn repeated(key: &Key, earlier_line: usize, dialect: Dialect) -> Problem {
    match dialect {
        Dialect::Yaml11 => {
            let message = format!(
                "`{}` is given twice; this one counts, the one in line {earlier_line} does not",
                key.text
            );
            Problem::warning(key.position, message).hint("remove one of the two")
        }
        Dialect::Strict => {
            let message = format!("`{}` is given already in line {earlier_line}", key.text);
            Problem::error(key.position, message).hint("remove one of the two")
        }
    }
}

fn is_merge(entry: &Entry) -> bool {
    entry.key.text == "<<" && entry.key.style == Style::Plain
}

fn sources(value: Node) -> Vec<Node> {
    match value.kind {
        Kind::Sequence(items) => items,
        Kind::Scalar(_) | Kind::Mapping(_) => vec![value],
    }
}

/// Entries in order of first appearance, found by key.
#[derive(Default)]
struct Keys {
    entries: Vec<Entry>,
    places: BTreeMap<String, usize>,
}

impl Keys {
    /// Adds an entry or puts it in the place of the one with the same key, which it returns.
    fn replace(&mut self, entry: Entry) -> Option<Entry> {
        match self.places.entry(entry.key.text.clone()) {
            Slot::Vacant(place) => {
                place.insert(self.entries.len());
                self.entries.push(entry);
                None
            }
            Slot::Occupied(place) => {
                let slot = self.entries.get_mut(*place.get())?;
                Some(std::mem::replace(slot, entry))
            }
        }
    }

    /// Adds an entry unless its key is known.
    fn add(&mut self, entry: Entry) {
        if let Slot::Vacant(place) = self.places.entry(entry.key.text.clone()) {
            place.insert(self.entries.len());
            self.entries.push(entry);
        }
    }
}

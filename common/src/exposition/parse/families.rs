//! The families of a text, found again by the names that its lines use.

use std::collections::BTreeMap;

use super::super::model::{Family, Kind, Sample};
use super::super::series;
use super::error::{ParseError, Problem};

/// A family and what its lines have said so far.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) family: Family,
    /// Whether a `TYPE` line or a sample has settled the type.
    pub(super) typed: bool,
    /// Whether there was a `HELP` line.
    pub(super) helped: bool,
    /// The line of each sample.
    pub(super) lines: Vec<usize>,
}

/// All families, in the order in which the text first names them.
#[derive(Debug, Default)]
pub(super) struct Families {
    entries: Vec<Entry>,
    by_name: BTreeMap<String, usize>,
    /// The one that was asked for last: samples of a family usually follow each other.
    last: usize,
}

impl Families {
    /// The family that a line about `name` belongs to: the one of that name, else the histogram or
    /// summary that `name` is a part of, else a new one.
    pub(super) fn entry(&mut self, name: &str) -> &mut Entry {
        if self
            .entries
            .get(self.last)
            .is_none_or(|entry| entry.family.name != name)
        {
            self.last = self.find(name).unwrap_or_else(|| self.add(name));
        }
        #[expect(
            clippy::indexing_slicing,
            reason = "set one line above, and entries only grow"
        )]
        &mut self.entries[self.last]
    }

    /// A family that is named like a part of `name`, were that of this kind.
    pub(super) fn part_taken(&self, name: &str, kind: Kind) -> Option<String> {
        let mut parts = kind
            .suffixes()
            .iter()
            .map(|suffix| name.to_owned() + suffix);
        parts.find(|part| self.by_name.contains_key(part))
    }

    fn find(&self, name: &str) -> Option<usize> {
        let part_of = |kind: Kind| {
            let base = kind
                .suffixes()
                .iter()
                .find_map(|suffix| name.strip_suffix(suffix))?;
            let index = *self.by_name.get(base)?;
            (self.entries.get(index)?.family.kind == kind).then_some(index)
        };
        let exact = self.by_name.get(name).copied();
        exact
            .or_else(|| part_of(Kind::Summary))
            .or_else(|| part_of(Kind::Histogram))
    }

    fn add(&mut self, name: &str) -> usize {
        let index = self.entries.len();
        self.by_name.insert(name.to_owned(), index);
        self.entries.push(Entry {
            family: Family {
                name: name.to_owned(),
                kind: Kind::Untyped,
                help: String::new(),
                samples: Vec::new(),
            },
            typed: false,
            helped: false,
            lines: Vec::new(),
        });
        index
    }

    /// Gives the families away, unless a series occurs twice.
    pub(super) fn finish(self) -> Result<Vec<Family>, ParseError> {
        let repeated = self.entries.iter().flat_map(|entry| {
            let line = |index: usize| entry.lines.get(index).copied().unwrap_or_default();
            let pairs = series::duplicates(&entry.family).into_iter();
            pairs.map(move |(earlier, later)| (line(later), line(earlier)))
        });
        match repeated.min() {
            Some((line, earlier)) => Err(ParseError {
                line,
                column: 1,
                problem: Problem::DuplicateSeries(earlier),
            }),
            None => Ok(self.entries.into_iter().map(|entry| entry.family).collect()),
        }
    }
}

impl Entry {
    /// Adds a sample read from `line`; from now on the type is settled.
    pub(super) fn push(&mut self, sample: Sample, line: usize) {
        self.typed = true;
        self.family.samples.push(sample);
        self.lines.push(line);
    }
}

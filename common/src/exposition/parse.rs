//! Text → families, refusing whatever a Pushgateway would refuse.
//!
//! Lines may come in any order that the Pushgateway allows: the samples of a family need not be
//! contiguous. Where its parser is lenient beyond the format's description (a value glued to the
//! name, a bare sample of a histogram), this one is not.

mod cursor;
mod error;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use self::cursor::Cursor;
pub use self::error::{ParseError, Problem};
use super::intern::Interner;
use super::model::{Family, Kind, Label, NAME_LABEL, Sample};
use super::name::is_metric_name;
use super::series::{self, Misshapen};

/// What to do with a timestamp behind a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timestamps {
    /// It is a fault, as in a push.
    Refused,
    /// It is read and forgotten: for what other exporters offer to a scrape.
    Dropped,
}

/// Reads a whole text, in which timestamps are faults.
///
/// Families come in the order in which the text first names them; one that has a `TYPE` line or a
/// help and no sample is kept. Equal label lists share one allocation.
///
/// # Errors
/// The first fault and its position. A series that occurs twice is only reported when nothing else
/// is wrong.
pub fn parse(text: &[u8]) -> Result<Vec<Family>, ParseError> {
    parse_with(text, Timestamps::Refused)
}

/// Reads a whole text like [`parse`], with a choice about timestamps.
///
/// # Errors
/// As [`parse`].
pub fn parse_with(text: &[u8], timestamps: Timestamps) -> Result<Vec<Family>, ParseError> {
    let text = decode(text)?;
    let mut document = Document::new(timestamps);
    for (number, line) in (1..).zip(text.split_terminator('\n')) {
        document.read(&mut Cursor::new(line, number), number)?;
    }
    if text.is_empty() || text.ends_with('\n') {
        document.finish()
    } else {
        Err(at_end(text, Problem::MissingNewline))
    }
}

fn decode(text: &[u8]) -> Result<&str, ParseError> {
    str::from_utf8(text).map_err(|error| {
        let (good, _) = text.split_at_checked(error.valid_up_to()).unwrap_or_default();
        at_end(str::from_utf8(good).unwrap_or_default(), Problem::Encoding)
    })
}

/// The fault `problem` right behind `text`.
fn at_end(text: &str, problem: Problem) -> ParseError {
    let line = text.split('\n').count();
    let last = text.rsplit('\n').next().unwrap_or_default();
    ParseError { line, column: last.chars().count().saturating_add(1), problem }
}

/// The families read so far.
#[derive(Debug)]
struct Document {
    entries: Vec<Entry>,
    by_name: BTreeMap<String, usize>,
    interner: Interner,
    /// The labels of the line being read: one allocation for all lines.
    labels: Vec<Label>,
    timestamps: Timestamps,
}

/// A family and what its lines have said.
#[derive(Debug)]
struct Entry {
    family: Family,
    typed: bool,
    helped: bool,
    /// The line of each sample.
    lines: Vec<usize>,
}

impl Document {
    fn new(timestamps: Timestamps) -> Self {
        let (entries, by_name) = (Vec::new(), BTreeMap::new());
        Self { entries, by_name, interner: Interner::default(), labels: Vec::new(), timestamps }
    }

    fn read(&mut self, cursor: &mut Cursor<'_>, line: usize) -> Result<(), ParseError> {
        if cursor.eat('#') {
            self.comment(cursor)
        } else if cursor.rest().is_empty() {
            Ok(())
        } else {
            self.sample(cursor, line)
        }
    }

    /// `HELP` and `TYPE`; every other comment is skipped, and so is one without a text.
    fn comment(&mut self, cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
        cursor.skip_blanks();
        let keyword = cursor.word();
        cursor.skip_blanks();
        if !matches!(keyword, "HELP" | "TYPE") || cursor.rest().is_empty() {
            return Ok(());
        }
        let at_name = cursor.clone();
        let name = cursor.name();
        let ended = cursor.skip_blanks() || cursor.rest().is_empty();
        if !is_metric_name(name) || !ended {
            return Err(at_name.fail(Problem::MetricName));
        }
        if cursor.rest().is_empty() {
            return Ok(());
        }
        let entry = self.entry(name);
        if keyword == "HELP" {
            if entry.helped {
                return Err(at_name.fail(Problem::SecondHelp(name.to_owned())));
            }
            entry.helped = true;
            entry.family.help = cursor.help()?;
        } else {
            if entry.typed {
                return Err(at_name.fail(Problem::LateType(name.to_owned())));
            }
            entry.typed = true;
            let word = cursor.rest();
            let kind = Kind::from_word(word);
            entry.family.kind =
                kind.ok_or_else(|| cursor.fail(Problem::UnknownType(word.to_owned())))?;
        }
        Ok(())
    }

    fn sample(&mut self, cursor: &mut Cursor<'_>, line: usize) -> Result<(), ParseError> {
        let at_name = cursor.clone();
        let name = cursor.name();
        let ended = cursor.skip_blanks() || cursor.rest().starts_with('{');
        if !is_metric_name(name) || !(ended || cursor.rest().is_empty()) {
            return Err(at_name.fail(Problem::MetricName));
        }
        cursor.labels(&mut self.interner, &mut self.labels)?;
        let value = value(cursor, self.timestamps)?;

        let Some(family) = self.resolve(name) else {
            let labels = self.interner.labels(&self.labels);
            self.entry(name).push(Sample { labels, value }, line);
            return Ok(());
        };
        if self.entries.get(family).is_some_and(|entry| entry.family.name != name) {
            let (label, name) = (self.interner.text(NAME_LABEL), self.interner.text(name));
            self.labels.insert(0, Label { name: label, value: name });
        }
        let labels = self.interner.labels(&self.labels);
        let Some(entry) = self.entries.get_mut(family) else { return Ok(()) };
        entry.push(Sample { labels, value }, line);
        let last = entry.lines.len().saturating_sub(1);
        series::check_shape(&entry.family, last).map_err(|misshapen| {
            at_name.fail(match misshapen {
                Misshapen::Name => Problem::SampleName(name.to_owned()),
                Misshapen::Bound(label) => Problem::MissingBound(label),
            })
        })
    }

    /// The family that a sample or comment called `name` belongs to, if it is known: the one of
    /// that name, else the histogram or summary that `name` is a part of.
    fn resolve(&self, name: &str) -> Option<usize> {
        // Samples of one family usually follow each other.
        let last = self.entries.len().checked_sub(1);
        if let Some(last) = last.filter(|&last| self.is_called(last, name)) {
            return Some(last);
        }
        self.by_name.get(name).copied().or_else(|| {
            [Kind::Histogram, Kind::Summary].into_iter().find_map(|kind| {
                let base = kind.suffixes().iter().find_map(|suffix| name.strip_suffix(suffix))?;
                let index = *self.by_name.get(base)?;
                let entry = self.entries.get(index)?;
                (entry.family.kind == kind).then_some(index)
            })
        })
    }

    fn is_called(&self, index: usize, name: &str) -> bool {
        self.entries.get(index).is_some_and(|entry| entry.family.name == name)
    }

    fn entry(&mut self, name: &str) -> &mut Entry {
        todo!()
    }

    fn finish(self) -> Result<Vec<Family>, ParseError> {
        let repeated = self.entries.iter().flat_map(|entry| {
            series::duplicates(&entry.family).into_iter().filter_map(|(earlier, later)| {
                Some((*entry.lines.get(later)?, *entry.lines.get(earlier)?))
            })
        });
        match repeated.min() {
            Some((line, earlier)) => {
                Err(ParseError { line, column: 1, problem: Problem::DuplicateSeries(earlier) })
            }
            None => Ok(self.entries.into_iter().map(|entry| entry.family).collect()),
        }
    }
}

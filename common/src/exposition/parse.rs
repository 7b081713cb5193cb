//! Text → families, refusing whatever a Pushgateway would refuse.
//!
//! Lines may come in any order that the Pushgateway allows: the samples of a family need not be
//! contiguous. Where its parser is lenient beyond the format's description (a value glued to the
//! name, a bare sample of a histogram), this one is not.

mod cursor;
mod error;
mod families;
#[cfg(test)]
mod tests;

use self::cursor::Cursor;
pub use self::error::{ParseError, Problem};
use self::families::Families;
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
    let mut document = Document {
        families: Families::default(),
        interner: Interner::default(),
        labels: Vec::new(),
        timestamps,
    };
    for (number, line) in (1..).zip(text.split_terminator('\n')) {
        document.read(&mut Cursor::new(line, number))?;
    }
    if text.is_empty() || text.ends_with('\n') {
        document.families.finish()
    } else {
        Err(at_end(text, Problem::MissingNewline))
    }
}

fn decode(text: &[u8]) -> Result<&str, ParseError> {
    str::from_utf8(text).map_err(|error| {
        let (good, _) = text
            .split_at_checked(error.valid_up_to())
            .unwrap_or_default();
        at_end(str::from_utf8(good).unwrap_or_default(), Problem::Encoding)
    })
}

/// The fault `problem` right behind `text`.
fn at_end(text: &str, problem: Problem) -> ParseError {
    let line = text.split('\n').count();
    let last = text.rsplit('\n').next().unwrap_or_default();
    ParseError {
        line,
        column: last.chars().count().saturating_add(1),
        problem,
    }
}

/// The text read so far.
#[derive(Debug)]
struct Document {
    families: Families,
    interner: Interner,
    /// The labels of the line being read: one allocation for all lines.
    labels: Vec<Label>,
    timestamps: Timestamps,
}

impl Document {
    fn read(&mut self, cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
        if cursor.eat('#') {
            self.comment(cursor)
        } else if cursor.rest().is_empty() {
            Ok(())
        } else {
            self.sample(cursor)
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
        let entry = self.families.entry(name);
        if keyword == "HELP" {
            if std::mem::replace(&mut entry.helped, true) {
                return Err(at_name.fail(Problem::SecondHelp(name.to_owned())));
            }
            entry.family.help = cursor.help()?;
        } else {
            if std::mem::replace(&mut entry.typed, true) {
                return Err(at_name.fail(Problem::LateType(name.to_owned())));
            }
            let word = cursor.rest();
            let unknown = || cursor.fail(Problem::UnknownType(word.to_owned()));
            let kind = Kind::from_word(word).ok_or_else(unknown)?;
            entry.family.kind = kind;
            if let Some(part) = self.families.part_taken(name, kind) {
                return Err(at_name.fail(Problem::PartTaken(part)));
            }
        }
        Ok(())
    }

    fn sample(&mut self, cursor: &mut Cursor<'_>) -> Result<(), ParseError> {
        let at_name = cursor.clone();
        let name = cursor.name();
        let ended = cursor.skip_blanks() || cursor.rest().is_empty();
        if !is_metric_name(name) || !(ended || cursor.rest().starts_with('{')) {
            return Err(at_name.fail(Problem::MetricName));
        }
        cursor.labels(&mut self.interner, &mut self.labels)?;
        let value = value(cursor, self.timestamps)?;

        let entry = self.families.entry(name);
        if entry.family.name != name {
            let (label, name) = (self.interner.text(NAME_LABEL), self.interner.text(name));
            self.labels.insert(
                0,
                Label {
                    name: label,
                    value: name,
                },
            );
        }
        let labels = self.interner.labels(&self.labels);
        entry.push(Sample { labels, value }, cursor.line());
        let index = entry.family.samples.len().saturating_sub(1);
        series::check_shape(&entry.family, index).map_err(|misshapen| {
            at_name.fail(match misshapen {
                Misshapen::Name => Problem::SampleName(name.to_owned()),
                Misshapen::Bound(label) => Problem::MissingBound(label),
            })
        })
    }
}

/// Reads the value and what may follow it: nothing at all, or a timestamp.
fn value(cursor: &mut Cursor<'_>, timestamps: Timestamps) -> Result<f64, ParseError> {
    cursor.skip_blanks();
    let at_value = cursor.clone();
    let word = cursor.word();
    let value =
        series::number(word).ok_or_else(|| at_value.fail(Problem::Value(word.to_owned())))?;
    if cursor.rest().is_empty() {
        return Ok(value);
    }
    let at_blank = cursor.clone();
    cursor.skip_blanks();
    let at_timestamp = cursor.clone();
    let word = cursor.word();
    if word.is_empty() {
        return Err(at_blank.fail(Problem::TrailingBlank));
    }
    if word.parse::<i64>().is_err() || !cursor.rest().is_empty() {
        let trailing = at_timestamp.rest().to_owned();
        return Err(at_timestamp.fail(Problem::Trailing(trailing)));
    }
    match timestamps {
        Timestamps::Refused => Err(at_timestamp.fail(Problem::Timestamp(word.to_owned()))),
        Timestamps::Dropped => Ok(value),
    }
}

//! What a terminal shows: colours, columns, times, and texts that strangers have written.
//!
//! A colour says nothing that a sign or a word beside it does not say.

use std::fmt;
use std::io::{self, Write};

pub use common::span::span;
use common::stranger;
pub use common::stranger::clip;
use jiff::{SignedDuration, Timestamp};

/// Columns of a terminal that everything is laid out for.
pub const WIDTH: usize = 80;

/// Two blanks between columns.
const GAP: usize = 2;

/// Characters of a stranger's text that are shown.
const LINE_CHARS_MAX: usize = 400;

/// A colour of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// As it should be.
    Green,
    /// Wrong.
    Red,
    /// Not known, or not quite.
    Yellow,
    /// What it is about.
    Bold,
    /// Beside the point.
    Dim,
}

impl Colour {
    const fn code(self) -> &'static str {
        match self {
            Self::Green => "32",
            Self::Red => "31",
            Self::Yellow => "33",
            Self::Bold => "1",
            Self::Dim => "2",
        }
    }
}

/// Text with or without a colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Painted {
    text: String,
    colour: Option<Colour>,
}

impl Painted {
    /// Text in a colour.
    pub fn new(text: impl Into<String>, colour: Colour) -> Self {
        Self {
            text: text.into(),
            colour: Some(colour),
        }
    }

    /// Columns that it takes.
    pub fn width(&self) -> usize {
        self.text.chars().count()
    }
}

impl<T: Into<String>> From<T> for Painted {
    fn from(text: T) -> Self {
        Self {
            text: text.into(),
            colour: None,
        }
    }
}

impl fmt::Display for Painted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.colour {
            Some(colour) if !self.text.is_empty() => {
                write!(f, "\u{1b}[{}m{}\u{1b}[0m", colour.code(), self.text)
            }
            Some(_) | None => f.write_str(&self.text),
        }
    }
}

/// Writes `rows` in columns as wide as their widest cell, each line after `indent` blanks.
///
/// # Errors
/// When `out` takes no more.
pub fn columns(out: &mut dyn Write, indent: usize, rows: &[Vec<Painted>]) -> io::Result<()> {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(Painted::width).max().unwrap_or(0)
    };
    let widths: Vec<_> = (0..count).map(width).collect();
    for row in rows {
        writeln!(out, "{:indent$}{}", "", line_of(row, &widths))?;
    }
    Ok(())
}

/// No blanks follow the last cell that has something in it.
fn line_of(row: &[Painted], widths: &[usize]) -> String {
    let filled = row.iter().rposition(|cell| !cell.text.is_empty());
    let filled = filled.map_or(0, |last| last.saturating_add(1));
    let mut text = String::new();
    let mut padding = 0;
    for (cell, width) in row.iter().zip(widths).take(filled) {
        text.extend(std::iter::repeat_n(' ', padding));
        text.push_str(&cell.to_string());
        padding = width.saturating_sub(cell.width()).saturating_add(GAP);
    }
    text
}

/// Writes a text in lines of at most [`WIDTH`] columns, broken between words: the first after `head`,
/// which is written before it, the others below its begin. A word that is longer stays whole.
///
/// # Errors
/// When `out` takes no more.
pub fn paragraph(out: &mut dyn Write, head: &[Painted], text: &str) -> io::Result<()> {
    let indent: usize = head.iter().map(Painted::width).sum();
    let room = WIDTH.saturating_sub(indent).max(1);
    for part in head {
        write!(out, "{part}")?;
    }
    for (number, line) in wrapped(text, room).iter().enumerate() {
        if number > 0 {
            write!(out, "{:indent$}", "")?;
        }
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// The lines of a text, none of them wider than `room` unless a single word is. At least one.
fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let used = lines.last().map_or(0, |line| line.chars().count());
        let wanted = word.chars().count().saturating_add(1).saturating_add(used);
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if wanted <= room => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Down to the minute, in UTC: `11-29 12:07Z`, with the year where it is another one than that of `now`.
pub fn minute(at: Timestamp, now: Timestamp) -> String {
    let year = |at: Timestamp| at.strftime("%Y").to_string();
    if year(at) == year(now) {
        at.strftime("%m-%d %H:%MZ").to_string()
    } else {
        at.strftime("%Y-%m-%d %H:%MZ").to_string()
    }
}

/// A length in its largest unit alone: `41 d`, `12 min`.
pub fn about(length: SignedDuration) -> String {
    let span = span(length);
    let mut words = span.split(' ');
    let first: Vec<_> = words.by_ref().take(2).collect();
    first.join(" ")
}

/// `1 rule`, `2 rules`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// The first names, at most so many: `a, b and 3 more`.
pub fn some_of(mut names: impl ExactSizeIterator<Item = String>, most: usize) -> String {
    let shown: Vec<String> = names.by_ref().take(most).collect();
    let text = shown.join(", ");
    match names.len() {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

/// A stranger's text on one line of bounded length, without what a terminal would obey or a reader not
/// see.
pub fn line(text: &str) -> String {
    stranger::line(text, LINE_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_and_colours_take_no_room() {
        let rows = [
            vec![Painted::new("✓", Colour::Green), "a".into(), "b".into()],
            vec!["✗".into(), "long".into(), "".into()],
        ];
        assert_eq!(
            shown(|out| columns(out, 1, &rows)),
            " \u{1b}[32m✓\u{1b}[0m  a     b\n ✗  long\n"
        );
    }

    #[test]
    fn a_paragraph_keeps_to_the_width_and_breaks_no_command() {
        let words = "word ".repeat(30);
        let text = shown(|out| paragraph(out, &["mend: ".into()], &words));
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH));
        assert!(text.lines().nth(1).unwrap().starts_with("      word"));
        let long = "x".repeat(100);
        assert!(shown(|out| paragraph(out, &["a ".into()], &long)).contains(&long));
        assert_eq!(shown(|out| paragraph(out, &["a".into()], "")), "a\n");
    }

    #[test]
    fn lengths_and_times_are_short() {
        let seconds = SignedDuration::from_secs;
        assert_eq!(span(seconds(41 * 86_400 + 3 * 3600 + 59)), "41 d 3 h");
        assert_eq!(about(seconds(41 * 86_400 + 3 * 3600 + 59)), "41 d");
        assert_eq!(
            (span(seconds(-5)), about(seconds(90))),
            ("0 s".into(), "1 min".into())
        );
        let now: Timestamp = "2026-11-29T12:00:00Z".parse().unwrap();
        assert_eq!(minute(now, now), "11-29 12:00Z");
        let next: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(minute(next, now), "2027-01-01 00:00Z");
    }

    #[test]
    fn of_many_names_the_first_are_shown_and_the_others_counted() {
        let names = |count| ["a", "b", "c"].into_iter().take(count).map(str::to_owned);
        let some = |count| some_of(names(count), 2);
        assert_eq!(
            [some(0), some(1), some(2), some(3)],
            ["", "a", "a, b", "a, b and 1 more"]
        );
    }
}

//! Reading a document by name, so that type errors, unknown and missing keys read alike everywhere.
//!
//! Every reader reports what is wrong and returns `None`; the caller goes on with the next field,
//! and [`super::Document::finish`] tells at the end whether the file can be used.

use std::fmt::Display;
use std::ops::RangeInclusive;

use super::node::{Entry, Key, Kind, Node, Position, Scalar, Style};
use super::scalar::{Value, resolve};
use super::{Dialect, Document, Problem, did_you_mean};

/// A node and the path that leads to it, such as `metrics[3].aws_dimensions`; items count from 1.
#[derive(Debug, Clone)]
pub struct Cursor<'d> {
    document: &'d Document,
    node: &'d Node,
    path: String,
}

impl<'d> Cursor<'d> {
    pub(super) fn root(document: &'d Document) -> Self {
        Self {
            document,
            node: &document.root,
            path: String::new(),
        }
    }

    /// Where the value starts.
    pub fn position(&self) -> Position {
        self.node.position
    }

    /// The path, empty at the root.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether there is no value, or an explicit null.
    pub fn is_null(&self) -> bool {
        self.value() == Some(Value::Null)
    }

    /// Whether this is one value and neither a list nor a mapping.
    pub fn is_scalar(&self) -> bool {
        matches!(self.node.kind, Kind::Scalar(_))
    }

    /// Records an error about this value: the path, then `what`.
    pub fn error(&self, what: impl Display) {
        self.document.report(self.problem(what));
    }

    /// An error about this value that waits for a hint.
    pub fn problem(&self, what: impl Display) -> Problem {
        Problem::error(self.position(), format!("{} {what}", self.name()))
    }

    /// Records a problem of any kind.
    pub fn report(&self, problem: Problem) {
        self.document.report(problem);
    }

    /// Text that cannot be mistaken for anything else: a bare `123`, `yes` or date is an error.
    pub fn string(&self) -> Option<String> {
        match (&self.node.kind, self.value()) {
            (Kind::Scalar(scalar), Some(Value::Text)) => Some(scalar.text.clone()),
            (Kind::Scalar(scalar), Some(value)) if value != Value::Null => {
                let hint = format!("put it in quotes: {:?}", scalar.text);
                self.report(self.mismatch("text").hint(hint));
                None
            }
            _ => self.refuse("text"),
        }
    }

    /// The source text of a scalar, whatever it would mean: `0123` and `yes` stay what was written.
    pub fn source_text(&self) -> Option<String> {
        match &self.node.kind {
            Kind::Scalar(scalar) if self.value() != Some(Value::Null) => Some(scalar.text.clone()),
            Kind::Scalar(_) | Kind::Sequence(_) | Kind::Mapping(_) => self.refuse("text"),
        }
    }

    /// A boolean.
    pub fn boolean(&self) -> Option<bool> {
        if let Some(Value::Bool(value)) = self.value() {
            return Some(value);
        }
        let problem = self.mismatch("true or false");
        self.report(problem.hint("write true or false, without quotes"));
        None
    }

    /// A whole number in a range. `60.0` and `6e1` are whole; a quoted number is read with a
    /// warning in [`Dialect::Yaml11`].
    pub fn integer<T>(&self, range: RangeInclusive<T>) -> Option<T>
    where
        T: Copy + Display + Into<i128> + TryFrom<i128>,
    {
        self.quantity(range, "")
    }

    /// As [`Cursor::integer`], with a unit for messages, such as `seconds`.
    pub fn quantity<T>(&self, range: RangeInclusive<T>, unit: &str) -> Option<T>
    where
        T: Copy + Display + Into<i128> + TryFrom<i128>,
    {
        let (low, high) = (*range.start(), *range.end());
        let expected = format!("a whole number from {low} to {high} {unit}");
        let value = self.value();
        let number = match value {
            Some(Value::Int(number)) => Some(number),
            Some(Value::Float(number)) => whole(number),
            Some(Value::Text) => self.quoted_number(),
            Some(Value::Null | Value::Bool(_) | Value::Date) | None => None,
        };
        let fits = |number: &i128| (low.into()..=high.into()).contains(number);
        let Some(number) = number
            .filter(fits)
            .and_then(|number| T::try_from(number).ok())
        else {
            let problem = self.mismatch(expected.trim_end());
            let hint = self.way_to_a_number();
            self.report(hint.into_iter().fold(problem, Problem::hint));
            return None;
        };
        if value == Some(Value::Text) {
            const ADVICE: &str = "remove the quotes";
            match self.document.dialect {
                Dialect::Yaml11 => {
                    let message = format!("{} is in quotes; it is read as a number", self.name());
                    self.report(Problem::warning(self.position(), message).hint(ADVICE));
                }
                Dialect::Strict => {
                    self.report(self.mismatch(expected.trim_end()).hint(ADVICE));
                    return None;
                }
            }
        }
        Some(number)
    }

    /// What to write instead of something that is nearly a whole number.
    fn way_to_a_number(&self) -> Option<String> {
        let Kind::Scalar(scalar) = &self.node.kind else {
            return None;
        };
        match self.value()? {
            Value::Float(value) => {
                let (floor, ceiling) = (whole(value.floor())?, whole(value.ceil())?);
                (floor != ceiling).then(|| format!("write {floor} or {ceiling}"))
            }
            Value::Null => Some("write a number, or remove the key".to_owned()),
            Value::Text => {
                let decimal = scalar.text.trim_start_matches('0');
                let octal = scalar.text.starts_with('0')
                    && !decimal.is_empty()
                    && decimal.bytes().all(|byte| byte.is_ascii_digit());
                octal.then(|| format!("a number that begins with 0 is octal: write {decimal}"))
            }
            Value::Bool(_) | Value::Int(_) | Value::Date => None,
        }
    }

    fn quoted_number(&self) -> Option<i128> {
        let Kind::Scalar(scalar) = &self.node.kind else {
            return None;
        };
        let bare = Scalar {
            style: Style::Plain,
            tag: None,
            ..scalar.clone()
        };
        match resolve(&bare, self.document.dialect) {
            Value::Int(value) => Some(value),
            Value::Null | Value::Bool(_) | Value::Float(_) | Value::Date | Value::Text => None,
        }
    }

    /// The items of a list.
    pub fn items(&self) -> Option<Vec<Self>> {
        let Kind::Sequence(items) = &self.node.kind else {
            let problem = self.mismatch("a list");
            let hint = match &self.node.kind {
                Kind::Scalar(scalar) if self.value() != Some(Value::Null) => {
                    format!("write [{}]", scalar.text)
                }
                Kind::Scalar(_) | Kind::Sequence(_) | Kind::Mapping(_) => {
                    "write [] for an empty list, or one item a line after `- `".to_owned()
                }
            };
            self.report(problem.hint(hint));
            return None;
        };
        let item = |(index, node)| {
            let path = format!("{}[{}]", self.path, index + 1);
            Self {
                document: self.document,
                node,
                path,
            }
        };
        Some(items.iter().enumerate().map(item).collect())
    }

    /// The entries of a mapping whose keys are data.
    pub fn entries(&self) -> Option<Vec<(&'d Key, Self)>> {
        let entries = self.mapping()?;
        Some(
            entries
                .iter()
                .map(|entry| (&entry.key, self.child(entry)))
                .collect(),
        )
    }

    /// The fields of a mapping whose keys are known.
    pub fn fields(&self) -> Option<Fields<'d>> {
        let entries = self.mapping()?;
        Some(Fields {
            cursor: self.clone(),
            entries,
            read: Vec::new(),
            lacks: false,
        })
    }

    fn mapping(&self) -> Option<&'d [Entry]> {
        if let Kind::Mapping(entries) = &self.node.kind {
            return Some(entries);
        }
        self.report(
            self.mismatch("a mapping")
                .hint("write `key: value`, one pair a line"),
        );
        None
    }

    fn child(&self, entry: &'d Entry) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        let path = format!("{}{dot}{}", self.path, entry.key.text);
        Self {
            document: self.document,
            node: &entry.value,
            path,
        }
    }

    /// How messages name this value.
    fn name(&self) -> String {
        if self.path.is_empty() {
            "the file".to_owned()
        } else {
            format!("`{}`", self.path)
        }
    }

    fn value(&self) -> Option<Value> {
        match &self.node.kind {
            Kind::Scalar(scalar) => Some(resolve(scalar, self.document.dialect)),
            Kind::Sequence(_) | Kind::Mapping(_) => None,
        }
    }

    fn refuse<T>(&self, expected: impl Display) -> Option<T> {
        self.report(self.mismatch(expected));
        None
    }

    fn mismatch(&self, expected: impl Display) -> Problem {
        match self.found() {
            Some(found) => self.problem(format!("must be {expected}, not {found}")),
            None => self.problem(format!("has no value; it must be {expected}")),
        }
    }

    /// The value in words; `None` if there is nothing.
    fn found(&self) -> Option<String> {
        Some(match (&self.node.kind, self.value()) {
            (Kind::Sequence(_), _) => "a list".to_owned(),
            (Kind::Mapping(_), _) => "a mapping".to_owned(),
            (Kind::Scalar(scalar), value) => {
                let text = shortened(&scalar.text);
                match value {
                    Some(Value::Null) if text.is_empty() => return None,
                    Some(Value::Null) => "null".to_owned(),
                    Some(Value::Bool(_)) => format!("the boolean {text}"),
                    Some(Value::Int(_) | Value::Float(_)) => format!("the number {text}"),
                    Some(Value::Date) => format!("the date {text}"),
                    Some(Value::Text) | None => format!("the text {text:?}"),
                }
            }
        })
    }
}

/// A mapping whose keys are known to the caller. Remembers which were asked for.
#[derive(Debug)]
pub struct Fields<'d> {
    cursor: Cursor<'d>,
    entries: &'d [Entry],
    read: Vec<&'static str>,
    /// Whether a key that is required is absent, which is told where the mapping begins.
    lacks: bool,
}

impl<'d> Fields<'d> {
    /// The value of `name`, unless it is absent or null.
    pub fn get(&mut self, name: &'static str) -> Option<Cursor<'d>> {
        self.get_or_null(name).filter(|value| !value.is_null())
    }

    /// The value of `name` if the key is there, even with a null.
    pub fn get_or_null(&mut self, name: &'static str) -> Option<Cursor<'d>> {
        self.read.push(name);
        let entry = self.entries.iter().find(|entry| entry.key.text == name)?;
        Some(self.cursor.child(entry))
    }

    /// The value of `name`; its absence is an error.
    pub fn required(&mut self, name: &'static str) -> Option<Cursor<'d>> {
        let value = self.get(name);
        if value.is_none() {
            self.lacks = true;
            self.cursor.error(format!("must have the key `{name}`"));
        }
        value
    }

    /// The mapping itself.
    pub fn cursor(&self) -> &Cursor<'d> {
        &self.cursor
    }

    /// The key `name` as it stands in the file.
    pub fn key(&self, name: &str) -> Option<&'d Key> {
        self.entries
            .iter()
            .map(|entry| &entry.key)
            .find(|key| key.text == name)
    }

    /// The keys that nobody asked for.
    pub fn unread(&self) -> impl Iterator<Item = &'d Key> {
        let entries = self.entries.iter().map(|entry| &entry.key);
        entries.filter(|key| !self.read.contains(&key.text.as_str()))
    }

    /// Reports every key that nobody asked for as an error. Call it last.
    pub fn deny_unknown(self) {
        for key in self.unread() {
            let message = format!("unknown key `{}`", key.text);
            let problem = Problem::error(key.position, message);
            let problem = match did_you_mean(&key.text, self.read.iter().copied()) {
                Some(known) => problem.hint(format!("did you mean `{known}`?")),
                None => problem.hint(format!("known here: {}", self.read.join(", "))),
            };
            // The mapping begins with its first key, which may be the absent one, misspelt.
            if self.lacks {
                self.cursor.document.report_beside(problem);
            } else {
                self.cursor.report(problem);
            }
        }
    }
}

/// The integer that a float stands for, within the range in which doubles are exact.
fn whole(value: f64) -> Option<i128> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "whole and in range"
    )]
    (value.fract() == 0.0 && value.abs() <= EXACT).then_some(value as i128)
}

fn shortened(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}

#[cfg(test)]
mod tests;

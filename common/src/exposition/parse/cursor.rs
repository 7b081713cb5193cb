//! A position in one line, moved by what the grammar expects next.

use super::super::model::Label;
use super::super::{intern::Interner, is_label_name};
use super::error::{ParseError, Problem};

/// Reads one line from left to right.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    line: &'a str,
    number: usize,
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    /// Starts at the first character of line `number` that is not blank.
    pub(super) fn new(line: &'a str, number: usize) -> Self {
        let mut cursor = Self {
            line,
            number,
            rest: line,
        };
        cursor.skip_blanks();
        cursor
    }

    /// The number of the line.
    pub(super) fn line(&self) -> usize {
        self.number
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    /// The fault `problem` at what comes next.
    pub(super) fn fail(&self, problem: Problem) -> ParseError {
        let read = self.line.len().saturating_sub(self.rest.len());
        let characters = self.line.get(..read).map_or(0, |read| read.chars().count());
        ParseError {
            line: self.number,
            column: characters.saturating_add(1),
            problem,
        }
    }

    /// Skips spaces and tabs; says whether there were any.
    pub(super) fn skip_blanks(&mut self) -> bool {
        !self
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .is_empty()
    }

    /// Skips `char` if it comes next.
    pub(super) fn eat(&mut self, char: char) -> bool {
        self.rest
            .strip_prefix(char)
            .map(|rest| self.rest = rest)
            .is_some()
    }

    /// Reads up to the next blank.
    pub(super) fn word(&mut self) -> &'a str {
        self.take_while(|byte| !matches!(byte, b' ' | b'\t'))
    }

    /// Reads as far as a name can go: it may turn out empty or start with a digit.
    pub(super) fn name(&mut self) -> &'a str {
        self.take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'))
    }

    /// Reads `{name="value",…}` into `labels`, which it clears first. A comma may follow the last.
    pub(super) fn labels(
        &mut self,
        interner: &mut Interner,
        labels: &mut Vec<Label>,
    ) -> Result<(), ParseError> {
        labels.clear();
        if !self.eat('{') {
            return Ok(());
        }
        loop {
            self.skip_blanks();
            if self.eat('}') {
                return Ok(());
            }
            labels.push(self.label(interner, labels)?);
            self.skip_blanks();
            if !self.eat(',') && !self.rest.starts_with('}') {
                return Err(self.fail(Problem::ClosingBrace));
            }
        }
    }

    fn label(&mut self, interner: &mut Interner, before: &[Label]) -> Result<Label, ParseError> {
        let unread = self.rest;
        let name = self.name();
        let at_name = Self {
            rest: unread,
            ..*self
        };
        if !is_label_name(name) {
            return Err(at_name.fail(Problem::LabelName));
        }
        if name.starts_with("__") {
            return Err(at_name.fail(Problem::ReservedLabel(name.to_owned())));
        }
        if before.iter().any(|label| &*label.name == name) {
            return Err(at_name.fail(Problem::DuplicateLabel(name.to_owned())));
        }
        self.skip_blanks();
        if !self.eat('=') {
            return Err(self.fail(Problem::Equals));
        }
        self.skip_blanks();
        if !self.eat('"') {
            return Err(self.fail(Problem::OpeningQuote));
        }
        let name = interner.text(name);
        let plain = self.take_while(|byte| !matches!(byte, b'"' | b'\\'));
        if self.eat('"') {
            return Ok(Label {
                name,
                value: interner.text(plain),
            });
        }
        let mut value = plain.to_owned();
        loop {
            if !self.rest.is_empty() && !self.rest.starts_with('"') {
                value.push(self.escape(&['\\', 'n', '"'])?);
            }
            value.push_str(self.take_while(|byte| !matches!(byte, b'"' | b'\\')));
            if self.eat('"') {
                return Ok(Label {
                    name,
                    value: interner.text(&value),
                });
            }
            if self.rest.is_empty() {
                return Err(self.fail(Problem::ClosingQuote));
            }
        }
    }

    /// Reads the rest of the line as the text of a `HELP` comment.
    pub(super) fn help(&mut self) -> Result<String, ParseError> {
        let mut help = self.take_while(|byte| byte != b'\\').to_owned();
        while !self.rest.is_empty() {
            help.push(self.escape(&['\\', 'n'])?);
            help.push_str(self.take_while(|byte| byte != b'\\'));
        }
        Ok(help)
    }

    /// Reads a backslash and one of `allowed`; the position of an error is the backslash.
    fn escape(&mut self, allowed: &[char]) -> Result<char, ParseError> {
        let mut chars = self.rest.chars();
        chars.next();
        match chars.next() {
            None => Err(self.fail(Problem::DanglingEscape)),
            Some(char) if allowed.contains(&char) => {
                self.rest = chars.as_str();
                Ok(if char == 'n' { '\n' } else { char })
            }
            Some(char) => Err(self.fail(Problem::Escape(char))),
        }
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let length = self.rest.bytes().take_while(|&byte| wanted(byte)).count();
        // Every caller stops at an ASCII byte or at the end, which is a character's boundary.
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }
}

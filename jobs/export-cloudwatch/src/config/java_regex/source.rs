//! The pattern as a row of characters, with `\Q…\E` resolved.

use super::{JavaRegexError, Reason};

/// One character of a pattern.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit {
    /// The character.
    pub(super) c: char,
    /// Between `\Q` and `\E`: stands for itself.
    pub(super) quoted: bool,
    /// Counted from 1.
    pub(super) at: usize,
}

impl Unit {
    /// Whether this is the unquoted character `c`.
    pub(super) fn is(self, c: char) -> bool {
        self.c == c && !self.quoted
    }

    /// An error at this character.
    pub(super) fn error(self, reason: Reason) -> JavaRegexError {
        JavaRegexError {
            position: Some(self.at),
            reason,
        }
    }
}

/// Reads a pattern from front to back.
#[derive(Debug)]
pub(super) struct Source {
    units: Vec<Unit>,
    next: usize,
}

impl Source {
    /// Quoting comes first, as in Java: a range or a repetition may begin inside and end outside.
    pub(super) fn new(pattern: &str) -> Self {
        let mut units = Vec::new();
        let mut quoted = false;
        let mut characters = pattern.chars().zip(1..).peekable();
        while let Some((c, at)) = characters.next() {
            let following = characters.peek().map(|&(c, _)| c);
            match (c, following) {
                ('\\', Some('E')) if quoted => {
                    quoted = false;
                    characters.next();
                }
                ('\\', Some('Q')) if !quoted => {
                    quoted = true;
                    characters.next();
                }
                ('\\', Some(_)) if !quoted => {
                    units.push(Unit { c, quoted, at });
                    units.extend(characters.next().map(|(c, at)| Unit { c, quoted, at }));
                }
                _ => units.push(Unit { c, quoted, at }),
            }
        }
        Self { units, next: 0 }
    }

    /// The next character.
    pub(super) fn peek(&self) -> Option<Unit> {
        self.units.get(self.next).copied()
    }

    /// The one after the next.
    pub(super) fn peek_second(&self) -> Option<Unit> {
        self.units.get(self.next + 1).copied()
    }

    /// Takes the next character.
    pub(super) fn take(&mut self) -> Option<Unit> {
        let unit = self.peek()?;
        self.next += 1;
        Some(unit)
    }

    /// Takes the next character if it is the unquoted `c`.
    pub(super) fn eat(&mut self, c: char) -> bool {
        let found = self.peek().is_some_and(|unit| unit.is(c));
        if found {
            self.next += 1;
        }
        found
    }

    /// Takes `text` if it comes next, unquoted.
    pub(super) fn eat_str(&mut self, text: &str) -> bool {
        let found = text
            .chars()
            .zip(self.next..)
            .all(|(c, index)| self.units.get(index).is_some_and(|unit| unit.is(c)));
        if found {
            self.next += text.chars().count();
        }
        found
    }

    /// Takes characters as long as they fit.
    pub(super) fn take_while(&mut self, fits: impl Fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(unit) = self.peek().filter(|unit| !unit.quoted && fits(unit.c)) {
            taken.push(unit.c);
            self.next += 1;
        }
        taken
    }
}

//! Regular expressions that Go's RE2 certainly refuses.
//!
//! No other engine compiles quite the same: each refuses some of what Go takes. So this looks for mistakes that
//! are mistakes in Go, and for what Go lacks.

use super::values::Fault;

/// What stands before a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// The beginning of an alternative: nothing that could be repeated.
    Nothing,
    /// Something that can be repeated.
    Atom,
    /// Something that is repeated already.
    Repeated,
}

/// The largest number of times that something may be repeated.
const REPEAT_MAX: u32 = 1000;

/// Letters and digits that may stand behind a backslash.
const ESCAPES: &str = "AbBzCdDsSwWpPQEafnrtvx0";

/// What is wrong with an expression for a label's whole value.
pub(super) fn fault(expression: &str) -> Option<Fault> {
    let whole = format!("^(?:{expression})$");
    let mut scan = Scan {
        rest: &whole,
        depth: 0,
        before: Before::Nothing,
    };
    while let Some(c) = scan.pop() {
        if let Err(fault) = scan.step(c) {
            return Some(fault);
        }
    }
    (scan.depth > 0).then_some(UNCLOSED)
}

const UNCLOSED: Fault = (
    "is no regular expression: a `(` is not closed",
    "close it with `)`, or write `[(]` for the character itself",
);

struct Scan<'t> {
    rest: &'t str,
    depth: usize,
    before: Before,
}

impl Scan<'_> {
    fn pop(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let c = characters.next()?;
        self.rest = characters.as_str();
        Some(c)
    }

    fn take(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Goes on behind the next `end`; to the end of all if there is none.
    fn skip_behind(&mut self, end: &str) -> bool {
        let found = self.rest.split_once(end);
        self.rest = found.map_or("", |(_, rest)| rest);
        found.is_some()
    }

    fn step(&mut self, c: char) -> Result<(), Fault> {
        match c {
            '\\' => self.escape(),
            '[' => self.class(),
            '(' => self.open(),
            ')' => {
                let outer = self.depth.checked_sub(1);
                self.depth = outer.ok_or((
                    "is no regular expression: a `)` closes nothing",
                    "write `[)]` for the character itself",
                ))?;
                self.before = Before::Atom;
                Ok(())
            }
            '|' => {
                self.before = Before::Nothing;
                Ok(())
            }
            '*' | '+' | '?' => self.repeat(),
            '{' => self.counted(),
            _ => {
                self.before = Before::Atom;
                Ok(())
            }
        }
    }

    /// A `{` that repeats, or else stands for itself.
    fn counted(&mut self) -> Result<(), Fault> {
        let Some((low, high, rest)) = counts(self.rest) else {
            self.before = Before::Atom;
            return Ok(());
        };
        self.rest = rest;
        if low > REPEAT_MAX || high.is_some_and(|high| high > REPEAT_MAX || high < low) {
            return Err((
                "is no regular expression: `{…}` repeats too often, or from more to less",
                "correct the numbers, of which 1000 is the largest",
            ));
        }
        self.repeat()
    }

    fn repeat(&mut self) -> Result<(), Fault> {
        match self.before {
            Before::Nothing => Err((
                "is no regular expression: there is nothing to repeat before `*`, `+`, `?` or `{…}`",
                "write `.*` for any text; expressions are no patterns of file names",
            )),
            Before::Repeated => Err((
                "is no regular expression: something is repeated twice over",
                "remove one of the signs, or put what it repeats in `(…)`",
            )),
            Before::Atom => {
                self.take("?");
                self.before = Before::Repeated;
                Ok(())
            }
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        match self.pop() {
            None => return Err(("is no regular expression: it ends with `\\`", "remove it")),
            Some('Q') => {
                self.skip_behind("\\E");
            }
            Some('p' | 'P' | 'x') if self.take("{") => {
                self.skip_behind("}");
            }
            Some(c) if c.is_ascii_alphanumeric() && !ESCAPES.contains(c) => {
                return Err((
                    "is no regular expression: it has an escape that Go's do not know",
                    "write it without: they have no back references and no `\\Z`",
                ));
            }
            Some(_) => {}
        }
        self.before = Before::Atom;
        Ok(())
    }

    fn class(&mut self) -> Result<(), Fault> {
        self.before = Before::Atom;
        self.take("^");
        // The first one stands for itself.
        self.take("]");
        while let Some(c) = self.pop() {
            match c {
                ']' => return Ok(()),
                '\\' => {
                    self.pop();
                }
                '[' if self.rest.starts_with(':') && self.rest.contains(":]") => {
                    self.skip_behind(":]");
                }
                _ => {}
            }
        }
        Err((
            "is no regular expression: a `[` is not closed",
            "close it with `]`, or write `\\[` for the character itself",
        ))
    }

    fn open(&mut self) -> Result<(), Fault> {
        const UNKNOWN: Fault = (
            "is no regular expression: Go's know no such group that begins with `(?`",
            "write it without; they cannot look ahead or behind",
        );
        if !self.take("?") {
            self.depth += 1;
            self.before = Before::Nothing;
            return Ok(());
        }
        let is_named = !self.rest.starts_with("<=") && !self.rest.starts_with("<!");
        if is_named && (self.take("P<") || self.take("<")) {
            if !self.skip_behind(">") {
                return Err(UNKNOWN);
            }
            self.depth += 1;
            self.before = Before::Nothing;
            return Ok(());
        }
        loop {
            match self.pop() {
                Some('i' | 'm' | 's' | 'U' | '-') => {}
                Some(':') => {
                    self.depth += 1;
                    self.before = Before::Nothing;
                    return Ok(());
                }
                Some(')') => {
                    // What may follow is not certain.
                    self.before = Before::Atom;
                    return Ok(());
                }
                Some(_) => return Err(UNKNOWN),
                None => return Err(UNCLOSED),
            }
        }
    }
}

/// The numbers behind a `{` that repeats, and what follows its `}`.
fn counts(text: &str) -> Option<(u32, Option<u32>, &str)> {
    let (inside, rest) = text.split_once('}')?;
    let (low, high) = match inside.split_once(',') {
        None => (inside, Some(inside)),
        Some((low, "")) => (low, None),
        Some((low, high)) => (low, Some(high)),
    };
    let high = match high {
        Some(high) => Some(count(high)?),
        None => None,
    };
    Some((count(low)?, high, rest))
}

/// A number as Go takes it there; else the brace stands for itself.
fn count(text: &str) -> Option<u32> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_padded = text.len() > 1 && text.starts_with('0');
    // More digits than a number holds are too many in any case.
    (is_number && !is_padded).then(|| text.parse().unwrap_or(u32::MAX))
}

//! Character classes: Java's unions, intersections and ranges, written out so that nothing else of
//! the engine's class syntax (`[:alpha:]`, `--`, `~~`) can arise.

use super::escape::{self, Escape};
use super::source::{Source, Unit};
use super::{JavaRegexError, Reason};

/// Classes within classes. The pattern comes from a file, the recursion below from the stack.
const MAX_DEPTH: usize = 16;

/// Reads a class whose `[` has been taken, and returns it translated.
pub(super) fn read(source: &mut Source, open: Unit) -> Result<String, JavaRegexError> {
    nested(source, open, 1)
}

/// One side of `&&`.
#[derive(Default)]
struct Operand {
    items: Vec<String>,
    nested: usize,
}

fn nested(source: &mut Source, open: Unit, depth: usize) -> Result<String, JavaRegexError> {
    if depth > MAX_DEPTH {
        return Err(open.error(Reason::TooDeep));
    }
    let negation = if source.eat('^') { "^" } else { "" };
    let mut finished: Vec<String> = Vec::new();
    let mut operand = Operand::default();
    loop {
        let unit = source
            .take()
            .ok_or_else(|| open.error(Reason::UnclosedClass))?;
        let first = finished.is_empty() && operand.items.is_empty();
        if unit.is(']') && !first {
            finished.push(operand.finish(unit, !finished.is_empty())?);
            return Ok(format!("[{negation}{}]", finished.join("&&")));
        } else if unit.is('[') {
            operand.items.push(nested(source, unit, depth + 1)?);
            operand.nested += 1;
        } else if unit.is('&') && source.eat('&') {
            // Java does not take `&&&` for an operator and a character.
            if source.peek().is_some_and(|next| next.is('&')) {
                return Err(unit.error(Reason::BadIntersection));
            }
            let complete = std::mem::take(&mut operand);
            finished.push(complete.finish(unit, !finished.is_empty())?);
        } else {
            operand.items.push(item(source, unit)?);
        }
    }
}

impl Operand {
    /// The items of one side. Java takes the last of several, unless all are classes or none is.
    fn finish(mut self, at: Unit, right: bool) -> Result<String, JavaRegexError> {
        let mixed = self.nested > 0 && self.nested < self.items.len();
        if self.items.is_empty() || (right && mixed) {
            return Err(at.error(Reason::BadIntersection));
        }
        // `[:` would begin a POSIX class; the order of items means nothing, so the colon goes last.
        self.items.sort_by_key(|item| item == ":");
        Ok(self.items.concat())
    }
}

/// A single character, a range, or a set.
fn item(source: &mut Source, unit: Unit) -> Result<String, JavaRegexError> {
    let low = match character(source, unit)? {
        Escape::Character(c) => c,
        Escape::Set { items, negated } => {
            return Ok(format!("[{}{items}]", if negated { "^" } else { "" }));
        }
    };
    let range = source.peek().is_some_and(|unit| unit.is('-'))
        && source
            .peek_second()
            .is_some_and(|end| !end.is('[') && !end.is(']'));
    if !range {
        return Ok(literal(low));
    }
    source.take();
    let end = source.take().ok_or_else(|| unit.error(Reason::BadRange))?;
    match character(source, end)? {
        Escape::Character(high) if low <= high => Ok(format!("{}-{}", literal(low), literal(high))),
        Escape::Character(_) | Escape::Set { .. } => Err(unit.error(Reason::BadRange)),
    }
}

fn character(source: &mut Source, unit: Unit) -> Result<Escape, JavaRegexError> {
    if unit.is('\\') {
        escape::read(source, unit)
    } else {
        Ok(Escape::Character(unit.c))
    }
}

fn literal(c: char) -> String {
    if c.is_ascii_alphanumeric() || c == ':' {
        c.to_string()
    } else {
        format!(r"\x{{{:X}}}", u32::from(c))
    }
}

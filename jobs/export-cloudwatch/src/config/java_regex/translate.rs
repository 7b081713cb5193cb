//! Groups, repetitions and references.
//!
//! Every group keeps its number and loses its name, so that both kinds of references can be
//! written as numbers.

use super::escape::{self, Escape, VERTICAL};
use super::source::{Source, Unit};
use super::{JavaRegexError, Reason, class};

/// Writes a Java pattern in the dialect of `fancy_regex`.
pub(super) fn translate(pattern: &str) -> Result<String, JavaRegexError> {
    let mut translator = Translator {
        source: Source::new(pattern),
        out: String::new(),
        groups: 0,
        names: Vec::new(),
        open: Vec::new(),
        references: Vec::new(),
        folds_case: false,
    };
    while let Some(unit) = translator.source.take() {
        translator.step(unit)?;
    }
    translator.finish()
}

struct Translator {
    source: Source,
    out: String,
    /// Capturing groups opened so far.
    groups: usize,
    names: Vec<(String, usize)>,
    /// Parentheses not closed yet.
    open: Vec<Unit>,
    /// Groups that are referred to by number.
    references: Vec<(usize, Unit)>,
    /// Whether the flag `i` was set anywhere so far.
    folds_case: bool,
}

impl Translator {
    fn step(&mut self, unit: Unit) -> Result<(), JavaRegexError> {
        if unit.quoted {
            self.literal(unit.c);
            return self.repetition();
        }
        match unit.c {
            '\\' => self.escape(unit)?,
            '[' => {
                let class = class::read(&mut self.source, unit)?;
                self.out.push_str(&class);
            }
            '(' => return self.group(unit),
            ')' => {
                self.open
                    .pop()
                    .ok_or_else(|| unit.error(Reason::UnmatchedParenthesis))?;
                self.out.push(')');
            }
            '|' => {
                self.out.push('|');
                return Ok(());
            }
            '^' | '$' | '.' => self.out.push(unit.c),
            '*' | '+' | '?' => return Err(unit.error(Reason::NothingToRepeat(unit.c))),
            '{' => return Err(unit.error(Reason::BadRepetition)),
            c => self.literal(c),
        }
        self.repetition()
    }

    fn literal(&mut self, c: char) {
        if c.is_ascii() {
            if c.is_ascii_punctuation() && !matches!(c, '<' | '>') {
                self.out.push('\\');
            }
            self.out.push(c);
        } else if self.folds_case {
            // Java's `(?i)` folds ASCII letters only.
            self.out.push_str("(?-i:");
            self.out.push(c);
            self.out.push(')');
        } else {
            self.out.push(c);
        }
    }

    fn escape(&mut self, backslash: Unit) -> Result<(), JavaRegexError> {
        let Some(unit) = self.source.peek() else {
            return Err(backslash.error(Reason::UnfinishedEscape));
        };
        let translated = match unit.c {
            'A' | 'G' => r"\A".to_owned(),
            'Z' | 'z' => r"\z".to_owned(),
            'b' | 'B' => format!("\\{}", unit.c),
            'R' => format!(r"(?:\r\n|[{VERTICAL}])"),
            'k' => {
                self.source.take();
                return self.named_reference(backslash);
            }
            '1'..='9' => {
                self.numbered_reference(backslash);
                return Ok(());
            }
            _ => {
                match escape::read(&mut self.source, backslash)? {
                    Escape::Character(c) => self.literal(c),
                    Escape::Set { items, negated } => {
                        self.out.push_str(if negated { "[^" } else { "[" });
                        self.out.push_str(&items);
                        self.out.push(']');
                    }
                }
                return Ok(());
            }
        };
        self.source.take();
        if unit.c == 'b' && self.source.peek().is_some_and(|next| next.is('{')) {
            return Err(backslash.error(Reason::UnsupportedEscape('b')));
        }
        self.out.push_str(&translated);
        Ok(())
    }

    fn named_reference(&mut self, backslash: Unit) -> Result<(), JavaRegexError> {
        if !self.source.eat('<') {
            return Err(backslash.error(Reason::UnknownEscape('k')));
        }
        let name = self.source.take_while(|c| c.is_ascii_alphanumeric());
        let number = self
            .names
            .iter()
            .find(|(known, _)| *known == name)
            .map(|&(_, number)| number);
        match number {
            Some(number) if self.source.eat('>') => {
                self.reference(number);
                Ok(())
            }
            _ => Err(backslash.error(Reason::NoSuchGroup(name))),
        }
    }

    /// As many digits as make a group that exists by now; `\11` with one group is `\1` and a `1`.
    fn numbered_reference(&mut self, backslash: Unit) {
        let mut number = 0;
        while let Some(digit) = self.source.peek().and_then(|unit| unit.c.to_digit(10)) {
            let longer = usize::try_from(digit).map_or(0, |digit| number * 10 + digit);
            if number > 0 && longer > self.groups {
                break;
            }
            number = longer;
            self.source.take();
        }
        self.references.push((number, backslash));
        self.reference(number);
    }

    /// In a group of its own, lest a digit behind it joins it.
    fn reference(&mut self, number: usize) {
        self.out.extend([r"(?:\", &number.to_string(), ")"]);
    }

    fn group(&mut self, open: Unit) -> Result<(), JavaRegexError> {
        if !self.source.eat('?') {
            self.groups += 1;
            self.out.push('(');
            self.open.push(open);
            return Ok(());
        }
        for plain in [":", "=", "!", ">", "<=", "<!"] {
            if self.source.eat_str(plain) {
                self.out.push_str("(?");
                self.out.push_str(plain);
                self.open.push(open);
                return Ok(());
            }
        }
        if self.source.eat('<') {
            self.named_group(open)
        } else {
            self.flags(open)
        }
    }

    fn named_group(&mut self, open: Unit) -> Result<(), JavaRegexError> {
        let name = self.source.take_while(|c| c.is_ascii_alphanumeric());
        let starts_with_letter = name.starts_with(|c: char| c.is_ascii_alphabetic());
        if !starts_with_letter || !self.source.eat('>') {
            return Err(open.error(Reason::UnknownGroup));
        }
        if self.names.iter().any(|(known, _)| *known == name) {
            return Err(open.error(Reason::RepeatedName(name)));
        }
        self.groups += 1;
        self.names.push((name, self.groups));
        self.out.push('(');
        self.open.push(open);
        Ok(())
    }

    /// `(?i)`, `(?i:…)`, `(?-i)`: the rest of `(?`.
    fn flags(&mut self, open: Unit) -> Result<(), JavaRegexError> {
        let (mut on, mut off) = (String::new(), String::new());
        let mut negated = false;
        loop {
            let unit = self
                .source
                .take()
                .ok_or_else(|| open.error(Reason::UnclosedGroup))?;
            match unit.c {
                'i' | 'm' | 's' => if negated { &mut off } else { &mut on }.push(unit.c),
                // Only about line terminators, of which there are none.
                'd' => {}
                'x' | 'u' | 'U' => return Err(unit.error(Reason::UnsupportedFlag(unit.c))),
                '-' if !negated => negated = true,
                ')' | ':' => {
                    self.folds_case |= on.contains('i');
                    let off = if off.is_empty() {
                        off
                    } else {
                        format!("-{off}")
                    };
                    match (unit.c, on.is_empty() && off.is_empty()) {
                        (')', true) => {}
                        (')', false) => self.out.extend(["(?", &on, &off, ")"]),
                        _ => {
                            self.out.extend(["(?", &on, &off, ":"]);
                            self.open.push(open);
                        }
                    }
                    return Ok(());
                }
                _ => return Err(open.error(Reason::UnknownGroup)),
            }
        }
    }

    /// A repetition behind what was just written, if there is one.
    fn repetition(&mut self) -> Result<(), JavaRegexError> {
        let Some(unit) = self.source.peek().filter(|unit| !unit.quoted) else {
            return Ok(());
        };
        match unit.c {
            '*' | '+' | '?' => {
                self.source.take();
                self.out.push(unit.c);
            }
            '{' => {
                self.source.take();
                let count = self
                    .count()
                    .ok_or_else(|| unit.error(Reason::BadRepetition))?;
                self.out.push_str(&count);
            }
            _ => return Ok(()),
        }
        if let Some(mode) = self
            .source
            .peek()
            .filter(|unit| unit.is('?') || unit.is('+'))
        {
            self.source.take();
            self.out.push(mode.c);
        }
        Ok(())
    }

    /// The rest of `{2}`, `{2,}` or `{2,5}`.
    fn count(&mut self) -> Option<String> {
        let number = |source: &mut Source| {
            source
                .take_while(|c| c.is_ascii_digit())
                .parse::<u32>()
                .ok()
        };
        let low = number(&mut self.source)?;
        if self.source.eat('}') {
            return Some(format!("{{{low}}}"));
        }
        if !self.source.eat(',') {
            return None;
        }
        if self.source.eat('}') {
            return Some(format!("{{{low},}}"));
        }
        let high = number(&mut self.source).filter(|&high| low <= high)?;
        self.source.eat('}').then(|| format!("{{{low},{high}}}"))
    }

    fn finish(self) -> Result<String, JavaRegexError> {
        if let Some(open) = self.open.last() {
            return Err(open.error(Reason::UnclosedGroup));
        }
        match self
            .references
            .iter()
            .find(|&&(number, _)| number > self.groups)
        {
            Some((number, at)) => Err(at.error(Reason::NoSuchGroup(number.to_string()))),
            None => Ok(self.out),
        }
    }
}

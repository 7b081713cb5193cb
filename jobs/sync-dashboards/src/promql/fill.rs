//! Variables out, something that parses in, and the way back.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use common::promql::{Place, uncommented};
use promql_parser::util::display_duration;

use super::variable::{self, Variable};

/// The word that stands for a variable.
pub(super) const WORD: &str = "grafanaVariable";

/// What stands for a variable where neither a duration nor a number is sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Otherwise {
    Word,
    Number,
}

/// What fits a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    Number,
    Duration,
    /// Before a unit, as in `[${n}m]`.
    Digits,
    /// After digits, as in `[5$unit]`.
    Unit,
}

/// Durations and numbers that stand for variables begin here: nobody writes them.
const FIRST_NUMBER: usize = 9_000_000;
const FIRST_MILLISECONDS: u64 = 7_000_000_000_000;
/// How all of those durations begin.
const DURATION_START: &str = "81018d";
/// Most variables that can be told apart.
const MARKS: usize = 999;

/// All variables replaced, each kind by the same.
pub(super) fn plain(expr: &str, otherwise: Otherwise) -> Cow<'_, str> {
    let expr = uncommented(expr);
    if variable::find(&expr).next().is_none() {
        return expr;
    }
    Cow::Owned(scan(&expr, otherwise, &mut |kind, _| {
        Cow::Borrowed(match kind {
            Kind::Word => WORD,
            Kind::Number => "1",
            Kind::Duration => "5m",
            Kind::Digits => "5",
            Kind::Unit => "m",
        })
    }))
}

/// An expression in which each variable is replaced by something of its own.
pub(super) struct Marked {
    pub(super) text: String,
    marks: BTreeMap<String, String>,
}

impl Marked {
    /// Puts the variables back.
    pub(super) fn put_back(&self, printed: &str) -> String {
        let mut text = printed.to_owned();
        for (mark, variable) in &self.marks {
            if text.contains(mark.as_str()) {
                text = text.replace(mark, variable);
            }
        }
        text
    }
}

/// Marks the variables; none when the way back would not be sure.
pub(super) fn marked(expr: &str, otherwise: Otherwise) -> Option<Marked> {
    let expr = &*uncommented(expr);
    let taken = [WORD, "900", DURATION_START];
    if taken.iter().any(|taken| expr.contains(taken)) && variable::find(expr).next().is_some() {
        return None;
    }
    let spelled = |it: &Variable<'_>| format!("${{{}{}}}", it.name, it.tail);
    // By their names and not by their order: two layouts of one expression get the same marks.
    let all: BTreeSet<String> = variable::find(expr).map(|it| spelled(&it)).collect();
    if all.len() > MARKS {
        return None;
    }
    let numbers: BTreeMap<&str, usize> = all.iter().map(String::as_str).zip(1..).collect();
    let mut marks = BTreeMap::new();
    let mut sure = true;
    let text = scan(expr, otherwise, &mut |kind, variable| {
        let spelled = spelled(variable);
        let number = numbers.get(spelled.as_str()).copied().unwrap_or_default();
        let mark = match kind {
            Kind::Word => format!("{WORD}{number:03}x"),
            Kind::Number => (FIRST_NUMBER + number).to_string(),
            Kind::Duration => {
                let number = u64::try_from(number).unwrap_or_default();
                display_duration(&Duration::from_millis(FIRST_MILLISECONDS + number))
            }
            Kind::Digits | Kind::Unit => {
                sure = false;
                String::new()
            }
        };
        marks.insert(mark.clone(), spelled);
        Cow::Owned(mark)
    });
    sure.then_some(Marked { text, marks })
}

fn scan<'f>(
    expr: &str,
    otherwise: Otherwise,
    fill: &mut impl FnMut(Kind, &Variable<'_>) -> Cow<'f, str>,
) -> String {
    let mut state = State::default();
    let mut out = String::with_capacity(expr.len() + 64);
    let mut rest = expr;
    while let Some(c) = rest.chars().next() {
        if let Some(variable) = variable::at_start(rest) {
            let kind = state.kind(&out, &variable, otherwise);
            out.push_str(&fill(kind, &variable));
            rest = variable.rest;
        } else {
            state.take(c);
            out.push(c);
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    out
}

/// Where in an expression we are.
#[derive(Default)]
struct State {
    place: Place,
    bracket: bool,
}

impl State {
    fn take(&mut self, c: char) {
        let code = !self.place.in_string() && !self.place.in_comment();
        self.place.pass(c);
        if code {
            match c {
                '[' => self.bracket = true,
                ']' => self.bracket = false,
                _ => {}
            }
        }
    }

    /// What fits here; `before` is what was written so far.
    fn kind(&self, before: &str, variable: &Variable<'_>, otherwise: Otherwise) -> Kind {
        if self.place.in_string() {
            return Kind::Word;
        }
        let glued = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$');
        if self.bracket || after_offset(before) {
            if before.ends_with(|c: char| c.is_ascii_digit()) {
                return Kind::Unit;
            }
            if variable.rest.starts_with(glued) {
                return Kind::Digits;
            }
            return if is_number(variable) {
                Kind::Number
            } else {
                Kind::Duration
            };
        }
        if is_number(variable) || before.trim_end().ends_with('@') {
            return Kind::Number;
        }
        // Part of a name, such as `node_${what}_total`.
        let part = before.ends_with(|c| glued(c) || c == ':')
            || variable.rest.starts_with(|c| glued(c) || c == ':');
        match otherwise {
            Otherwise::Number if !part => Kind::Number,
            Otherwise::Number | Otherwise::Word => Kind::Word,
        }
    }
}

/// What Grafana itself defines as a number.
fn is_number(variable: &Variable<'_>) -> bool {
    matches!(variable.name, "__from" | "__to")
        || variable.name.starts_with("__")
            && (variable.name.ends_with("_ms") || variable.name.ends_with("_s"))
}

fn after_offset(before: &str) -> bool {
    let before = before.trim_end();
    let before = before.strip_suffix('-').unwrap_or(before).trim_end();
    let word = before
        .rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .next();
    word.is_some_and(|word| word.eq_ignore_ascii_case("offset"))
}

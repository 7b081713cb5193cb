//! Expressions of PromQL in one spelling for each that means the same.
//!
//! Layout, comments, quotes, units, parentheses that change nothing, and the order of matchers and of
//! labels in `by`, `on` and the like do not count. Everything else does: the order of operands, of
//! alternatives in a regular expression, `x{a=""}` and `x`.

mod bounds;
mod print;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

/// Reads an expression. Nothing when the parser, which knows the language of Prometheus 2.45 and some of
/// what came later, does not understand it; that is no proof that Prometheus would not.
pub(super) fn parse(text: &str) -> Option<String> {
    let text = uncommented(text);
    if !bounds::fits(&text) {
        return None;
    }
    let parsed = promql_parser::parser::parse(&text).ok()?;
    let mut printed = String::with_capacity(text.len());
    print::expression(&parsed, &mut printed)?;
    Some(printed)
}

/// The text without comments, every run of blanks outside of strings made one blank.
pub(super) fn folded(text: &str) -> String {
    let mut place = Place::default();
    let mut out = String::with_capacity(text.len());
    for c in uncommented(text).chars() {
        let inside = place.quote.is_some();
        place.pass(c);
        if inside || !c.is_whitespace() {
            out.push(c);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.trim().to_owned()
}

/// The text without comments: the parser takes some at the end of an expression for a part of it.
fn uncommented(text: &str) -> Cow<'_, str> {
    if !text.contains('#') {
        return Cow::Borrowed(text);
    }
    let mut place = Place::default();
    let kept = |c: &char| {
        place.pass(*c);
        !place.comment
    };
    Cow::Owned(text.chars().filter(kept).collect())
}

/// Where in a text we are.
#[derive(Default)]
struct Place {
    quote: Option<char>,
    escaped: bool,
    comment: bool,
}

impl Place {
    fn pass(&mut self, c: char) {
        if self.comment {
            self.comment = c != '\n';
        } else if let Some(open) = self.quote {
            if self.escaped {
                self.escaped = false;
            } else if c == '\\' && open != '`' {
                self.escaped = true;
            } else if c == open {
                self.quote = None;
            }
        } else if matches!(c, '"' | '\'' | '`') {
            self.quote = Some(c);
        } else {
            self.comment = c == '#';
        }
    }
}

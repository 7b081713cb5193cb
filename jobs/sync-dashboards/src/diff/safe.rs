//! Texts of dashboards are a stranger's: what they may do to a terminal, to Markdown, to a reader.

use std::fmt::Write as _;

use common::stranger::visible;
pub(super) use common::stranger::{clip, is_hidden};

/// The text on one line, with everything visible that a terminal would obey or a reader not see:
/// control characters, and marks that turn the direction of writing.
pub(super) fn line(text: &str) -> String {
    visible(text, is_hidden)
}

/// One blank for every run of blanks and line ends, except between quotation marks.
pub(super) fn squeeze(expr: &str) -> String {
    let mut out = String::with_capacity(expr.len());
    let (mut quote, mut escaped, mut gap) = (None, false, false);
    for c in expr.trim().chars() {
        if quote.is_none() && c.is_whitespace() {
            gap = true;
            continue;
        }
        if std::mem::take(&mut gap) {
            out.push(' ');
        }
        out.push(c);
        match quote {
            Some(_) if std::mem::take(&mut escaped) => {}
            Some(open) => {
                escaped = c == '\\' && open != '`';
                if c == open {
                    quote = None;
                }
            }
            None if matches!(c, '"' | '\'' | '`') => quote = Some(c),
            None => {}
        }
    }
    out
}

/// The text as Markdown shows it literally, in a table cell, too. Whatever could be markup, a mention
/// or a link becomes a character reference.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in line(text).chars() {
        if c.is_ascii_punctuation() && !matches!(c, '-' | '.' | ',' | ';' | '/' | '(' | ')' | '%') {
            let written = write!(out, "&#{};", u32::from(c));
            debug_assert!(written.is_ok(), "a String takes everything");
        } else {
            out.push(c);
        }
    }
    out
}

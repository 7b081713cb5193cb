//! Texts of dashboards are a stranger's: what they may do to a terminal, to Markdown, to a reader.

use std::fmt::Write as _;

/// The text on one line, with everything visible that a terminal would obey or a reader not see:
/// control characters, and marks that turn the direction of writing.
pub(super) fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether it does something else than be seen.
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
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

/// The text with at most `limit` characters.
pub(super) fn clip(text: &str, limit: usize) -> String {
    if text.chars().nth(limit).is_none() {
        return text.to_owned();
    }
    let kept = text.chars().take(limit.saturating_sub(1));
    kept.chain(['…']).collect()
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

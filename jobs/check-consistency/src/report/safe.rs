//! Texts of objects are a stranger's: what they may do to a terminal, to Markdown, to a page and to a
//! reader.
//!
//! Nothing of an object is written without one of these functions. What comes out of [`line`] is one
//! line that only shows; [`html`] and [`markdown`] are for places where more than that is obeyed.

use std::fmt::Write as _;

use common::stranger;
pub(super) use common::stranger::clip;

/// Characters of a value that are shown.
pub(super) const VALUE_LIMIT: usize = 200;

/// Fields of an object that are shown.
pub(super) const FIELD_LIMIT: usize = 50;

/// Characters of a name, a path or a sentence that are shown: more than any lawful name has.
const LINE_LIMIT: usize = 500;

/// The text on one line of at most 500 characters, with everything visible that a terminal would obey
/// or a reader not see: control characters, marks that turn the direction of writing or have no width.
pub fn line(text: &str) -> String {
    visible(&clip(text, LINE_LIMIT))
}

/// A value as it stands, or between quotation marks with escapes where it could be taken for something
/// else: empty, in blanks or parentheses, or with something that is not seen.
pub(super) fn value(text: &str) -> String {
    if needs_quotes(text) {
        format!("\"{}\"", literal(text))
    } else {
        text.to_owned()
    }
}

/// Whether the value cannot be shown as it stands.
pub(super) fn needs_quotes(text: &str) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| c.is_whitespace() || matches!(c, '"' | '('));
    edge(text.chars().next())
        || text.ends_with(char::is_whitespace)
        || text.contains("  ")
        || text.chars().any(is_hidden)
}

/// A part of a value within quotation marks.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
            out.push(c);
        } else if is_hidden(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

fn visible(text: &str) -> String {
    stranger::visible(text, is_hidden)
}

/// Whether it does something else than be seen, or looks like a blank or like nothing: values are compared by
/// the eye.
pub(super) fn is_hidden(c: char) -> bool {
    stranger::is_hidden(c)
        || matches!(
            c,
            '\u{a0}'
                | '\u{34f}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{2000}'..='\u{200a}'
                | '\u{202f}'
                | '\u{205f}'
                | '\u{2800}'
                | '\u{3000}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{ffa0}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0080}'..='\u{e0fff}'
        )
}

/// A line as HTML shows it literally, in an attribute within quotation marks, too.
pub(super) fn html(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for c in visible(line).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A line as Markdown shows it literally, in a cell of a table, too. Whatever could be markup, a mention
/// or a link becomes a character reference.
pub(super) fn markdown(line: &str) -> String {
    let line = visible(line);
    let line = line.trim_start();
    let mut out = String::with_capacity(line.len());
    for (at, c) in line.char_indices() {
        let (before, from) = line.split_at(at);
        if is_markup(before, c, from.chars().nth(1)) {
            let written = write!(out, "&#{};", u32::from(c));
            debug_assert!(written.is_ok(), "a String takes everything");
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a character could be more than itself where it stands.
fn is_markup(before: &str, c: char, next: Option<char>) -> bool {
    let numbers = || before.bytes().all(|byte| byte.is_ascii_digit());
    match c {
        // Lists, and lines that make the one above a heading.
        '-' | '+' | '=' => before.is_empty(),
        // Numbered lists, and addresses without a scheme.
        '.' => numbers() || before.to_ascii_lowercase().ends_with("www"),
        ')' => numbers(),
        // Addresses and pictures by name.
        ':' => next.is_some_and(|next| next != ' '),
        ',' | ';' | '/' | '(' | '%' | '\'' | '"' | '?' | '!' | '{' | '}' => false,
        c => c.is_ascii_punctuation(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{html, is_hidden, line, markdown, value};

    #[test]
    fn what_a_terminal_obeys_or_nobody_sees_is_written_out() {
        for (text, shown) in [
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("a\nb\tc", "a\\nb\\tc"),
            ("\u{202e}gnp", "\\u{202e}gnp"),
            ("pay\u{200b}pal", "pay\\u{200b}pal"),
            ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
            ("ünïcödé ≠ 日本", "ünïcödé ≠ 日本"),
        ] {
            assert_eq!(line(text), shown);
        }
    }

    #[test]
    fn a_value_that_could_be_taken_for_something_else_is_quoted() {
        for (text, shown) in [
            ("20m", "20m"),
            (r"job=~\w+", r"job=~\w+"),
            ("", r#""""#),
            (" 1", r#"" 1""#),
            ("1 ", r#""1 ""#),
            ("(absent)", r#""(absent)""#),
            ("1  other: 2", r#""1  other: 2""#),
            (r#""x""#, r#""\"x\"""#),
            ("a\nb", r#""a\nb""#),
            (r"a\nb", r"a\nb"),
        ] {
            assert_eq!(value(text), shown);
        }
    }

    #[test]
    fn markup_is_shown_and_not_obeyed() {
        let text = "<b onclick='x'>&\"|`*_[a](b)@me";
        assert_eq!(
            html(text),
            "&lt;b onclick=&#39;x&#39;&gt;&amp;&quot;|`*_[a](b)@me"
        );
        for (text, shown) in [
            (
                text,
                "&#60;b onclick='x'&#62;&#38;\"&#124;&#96;&#42;&#95;&#91;a&#93;(b)&#64;me",
            ),
            ("prod-e1-1: a=b", "prod-e1-1: a=b"),
            ("- a", "&#45; a"),
            ("   - a", "&#45; a"),
            ("=== a", "&#61;== a"),
            ("12. a 1.5", "12&#46; a 1.5"),
            ("1) a", "1&#41; a"),
            ("see http://x", "see http&#58;//x"),
            ("see Www.x.y", "see Www&#46;x.y"),
            (":x: $x$ ~x~ #1", "&#58;x: &#36;x&#36; &#126;x&#126; &#35;1"),
        ] {
            assert_eq!(markdown(text), shown);
        }
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left(text in any::<String>()) {
            for shown in [line(&text), value(&text), html(&text), markdown(&text)] {
                prop_assert!(!shown.chars().any(is_hidden));
            }
        }

        #[test]
        fn values_that_differ_look_different(one in ".{0,20}", other in ".{0,20}") {
            prop_assert_eq!(one == other, value(&one) == value(&other));
        }

        #[test]
        fn html_has_no_markup(text in any::<String>()) {
            prop_assert!(!html(&text).contains(['<', '>', '"', '\'']));
        }
    }
}

//! Double-quoted YAML scalars of printable ASCII: every YAML parser reads them alike, whichever
//! characters it thinks break a line.

use std::fmt::Write as _;

/// The most bytes that a text of `length` bytes takes when quoted.
pub(super) const fn longest(length: usize) -> usize {
    // `\xNN` for one byte is the worst; longer characters take less for each of theirs.
    2 + 4 * length
}

/// Appends `text` as a double-quoted scalar.
pub(super) fn push(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(character),
            _ => escape(out, character),
        }
    }
    out.push('"');
}

fn escape(out: &mut String, character: char) {
    let code = u32::from(character);
    let written = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
    // Writing to a `String` cannot fail.
    written.unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{longest, push};
    use crate::yaml::{Dialect, Document};

    #[test]
    fn whatever_is_not_printable_ascii_is_escaped() {
        let mut out = String::new();
        push(&mut out, "a\"b\\c\n\td é \u{2028} 🦀 \u{7f}");
        assert_eq!(out, r#""a\"b\\c\n\td \xe9 \u2028 \U0001f980 \x7f""#);
    }

    proptest! {
        #[test]
        fn any_text_reads_back_as_itself_from_one_line_of_ascii(text: String) {
            let mut out = String::new();
            push(&mut out, &text);
            prop_assert!(out.bytes().all(|byte| matches!(byte, b' '..=b'~')));
            prop_assert!(out.len() <= longest(text.len()));
            let document = Document::parse("t", &out, Dialect::Strict).unwrap();
            prop_assert_eq!(document.root().string(), Some(text));
        }
    }
}

//! A stranger's text: what it may do to a terminal, and to who reads it.
//!
//! Servers, dashboards and objects say what they like. What is escaped for markup is the business of whoever
//! writes markup.

/// Whether a character does something else than be seen: a terminal obeys it, it turns the direction of
/// writing, or it has no width.
pub fn is_hidden(c: char) -> bool {
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

/// The text with every character written out, as `\u{202e}`, that `is_hidden` means.
pub fn visible(text: &str, is_hidden: impl Fn(char) -> bool) -> String {
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

/// The text on one line of at most `limit` characters, without what is hidden.
pub fn line(text: &str, limit: usize) -> String {
    let blanks = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c });
    let seen: String = blanks.filter(|c| !is_hidden(*c)).collect();
    let words: Vec<_> = seen.split_whitespace().collect();
    clip(&words.join(" "), limit)
}

/// The text with at most `limit` characters; `…` stands for the rest.
pub fn clip(text: &str, limit: usize) -> String {
    if text.chars().nth(limit).is_none() {
        return text.to_owned();
    }
    let kept = text.chars().take(limit.saturating_sub(1));
    kept.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::{clip, is_hidden, line, visible};

    #[test]
    fn a_line_is_bounded_and_has_no_hidden_characters() {
        let limit = 500;
        assert_eq!(
            line(" a\r\n\tb\u{1b}[1m\u{202e} c\u{0}d \n", limit),
            "a b[1m cd"
        );
        assert_eq!(line(&"é".repeat(500), limit), "é".repeat(500));
        assert_eq!(line(&"é".repeat(501), limit), "é".repeat(499) + "…");
    }

    #[test]
    fn what_a_terminal_obeys_or_nobody_sees_is_written_out() {
        for (text, shown) in [
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("a\nb\tc", "a\\nb\\tc"),
            ("\u{202e}gnp", "\\u{202e}gnp"),
            ("pay\u{200b}pal", "pay\\u{200b}pal"),
            ("ünïcödé ≠ 日本 ⚠️", "ünïcödé ≠ 日本 ⚠️"),
        ] {
            assert_eq!(visible(text, is_hidden), shown);
        }
    }

    #[test]
    fn a_long_text_ends_in_an_ellipsis_within_the_limit() {
        assert_eq!(clip("abcde", 5), "abcde");
        assert_eq!(clip("abcdef", 5), "abcd…");
        assert_eq!(clip("äöüßé!", 5), "äöüß…");
    }
}

//! The text of `PromQL`: where its strings and its comments are. What an expression means is none of this.

use std::borrow::Cow;

/// Where in an expression one is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    quote: Option<char>,
    escaped: bool,
    comment: bool,
}

impl Place {
    /// Goes on behind the next character.
    pub fn pass(&mut self, c: char) {
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

    /// Whether it is within a string.
    pub fn in_string(self) -> bool {
        self.quote.is_some()
    }

    /// Whether the character before was a backslash that gives the next one of a string another meaning.
    pub fn is_escaped(self) -> bool {
        self.escaped
    }

    /// Whether it is within a comment; the end of the line is outside.
    pub fn in_comment(self) -> bool {
        self.comment
    }
}

/// The text without comments: the parser takes some at the end of an expression for a part of it.
pub fn uncommented(expr: &str) -> Cow<'_, str> {
    if !expr.contains('#') {
        return Cow::Borrowed(expr);
    }
    let mut place = Place::default();
    let kept = |c: &char| {
        place.pass(*c);
        !place.in_comment()
    };
    Cow::Owned(expr.chars().filter(kept).collect())
}

/// The text without comments, every run of blanks outside of strings made one blank.
pub fn folded(expr: &str) -> String {
    let mut place = Place::default();
    let mut out = String::with_capacity(expr.len());
    for c in uncommented(expr).chars() {
        let inside = place.in_string();
        place.pass(c);
        if inside || !c.is_whitespace() {
            out.push(c);
        } else if !out.ends_with(' ') {
            out.push(' ');
        }
    }
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{folded, uncommented};

    #[test]
    fn comments_end_with_their_line_and_strings_have_none() {
        for (expr, without) in [
            ("x # a\n+ y # b", "x \n+ y "),
            ("x{a='#'} # \"'`\n", "x{a='#'} \n"),
            (r##"x{a="\"#"} # b"##, r##"x{a="\"#"} "##),
            (r"x{a='\\'} # b", r"x{a='\\'} "),
            // Nothing is escaped between these.
            (r"x{a=`\`} # b", r"x{a=`\`} "),
            ("# only", ""),
            ("x", "x"),
        ] {
            assert_eq!(uncommented(expr), without, "{expr}");
        }
    }

    #[test]
    fn blanks_are_one_outside_of_strings_only() {
        for (expr, one) in [
            ("  x \n\t + # a\n y ", "x + y"),
            ("x{a=\"b  \n c\"}  == 1", "x{a=\"b  \n c\"} == 1"),
            ("", ""),
        ] {
            assert_eq!(folded(expr), one, "{expr}");
        }
    }
}

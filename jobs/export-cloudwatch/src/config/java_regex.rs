//! Java regular expressions, translated for `fancy_regex`.

use fancy_regex::{Regex, RegexBuilder};

/// Steps that one match may backtrack before it counts as no match.
const BACKTRACK_LIMIT: usize = 100_000;

/// A compiled pattern with Java's meaning. Equal when the text and the kind of match are equal.
#[derive(Debug, Clone)]
pub struct JavaRegex {
    source: String,
    whole: bool,
    regex: Regex,
}

/// A pattern that Java rejects or that cannot be translated.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct JavaRegexError {
    /// What is wrong.
    pub message: String,
    /// 0-based offset in characters into the pattern.
    pub position: usize,
}

impl JavaRegex {
    /// A pattern that must match the whole value.
    pub fn full_match(source: &str) -> Result<Self, JavaRegexError> {
        Self::compile(source, true, &format!(r"\A(?:{source})\z"))
    }

    /// A pattern that is searched for.
    pub fn find(source: &str) -> Result<Self, JavaRegexError> {
        Self::compile(source, false, source)
    }

    fn compile(source: &str, whole: bool, translated: &str) -> Result<Self, JavaRegexError> {
        let regex = RegexBuilder::new(translated)
            .backtrack_limit(BACKTRACK_LIMIT)
            .build()
            .map_err(|error| JavaRegexError { message: error.to_string(), position: 0 })?;
        Ok(Self { source: source.to_owned(), whole, regex })
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Whether the pattern matches. A match that exceeds the backtrack limit counts as none.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text).unwrap_or(false)
    }

    /// The first non-empty group 1..n of the leftmost match.
    pub fn first_group<'t>(&self, text: &'t str) -> Option<&'t str> {
        let captures = self.regex.captures(text).ok().flatten()?;
        captures.iter().skip(1).flatten().map(|group| group.as_str()).find(|text| !text.is_empty())
    }
}

impl PartialEq for JavaRegex {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.whole == other.whole
    }
}

impl Eq for JavaRegex {}

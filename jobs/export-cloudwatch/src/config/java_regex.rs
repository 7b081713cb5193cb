//! Java regular expressions, for `aws_dimension_select_regex` and `arn_resource_id_regexp`.
//!
//! A pattern is translated into the dialect of `fancy_regex`, which hands whatever needs no
//! backtracking to the linear-time engine. What cannot be translated faithfully is refused when
//! the file is read, never matched differently in silence.
//!
//! Values and ARNs hold no line terminators, so `.`, `^`, `$` and the flags `m`, `s` and `d` need
//! no translation.

use std::fmt;

use fancy_regex::{Regex, RegexBuilder};

mod class;
mod escape;
mod source;
mod translate;

/// Steps that one match may take before it is given up: some ten milliseconds.
const BACKTRACK_LIMIT: usize = 200_000;

/// A compiled pattern with Java's meaning. Equal when the text and the kind of match are equal.
#[derive(Clone)]
pub struct JavaRegex {
    source: String,
    scope: Scope,
    regex: Regex,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// As `Matcher.matches`.
    Whole,
    /// As `Matcher.find`.
    Anywhere,
}

/// A pattern that Java refuses, or that means something else here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct JavaRegexError {
    /// Where in the pattern, in characters counted from 1; absent if the engine refused the whole.
    pub position: Option<usize>,
    /// What is wrong there.
    pub reason: Reason,
}

/// Why a pattern is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// `\y` and the like.
    #[error("`\\{0}` is not an escape of Java's regular expressions")]
    UnknownEscape(char),
    /// Java knows it, the engine does not.
    #[error("`\\{0}` is not supported")]
    UnsupportedEscape(char),
    /// A backslash ends the pattern.
    #[error("the pattern ends in the middle of an escape")]
    UnfinishedEscape,
    /// `\x{110000}`, or half of a surrogate pair.
    #[error("this escape does not stand for a character")]
    NoSuchCharacter,
    /// `\p{InGreek}`, `\p{javaLowerCase}` and misspelt names.
    #[error("the character property `{0}` is not supported")]
    UnknownProperty(String),
    /// `*a`, `a**`.
    #[error("`{0}` has nothing to repeat; in a regular expression any text is `.*`")]
    NothingToRepeat(char),
    /// `{x}`, `a{,3}`, `a{3,1}`.
    #[error("`{{` must begin a count such as {{2}} or {{2,5}}; a brace itself is written `\\{{`")]
    BadRepetition,
    /// `(a`.
    #[error("this `(` is never closed")]
    UnclosedGroup,
    /// `a)`.
    #[error("this `)` closes nothing")]
    UnmatchedParenthesis,
    /// `(?P<name>`, `(?#`, `(?(1)`.
    #[error("Java's regular expressions have no group that begins like this")]
    UnknownGroup,
    /// `(?x)`, `(?u)`, `(?U)`.
    #[error("the flag `{0}` is not supported")]
    UnsupportedFlag(char),
    /// Two groups of one name.
    #[error("a group named `{0}` exists already")]
    RepeatedName(String),
    /// `\2` with one group, `\k<x>` without `(?<x>`.
    #[error("there is no group `{0}`")]
    NoSuchGroup(String),
    /// `[a`.
    #[error("this `[` is never closed")]
    UnclosedClass,
    /// `[z-a]`, `[a-\d]`.
    #[error("this is not a range of characters")]
    BadRange,
    /// `[a&&]`, and `[a&&[b]c]`, which Java reads as `[a&&c]`.
    #[error("write both sides of `&&` as one class each, such as [a-z&&[^aeiou]]")]
    BadIntersection,
    /// Deeper than anyone writes.
    #[error("classes or groups are nested too deeply")]
    TooDeep,
    /// `(?<=a+)`.
    #[error("a look-behind must have a fixed length")]
    LookBehindLength,
    /// `(?=a)*`.
    #[error("a look-around cannot be repeated")]
    RepeatedLookAround,
    /// `((a{1000}){1000}){1000}`.
    #[error("the pattern is too big")]
    TooBig,
    /// The engine's own words.
    #[error("the pattern cannot be translated: {0}")]
    Refused(String),
}

impl Reason {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "foreign enums that may grow"
    )]
    fn of(error: &fancy_regex::Error) -> Self {
        use fancy_regex::{CompileError as Compile, Error, ParseError as Parse};
        match error {
            Error::ParseError(_, Parse::RecursionExceeded) => Self::TooDeep,
            Error::ParseError(_, Parse::TargetNotRepeatable) => Self::RepeatedLookAround,
            Error::CompileError(compile) => match &**compile {
                Compile::LookBehindNotConst | Compile::VariableLookBehindRequiresFeature => {
                    Self::LookBehindLength
                }
                Compile::InnerError(inner) if inner.size_limit().is_some() => Self::TooBig,
                _ => Self::Refused(error.to_string()),
            },
            _ => Self::Refused(error.to_string()),
        }
    }
}

impl JavaRegex {
    /// A pattern that must match a whole value.
    pub fn full_match(source: &str) -> Result<Self, JavaRegexError> {
        let translated = translate::translate(source)?;
        Self::compile(source, Scope::Whole, &format!(r"\A(?:{translated})\z"))
    }

    /// A pattern that is searched for.
    pub fn find(source: &str) -> Result<Self, JavaRegexError> {
        Self::compile(source, Scope::Anywhere, &translate::translate(source)?)
    }

    fn compile(source: &str, scope: Scope, translated: &str) -> Result<Self, JavaRegexError> {
        let regex = RegexBuilder::new(translated)
            .backtrack_limit(BACKTRACK_LIMIT)
            .build()
            .map_err(|error| JavaRegexError {
                position: None,
                reason: Reason::of(&error),
            })?;
        Ok(Self {
            source: source.to_owned(),
            scope,
            regex,
        })
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Whether the pattern matches.
    ///
    /// A match that takes too many steps counts as none and is logged: Java would go on for hours.
    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text).unwrap_or_else(|error| {
            self.given_up(text, &error);
            false
        })
    }

    /// The first non-empty group, counted from 1, of the leftmost match.
    pub fn first_group<'t>(&self, text: &'t str) -> Option<&'t str> {
        let captures = self.regex.captures(text).unwrap_or_else(|error| {
            self.given_up(text, &error);
            None
        })?;
        captures
            .iter()
            .skip(1)
            .flatten()
            .map(|group| group.as_str())
            .find(|text| !text.is_empty())
    }

    /// How many groups the pattern has.
    pub(super) fn groups(&self) -> usize {
        self.regex.captures_len().saturating_sub(1)
    }

    fn given_up(&self, text: &str, error: &fancy_regex::Error) {
        tracing::warn!(
            regex.pattern = self.source,
            regex.text = text,
            error = %error,
            "a pattern needs too many steps for this value; it counts as not matching"
        );
    }
}

impl fmt::Debug for JavaRegex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}(/{}/)", self.scope, self.source)
    }
}

impl PartialEq for JavaRegex {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.scope == other.scope
    }
}

impl Eq for JavaRegex {}

#[cfg(test)]
mod tests;

//! Patterns that match paths.

use std::fmt;
use std::str::FromStr;

use super::parse::{PatternError, Token, index, tokens, unescape};
use super::{Glob, Path, Segment};

/// A path in which `*` stands for any one step, and within a name or the value of a key for any
/// characters. It means that place and everything below it. `Display` is the text that it was read from.
///
/// ```text
/// /metadata/annotations/alb.*                     every annotation that begins so
/// /spec/groups[*]/rules[alert=Core*]/for          items of any key; items whose key matches
/// /spec/template/spec/containers[name=x]/image    other keys of the item do not matter
/// /data/*#/route                                  a field of the documents in all texts
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    text: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// `*`: any field or item, but not into a document.
    Any,
    /// A field by its name; also an item by its place when the name is a number.
    Name { name: Glob, index: Option<usize> },
    /// An item that has these keys, among others.
    Item(Vec<(String, Glob)>),
    /// `[*]`
    AnyItem,
    /// `#`
    Document,
}

impl Pattern {
    /// Reads a pattern; the empty text means the whole object.
    ///
    /// # Errors
    /// Says what is wrong and how it is written.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let steps = tokens(text)?.into_iter().map(Step::read);
        Ok(Self {
            text: text.to_owned(),
            steps: steps.collect::<Result<_, _>>()?,
        })
    }

    /// Whether a place is meant: one of the places that the pattern names, or one below.
    pub fn matches(&self, path: &Path) -> bool {
        let mut segments = path.0.iter();
        self.steps
            .iter()
            .all(|step| segments.next().is_some_and(|it| step.fits(it)))
    }

    /// Whether it names items by their place, which moves when another item comes or goes. `-`, the place
    /// after the last one, counts too: no item is ever there.
    pub fn has_index(&self) -> bool {
        self.steps.iter().any(|step| match step {
            Step::Name { name, index } => index.is_some() || name.literal() == Some("-"),
            Step::Any | Step::Item(_) | Step::AnyItem | Step::Document => false,
        })
    }

    /// Whether it means so much that hardly anybody wants it: the whole object, all of its `spec`, `data` or
    /// `metadata`, or all groups of a rule object, which has nothing else.
    pub fn is_broad(&self) -> bool {
        let everything_below = |step: &&Step| match step {
            Step::Any | Step::AnyItem | Step::Document => true,
            Step::Name { name, .. } => name.is_any(),
            Step::Item(_) => false,
        };
        let below = self.steps.iter().rev().take_while(everything_below);
        let named = self.steps.len() - below.count();
        let first = match self.steps.first() {
            Some(Step::Name { name, .. }) => name,
            Some(Step::Any | Step::Item(_) | Step::AnyItem | Step::Document) | None => {
                return named == 0;
            }
        };
        let broad = ["spec", "data", "metadata"];
        let groups =
            matches!(self.steps.get(1), Some(Step::Name { name, .. }) if name.matches("groups"));
        match named {
            0 => true,
            1 => broad.iter().any(|it| first.matches(it)),
            2 => groups && first.matches("spec"),
            _ => false,
        }
    }

    /// The only place that it names, if it has neither `*` nor numbers in it.
    pub fn literal(&self) -> Option<Path> {
        let segments = self.steps.iter().map(Step::literal);
        Some(Path(segments.collect::<Option<_>>()?))
    }

    /// How many steps it has.
    pub(crate) fn depth(&self) -> usize {
        self.steps.len()
    }

    /// Whether its step at a depth fits.
    pub(crate) fn step_fits(&self, depth: usize, segment: &Segment) -> bool {
        self.steps.get(depth).is_some_and(|step| step.fits(segment))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    /// # Errors
    /// As [`Pattern::parse`].
    fn from_str(text: &str) -> Result<Self, PatternError> {
        Self::parse(text)
    }
}

impl Step {
    fn read(token: Token<'_>) -> Result<Self, PatternError> {
        Ok(match token {
            Token::Name("") => return Err(PatternError::Nameless),
            Token::Name("*") => Self::Any,
            Token::Name(name) => Self::Name {
                name: Glob::spelled(name, unescape)?,
                index: index(name),
            },
            Token::Item(pairs) => {
                let pair = |(key, value)| Ok((unescape(key)?, Glob::spelled(value, unescape)?));
                let pairs = pairs.into_iter().map(pair);
                Self::Item(pairs.collect::<Result<_, PatternError>>()?)
            }
            Token::AnyItem => Self::AnyItem,
            Token::Document => Self::Document,
        })
    }

    fn fits(&self, segment: &Segment) -> bool {
        match (self, segment) {
            (Self::Any, Segment::Field(_))
            | (Self::Any | Self::AnyItem, Segment::Item(_) | Segment::Index(_))
            | (Self::Document, Segment::Document) => true,
            (Self::Name { name, .. }, Segment::Field(field)) => name.matches(field),
            (Self::Name { index, .. }, Segment::Index(at)) => *index == Some(*at),
            (Self::Item(wanted), Segment::Item(keys)) => wanted.iter().all(|(key, value)| {
                keys.iter()
                    .any(|(name, text)| name == key && value.matches(text))
            }),
            (
                Self::Any | Self::Name { .. } | Self::Item(_) | Self::AnyItem | Self::Document,
                Segment::Field(_) | Segment::Item(_) | Segment::Index(_) | Segment::Document,
            ) => false,
        }
    }

    fn literal(&self) -> Option<Segment> {
        match self {
            Self::Any | Self::AnyItem | Self::Name { index: Some(_), .. } => None,
            Self::Name { name, index: None } => Some(Segment::Field(name.literal()?.to_owned())),
            Self::Item(pairs) => {
                let pair = |(key, value): &(String, Glob)| {
                    Some((key.clone(), value.literal()?.to_owned()))
                };
                Some(Segment::Item(
                    pairs.iter().map(pair).collect::<Option<_>>()?,
                ))
            }
            Self::Document => Some(Segment::Document),
        }
    }
}

//! Reads what paths and patterns have in common.

use std::str::FromStr;

use super::display::ESCAPES;
use super::{Path, Segment};

/// A text that is no path or no pattern: what is wrong with it, and how it is written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A step that begins with something else.
    #[error(
        "`{rest}` is no step: `/name` goes into a field, `[name=x]` into an item of a list, `#` into \
         the document that a text holds"
    )]
    Step {
        /// From there on.
        rest: String,
    },
    /// Nothing between two `/`, or after the last one.
    #[error(
        "a field has no name: write `/metadata/labels` without a `/` at the end, \
         `/groups[name=x]` without a `/` before `[`, and `/*` for any field"
    )]
    Nameless,
    /// No `]`.
    #[error(
        "`[{item}` is not closed: put `]` at its end (a `]` that belongs to the value is `~4`)"
    )]
    Open {
        /// What follows the bracket.
        item: String,
    },
    /// No key in brackets.
    #[error(
        "`[{item}]` names no item: write `[name=x]`, `[alert=x,severity=y]`, or `[*]` for any \
         (a `,` that belongs to a value is `~5`)"
    )]
    Item {
        /// What is in the brackets.
        item: String,
    },
    /// A `~` that stands for nothing.
    #[error(
        "`{name}` has a `~` that stands for nothing: `~0` is `~`, `~1` is `/`, `~2` is `#`, `~3` is \
         `[`, `~4` is `]`, `~5` is `,`, `~6` is `=`"
    )]
    Escape {
        /// The name or value.
        name: String,
    },
}

/// One step as it is spelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// `/name`
    Name(&'t str),
    /// `[k=v,…]`
    Item(Vec<(&'t str, &'t str)>),
    /// `[*]`
    AnyItem,
    /// `#`
    Document,
}

/// Splits a text into its steps.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, PatternError> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('/') {
            let end = after.find(['/', '[', '#']).unwrap_or(after.len());
            let (name, tail) = after.split_at(end);
            tokens.push(Token::Name(name));
            rest = tail;
        } else if let Some(after) = rest.strip_prefix('[') {
            let Some((item, tail)) = after.split_once(']') else {
                let item = after.to_owned();
                return Err(PatternError::Open { item });
            };
            tokens.push(if item == "*" {
                Token::AnyItem
            } else {
                Token::Item(pairs(item)?)
            });
            rest = tail;
        } else if let Some(tail) = rest.strip_prefix('#') {
            tokens.push(Token::Document);
            rest = tail;
        } else {
            let rest = rest.to_owned();
            return Err(PatternError::Step { rest });
        }
    }
    Ok(tokens)
}

fn pairs(item: &str) -> Result<Vec<(&str, &str)>, PatternError> {
    let pair = |pair: &'_ str| pair.contains('=');
    if !item.split(',').all(pair) {
        let item = item.to_owned();
        return Err(PatternError::Item { item });
    }
    Ok(item
        .split(',')
        .filter_map(|pair| pair.split_once('='))
        .collect())
}

/// Puts the characters back that could not stand for themselves.
pub(super) fn unescape(name: &str) -> Result<String, PatternError> {
    let mut text = String::with_capacity(name.len());
    let mut chars = name.chars();
    while let Some(c) = chars.next() {
        if c != '~' {
            text.push(c);
            continue;
        }
        let digit = chars.next();
        let Some((meant, _)) = ESCAPES.iter().find(|(_, it)| Some(*it) == digit) else {
            let name = name.to_owned();
            return Err(PatternError::Escape { name });
        };
        text.push(*meant);
    }
    Ok(text)
}

/// The place that a name stands for, if it is one: digits without a zero before them.
pub(super) fn index(name: &str) -> Option<usize> {
    let plain = name == "0" || !name.starts_with('0');
    let digits = name.bytes().all(|byte| byte.is_ascii_digit());
    if plain && digits {
        name.parse().ok()
    } else {
        None
    }
}

impl FromStr for Path {
    type Err = PatternError;

    /// # Errors
    /// When the text is no path, or stands for more than one.
    fn from_str(text: &str) -> Result<Self, PatternError> {
        let segment = |token| match token {
            Token::Name(name) => Ok(match index(name) {
                Some(index) => Segment::Index(index),
                None => Segment::Field(unescape(name)?),
            }),
            Token::Item(pairs) => {
                let pair = |(key, value)| Ok((unescape(key)?, unescape(value)?));
                let pairs = pairs.into_iter().map(pair);
                Ok(Segment::Item(pairs.collect::<Result<_, PatternError>>()?))
            }
            Token::AnyItem => Err(PatternError::Item {
                item: "*".to_owned(),
            }),
            Token::Document => Ok(Segment::Document),
        };
        let segments = tokens(text)?.into_iter().map(segment);
        Ok(Self(segments.collect::<Result<_, _>>()?))
    }
}

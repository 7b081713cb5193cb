//! The input side of a protocol: every body becomes the same small tree, from which an operation
//! reads its typed request.

use std::borrow::Cow;

use jiff::Timestamp;

use super::error::ServiceError;
use super::number;

/// A value of a request body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node<'a> {
    Null,
    Boolean(bool),
    Integer(i64),
    Double(f64),
    Text(Cow<'a, str>),
    Instant(Timestamp),
    List(Vec<Self>),
    Structure(Vec<(Cow<'a, str>, Self)>),
    /// Text of a form field: the Query protocol has no types, so it becomes what is asked for.
    Untyped(Cow<'a, str>),
}

type Read<T> = Result<T, ServiceError>;

impl<'a> Node<'a> {
    /// The member `name`, unless it is absent or null.
    pub(crate) fn member(&self, name: &str) -> Option<&Self> {
        let Self::Structure(members) = self else {
            return None;
        };
        members
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, node)| node)
            .filter(|node| **node != Self::Null)
    }

    /// The member `name` as a structure or whatever the client sent in its place.
    pub(crate) fn required(&self, name: &str) -> Read<&Self> {
        self.member(name).ok_or_else(|| ServiceError::missing(name))
    }

    pub(crate) fn text(&self, name: &str) -> Read<Option<&str>> {
        self.member(name)
            .map(|node| node.as_text().ok_or_else(|| wrong(name, "a string")))
            .transpose()
    }

    pub(crate) fn required_text(&self, name: &str) -> Read<&str> {
        self.text(name)?.ok_or_else(|| ServiceError::missing(name))
    }

    /// This value itself as text.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Untyped(text) => Some(text),
            Self::Null
            | Self::Boolean(_)
            | Self::Integer(_)
            | Self::Double(_)
            | Self::Instant(_)
            | Self::List(_)
            | Self::Structure(_) => None,
        }
    }

    pub(crate) fn integer(&self, name: &str) -> Read<Option<i64>> {
        let Some(node) = self.member(name) else {
            return Ok(None);
        };
        match node {
            Self::Integer(integer) => Some(*integer),
            Self::Untyped(text) => text.parse().ok(),
            Self::Null
            | Self::Boolean(_)
            | Self::Double(_)
            | Self::Text(_)
            | Self::Instant(_)
            | Self::List(_)
            | Self::Structure(_) => None,
        }
        .ok_or_else(|| wrong(name, "an integer"))
        .map(Some)
    }

    pub(crate) fn boolean(&self, name: &str) -> Read<Option<bool>> {
        let Some(node) = self.member(name) else {
            return Ok(None);
        };
        match node {
            Self::Boolean(boolean) => Some(*boolean),
            Self::Untyped(text) => text.parse().ok(),
            Self::Null
            | Self::Integer(_)
            | Self::Double(_)
            | Self::Text(_)
            | Self::Instant(_)
            | Self::List(_)
            | Self::Structure(_) => None,
        }
        .ok_or_else(|| wrong(name, "a boolean"))
        .map(Some)
    }

    /// An instant: tagged in CBOR, a number of seconds in JSON, RFC 3339 text in Query.
    pub(crate) fn required_instant(&self, name: &str) -> Read<Timestamp> {
        match self.required(name)? {
            Self::Instant(at) => Some(*at),
            Self::Integer(seconds) => Timestamp::from_second(*seconds).ok(),
            Self::Double(seconds) => {
                Timestamp::from_millisecond(number::whole((seconds * 1000.0).round())).ok()
            }
            Self::Untyped(text) => text.parse().ok(),
            Self::Null | Self::Boolean(_) | Self::Text(_) | Self::List(_) | Self::Structure(_) => {
                None
            }
        }
        .ok_or_else(|| wrong(name, "a timestamp"))
    }

    /// The items of a list; an absent list has none.
    pub(crate) fn list(&self, name: &str) -> Read<&[Node<'a>]> {
        match self.member(name) {
            None => Ok(&[]),
            Some(Self::List(items)) => Ok(items),
            // How a form states an empty list.
            Some(Self::Untyped(text)) if text.is_empty() => Ok(&[]),
            Some(_) => Err(wrong(name, "a list")),
        }
    }

    /// The items of a list of strings.
    pub(crate) fn texts(&self, name: &str) -> Read<Vec<&str>> {
        self.list(name)?
            .iter()
            .map(|item| {
                item.as_text()
                    .ok_or_else(|| wrong(name, "a list of strings"))
            })
            .collect()
    }
}

fn wrong(name: &str, expected: &str) -> ServiceError {
    ServiceError::malformed(format!("the member {name} must be {expected}"))
}

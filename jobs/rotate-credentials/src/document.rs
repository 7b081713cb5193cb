//! The secret: a JSON object that several programs share. Two of its members are ours; every other
//! byte stays as it is.

mod insert;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use common::secret::{ExposeSecret as _, SecretString};
use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::pair::{Pair, is_secret_access_key};

pub use insert::{Room, room, upper_bound, with_first_pair};

/// What Secrets Manager takes at most.
pub const SIZE_LIMIT_BYTES: usize = 65_536;

/// Names of our two members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldNames {
    /// Holds the key id.
    pub access_key_id: String,
    /// Holds the secret access key.
    pub secret_access_key: String,
}

/// Why a text is not such a document. Nothing of its content is quoted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// No JSON.
    #[error("not JSON: it breaks at line {line}, column {column}")]
    Syntax {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// Not `{…}`.
    #[error("the JSON text is no object")]
    NoObject,
    /// Readers disagree on which of the two counts.
    #[error("member `{name}` stands there twice")]
    Twice {
        /// Its name.
        name: String,
    },
    /// One of ours is absent.
    #[error("member `{name}` is missing")]
    Missing {
        /// Its name.
        name: String,
    },
    /// One of ours is not what it must be.
    #[error("member `{name}` is not {wanted}")]
    Malformed {
        /// Its name.
        name: String,
        /// What it must be.
        wanted: &'static str,
    },
}

/// A document with our pair in it.
pub struct Document {
    text: SecretString,
    pair: Pair,
    id_span: Range<usize>,
    secret_span: Range<usize>,
    members: BTreeMap<String, Range<usize>>,
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Document({})", self.pair.id)
    }
}

impl Document {
    /// Reads `text`.
    ///
    /// # Errors
    /// When it is no JSON object with unique members, or one of ours is missing or malformed.
    pub fn parse(text: SecretString, names: &FieldNames) -> Result<Self, DocumentError> {
        let members = members(text.expose_secret())?;
        let (id_span, id) = string(text.expose_secret(), &members, &names.access_key_id)?;
        let (secret_span, secret) =
            string(text.expose_secret(), &members, &names.secret_access_key)?;
        let malformed = |name: &str, wanted| DocumentError::Malformed {
            name: name.to_owned(),
            wanted,
        };
        let id = id.expose_secret().parse().map_err(|_| {
            let wanted = "an access key id (`AKIA` and 16 capital letters or digits)";
            malformed(&names.access_key_id, wanted)
        })?;
        if !is_secret_access_key(secret.expose_secret()) {
            let wanted =
                "a secret access key (40 letters, digits, `/` or `+`, nothing around them)";
            return Err(malformed(&names.secret_access_key, wanted));
        }
        Ok(Self {
            pair: Pair { id, secret },
            text,
            id_span,
            secret_span,
            members,
        })
    }

    /// The pair that it holds.
    pub fn pair(&self) -> &Pair {
        &self.pair
    }

    /// The whole text.
    pub fn text(&self) -> &SecretString {
        &self.text
    }

    /// The value of a member that is a string; other programs' members among them.
    pub fn field(&self, name: &str) -> Option<SecretString> {
        string(self.text.expose_secret(), &self.members, name)
            .ok()
            .map(|(_, value)| value)
    }

    /// The same text with another pair in it: only the two values change.
    pub fn with_pair(&self, pair: &Pair) -> SecretString {
        let text = self.text.expose_secret();
        // Neither value has a character that JSON escapes.
        let mut edits = [
            (&self.id_span, pair.id.as_str()),
            (&self.secret_span, pair.secret.expose_secret()),
        ];
        edits.sort_by_key(|(span, _)| span.start);
        // As much as it can need, so that no half of it stays behind in freed memory.
        let mut out = String::with_capacity(text.len() + 128);
        let mut done = 0;
        for (span, value) in edits {
            out.push_str(text.get(done..span.start).unwrap_or_default());
            out.push('"');
            out.push_str(value);
            out.push('"');
            done = span.end;
        }
        out.push_str(text.get(done..).unwrap_or_default());
        out.into()
    }
}

/// Span of each member's value.
fn members(text: &str) -> Result<BTreeMap<String, Range<usize>>, DocumentError> {
    let mut twice = None;
    let mut reader = serde_json::Deserializer::from_str(text);
    let collect = Collect {
        start: text.as_ptr().addr(),
        twice: &mut twice,
    };
    let members = reader
        .deserialize_map(collect)
        .and_then(|members| reader.end().map(|()| members));
    // The library's own message quotes what it met.
    match (members, twice) {
        (_, Some(name)) => Err(DocumentError::Twice { name }),
        (Ok(members), None) => Ok(members),
        (Err(error), None) if error.is_data() => Err(DocumentError::NoObject),
        (Err(error), None) => Err(DocumentError::Syntax {
            line: error.line(),
            column: error.column(),
        }),
    }
}

fn string(
    text: &str,
    members: &BTreeMap<String, Range<usize>>,
    name: &str,
) -> Result<(Range<usize>, SecretString), DocumentError> {
    let missing = || DocumentError::Missing {
        name: name.to_owned(),
    };
    let span = members.get(name).cloned().ok_or_else(missing)?;
    let raw = text.get(span.clone()).ok_or_else(missing)?;
    let value: String = serde_json::from_str(raw).map_err(|_| DocumentError::Malformed {
        name: name.to_owned(),
        wanted: "a string",
    })?;
    if value.is_empty() {
        return Err(missing());
    }
    Ok((span, value.into()))
}

/// Notes where each value lies: a borrowed raw value is a piece of the text itself.
struct Collect<'t> {
    start: usize,
    twice: &'t mut Option<String>,
}

impl<'de> Visitor<'de> for Collect<'_> {
    type Value = BTreeMap<String, Range<usize>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
            let begin = value.get().as_ptr().addr() - self.start;
            let span = begin..begin + value.get().len();
            if members.insert(name.clone(), span).is_some() {
                self.twice.get_or_insert(name);
            }
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests;

//! Where in an object a field is: RFC 6901, and more for lists and for documents within a text.
//!
//! ```text
//! /spec/groups[name=./core-dns]/rules[alert=CoreDNSDown]/for      items by their key
//! /spec/template/spec/tolerations/0/key                           items that have none
//! /data/alertmanager.yaml#/route/group_wait                       inside a document
//! /metadata/annotations/eks.amazonaws.com~1role-arn               `~1` is `/`, `~0` is `~`
//! ```
//!
//! Beyond RFC 6901, `~2` is `#` and `~3` is `[` in names; within brackets `~0` is `~`, `~4` is `]`,
//! `~5` is `,` and `~6` is `=` in a key. As in RFC 6901, a number can be the place of an item or the
//! name of a field; read as a path it is a place, in a [`Pattern`] it is both.

mod display;
mod glob;
mod parse;
mod pattern;
#[cfg(test)]
mod tests;

pub(crate) use glob::{Glob, fits};
pub use parse::PatternError;
pub use pattern::Pattern;

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// Into a field of a mapping.
    Field(String),
    /// Into the item of a list that these fields have these values in; usually one.
    Item(Vec<(String, String)>),
    /// Into the item of a list at this place.
    Index(usize),
    /// Into the document that a text holds.
    Document,
}

/// A place in an object; the empty one is the object itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Path(pub Vec<Segment>);

impl Path {
    /// This path and one step more.
    #[must_use]
    pub fn with(&self, segment: Segment) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment);
        Self(segments)
    }

    /// This path and one field more.
    #[must_use]
    pub fn field(&self, name: &str) -> Self {
        self.with(Segment::Field(name.to_owned()))
    }

    /// Whether this is `other` or a place below it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }
}

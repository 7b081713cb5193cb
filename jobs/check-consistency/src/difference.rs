//! A field in which clusters differ.

use crate::path::Path;

/// A field that is not the same everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where.
    pub path: Path,
    /// In what way.
    pub class: Class,
    /// What each cluster has there, in the order of the configuration. Clusters that are not asked
    /// (because the object is not there) have [`Side::NoObject`].
    pub sides: Vec<Side>,
}

/// What a cluster has at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// The object itself is not there, or is not expected to be.
    NoObject,
    /// No such field.
    Absent,
    /// This value: a scalar as it stood, anything else as JSON on one line.
    Shown(String),
    /// A value that nobody is shown; `group` is the same for equal ones and says nothing else.
    Hidden {
        /// 0 for the first value in the order of clusters, 1 for the next that differs, …
        group: usize,
    },
}

/// In what way values differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Different values.
    Value,
    /// The field, or the item of a list, is not everywhere.
    Presence,
    /// Values of different types.
    Type,
    /// The same items in another order, where order has a meaning.
    Order,
    /// Only blanks at line ends or the last line break: no drift.
    Cosmetic,
    /// A default that only one server fills in and knows: no drift, a warning.
    Defaulted,
    /// A document that does not parse on one side.
    InvalidDocument,
    /// Two items of a list with the same key: nobody can say what is compared with what.
    DuplicateKey,
}

impl Class {
    /// The word in reports and fingerprints.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Presence => "presence",
            Self::Type => "type",
            Self::Order => "order",
            Self::Cosmetic => "cosmetic",
            Self::Defaulted => "defaulted",
            Self::InvalidDocument => "invalid-document",
            Self::DuplicateKey => "duplicate-key",
        }
    }
}

//! The value of a version.

use std::fmt;

/// What a version holds. It does not print.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretValue {
    /// A `SecretString`.
    Text(String),
    /// A `SecretBinary`, not encoded.
    Binary(Vec<u8>),
}

impl SecretValue {
    /// Its length in bytes.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
        }
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text([REDACTED])",
            Self::Binary(_) => "Binary([REDACTED])",
        })
    }
}

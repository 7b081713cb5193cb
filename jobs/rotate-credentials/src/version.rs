//! Versions of the secret, and the ids that this program gives to those that it writes.

use std::fmt::{self, Write as _};

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::key::AccessKeyId;

/// Separates what the token is made from; it also tells apart later forms of it.
const DOMAIN: &str = "rotate-credentials/v1";

/// Id of a version of the secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct VersionId(String);

impl VersionId {
    /// The id that Secrets Manager reports.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The id under which the pair of `key` is stored on top of `base`.
    ///
    /// It makes writing idempotent (Secrets Manager takes it as the request's token) and tells
    /// later, without any record, whose version it is. It depends on the base, so that a pair is
    /// stored again under another id when somebody edited the secret meanwhile.
    pub fn token(key: &AccessKeyId, base: &Self) -> Self {
        let mut hash = Sha256::new();
        for part in [DOMAIN, "\0", key.as_str(), "\0", base.as_str()] {
            hash.update(part);
        }
        let mut text = String::with_capacity(36);
        for (index, byte) in hash.finalize().iter().take(16).enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            // Writing to a `String` cannot fail.
            write!(text, "{byte:02x}").unwrap_or_default();
        }
        Self(text)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first eight characters, for tables that people read.
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_depends_on_key_and_base_and_is_a_version_id() {
        let key: AccessKeyId = "AKIAIOSFODNN7EXAMPLE".parse().unwrap();
        let other: AccessKeyId = "AKIAIOSFODNN7EXAMPLF".parse().unwrap();
        let base = VersionId::new("11111111-1111-1111-1111-111111111111");
        let token = VersionId::token(&key, &base);
        insta::assert_snapshot!(token, @"6af1d5cd-03f9-1d77-8a7a-d311a3731724");
        assert_eq!(token.as_str().len(), 36);
        assert_ne!(token, VersionId::token(&other, &base));
        assert_ne!(token, VersionId::token(&key, &token));
    }
}

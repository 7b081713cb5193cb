//! Which upstream file is wanted: repository, path, commit, and the digest of its bytes.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::digest::Digest;

/// A commit's full id: 40 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Commit(Box<str>);

/// Not a commit's full id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a commit has 40 hexadecimal digits, in lower case")]
pub struct CommitError;

impl Commit {
    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first digits, for people.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl FromStr for Commit {
    type Err = CommitError;

    fn from_str(text: &str) -> Result<Self, CommitError> {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() == 40 && text.bytes().all(digit) {
            return Ok(Self(text.into()));
        }
        Err(CommitError)
    }
}

impl fmt::Display for Commit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the configuration or a person asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reference(String);

/// Not a name of a commit, a tag or a branch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a commit, a tag or a branch", .0.escape_debug())]
pub struct ReferenceError(String);

impl Reference {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The commit, if it is one: nobody can move that.
    pub fn commit(&self) -> Option<Commit> {
        self.0.parse().ok()
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    /// Takes what can stand in a URL's path and on git's command line and means one thing there.
    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
        let fits = text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.len() <= 200
            && text.chars().all(allowed)
            && !text.contains("..")
            && !text.contains("//")
            && !text.ends_with('/');
        if fits {
            return Ok(Self(text.to_owned()));
        }
        Err(ReferenceError(text.chars().take(80).collect()))
    }
}

impl From<&Commit> for Reference {
    fn from(commit: &Commit) -> Self {
        Self(commit.as_str().to_owned())
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The one file that is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Owner and name, such as `prometheus-operator/kube-prometheus`.
    pub repository: String,
    /// Its path there, such as `manifests/grafana-dashboardDefinitions.yaml`.
    pub path: String,
}

/// What is wanted of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pin {
    /// A commit; or a tag or branch, which may move but not away from the digest.
    pub reference: Reference,
    /// What its bytes must be.
    pub sha256: Digest,
}

#[cfg(test)]
mod tests {
    use super::{Commit, Reference};

    #[test]
    fn references_can_neither_leave_their_place_in_a_url_nor_be_taken_for_a_flag() {
        for right in [
            "main",
            "v0.18.0",
            "release-0.18",
            "feature/x",
            &"a".repeat(40),
        ] {
            assert!(right.parse::<Reference>().is_ok(), "{right}");
        }
        for wrong in [
            "", "-x", "a..b", "a b", "a?b", "a#b", "/a", "a/", "a//b", "a%2f", "ä",
        ] {
            assert!(wrong.parse::<Reference>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_commit_is_written_out() {
        let id = "4d719f1dea8853540b3823ab1fbe6be74a9953b3";
        assert_eq!(id.parse::<Commit>().unwrap().short(), "4d719f1dea88");
        assert!(id.get(..12).unwrap().parse::<Commit>().is_err());
        assert!(id.to_uppercase().parse::<Commit>().is_err());
    }
}

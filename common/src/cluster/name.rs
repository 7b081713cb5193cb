//! Names of clusters.

use std::fmt;
use std::str::FromStr;

use crate::exit::Exit;
use crate::fault::Fault;

/// EKS's own limit.
const MAX_CHARACTERS: usize = 100;

/// A cluster's name, such as `prod-e1-1`: what configuration, errors and metrics call it.
///
/// One to 100 letters, digits, `.`, `_` and `-`, the first a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct ClusterName(Box<str>);

/// A name that no cluster can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a cluster's name")]
pub struct ClusterNameError(String);

impl ClusterName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClusterName {
    type Err = ClusterNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let first = text.starts_with(|c: char| c.is_ascii_alphanumeric());
        if first && text.chars().all(allowed) && text.len() <= MAX_CHARACTERS {
            Ok(Self(text.into()))
        } else {
            Err(ClusterNameError(text.to_owned()))
        }
    }
}

impl fmt::Display for ClusterName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Fault for ClusterNameError {
    fn exit(&self) -> Exit {
        Exit::Config
    }

    fn code(&self) -> &'static str {
        "cluster-name"
    }

    fn hint(&self) -> Option<String> {
        Some("write it like prod-e1-1: letters, digits, `.`, `_` and `-`".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::ClusterName;

    #[test]
    fn names_are_what_fits_into_labels_and_eks() {
        for right in ["prod-e1-1", "remoting-prod-e1-1", "A", "a.b_c"] {
            assert_eq!(right.parse::<ClusterName>().unwrap().as_str(), right);
        }
        for wrong in ["", "-a", "a b", "a/b", "é", &"a".repeat(101)] {
            assert!(wrong.parse::<ClusterName>().is_err(), "{wrong}");
        }
    }
}

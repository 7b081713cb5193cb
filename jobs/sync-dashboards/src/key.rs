//! The name under which a dashboard is known everywhere: its file, its key in a `ConfigMap`.

use std::borrow::Borrow;
use std::fmt;

/// A dashboard's file name, such as `apiserver.json`.
///
/// Lower case, digits and `-` before `.json`: it can be no path, and it cannot end with `.url`, which
/// the sidecar would take for an order to download something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Box<str>);

/// Longest part before `.json`.
const BASE_LIMIT: usize = 100;

/// A name that no dashboard may have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a name for a dashboard: lower-case letters, digits and `-`, then `.json`", name.escape_debug())]
pub struct KeyError {
    name: String,
}

impl Key {
    /// Checks a name.
    ///
    /// # Errors
    /// When it is not `[a-z0-9][a-z0-9-]{0,99}.json`.
    pub fn parse(name: &str) -> Result<Self, KeyError> {
        let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let fits = name.strip_suffix(".json").is_some_and(|base| {
            base.len() <= BASE_LIMIT
                && base.starts_with(alphanumeric)
                && base.chars().all(|c| alphanumeric(c) || c == '-')
        });
        if fits {
            return Ok(Self(name.into()));
        }
        Err(KeyError {
            name: name.chars().take(BASE_LIMIT).collect(),
        })
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name without `.json`.
    pub fn base(&self) -> &str {
        self.0.strip_suffix(".json").unwrap_or(&self.0)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for Key {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl serde::Serialize for Key {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn a_name_is_a_file_of_its_folder_and_nothing_else() {
        let key = Key::parse("k8s-resources-pod.json").unwrap();
        assert_eq!(
            (key.as_str(), key.base()),
            ("k8s-resources-pod.json", "k8s-resources-pod")
        );
        for name in [
            "",
            ".json",
            "a.url",
            "a.json.url",
            "A.json",
            "../a.json",
            "/a.json",
            "a/b.json",
            "a_b.json",
            "-a.json",
            "a.json ",
            "ä.json",
            "a.b.json",
            "a\0.json",
        ] {
            assert!(Key::parse(name).is_err(), "{name}");
        }
        assert!(Key::parse(&format!("{}.json", "a".repeat(100))).is_ok());
        assert!(Key::parse(&format!("{}.json", "a".repeat(101))).is_err());
    }
}

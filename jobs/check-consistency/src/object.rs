//! What is compared: kinds and names.

use std::fmt;

/// A kind, in whatever version it is served. `Display`: `monitoring.coreos.com/PrometheusRule`,
/// `ConfigMap`, as a configuration names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind {
    /// Empty for the core group.
    pub group: String,
    /// As objects have it: `PrometheusRule`.
    pub kind: String,
}

impl Kind {
    /// Of a group (empty for the core) and a kind.
    pub fn new(group: &str, kind: &str) -> Self {
        Self {
            group: group.to_owned(),
            kind: kind.to_owned(),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.group.is_empty() {
            write!(f, "{}/", self.group)?;
        }
        f.write_str(&self.kind)
    }
}

/// Whether a text is the version of an API (`v1`, `v2beta1`), which no group is called: the names of
/// groups that begin like it have a dot.
pub(crate) fn is_version(text: &str) -> bool {
    text.strip_prefix('v').is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_digit())
            && rest.chars().all(|c| c.is_ascii_alphanumeric())
    })
}

/// The one name by which objects of different clusters are compared: where names are templated, it
/// holds the template. `Display`: `PrometheusRule monitoring/core-alerts-rules`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName {
    /// Its kind.
    pub kind: Kind,
    /// Absent for what lives in no namespace.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind.kind)?;
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::is_version;

    #[test]
    fn a_version_is_told_from_a_group() {
        for text in ["v1", "v12", "v1alpha1", "v2beta3"] {
            assert!(is_version(text), "{text}");
        }
        for text in ["", "v", "apps", "velero.io", "v1.example.org", "1"] {
            assert!(!is_version(text), "{text}");
        }
    }
}

//! Which objects a rule is about.

use std::fmt;

use crate::object::{ObjectName, is_version};
use crate::path::Glob;

/// What stands for the namespace of an object that lives in none.
const NO_NAMESPACE: &str = "-";

/// Patterns such as `PrometheusRule/monitoring/core-*`; an object is meant when one of them matches.
///
/// `Kind/namespace/name` or, to tell kinds of one name apart, `group/Kind/namespace/name`; `*` stands for
/// any characters. The namespace of what lives in none is `-`, which `*` matches too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Objects(Vec<One>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct One {
    text: String,
    /// Absent: any.
    group: Option<Glob>,
    kind: Glob,
    namespace: Glob,
    name: Glob,
}

/// A text that names no objects.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectsError {
    /// No text at all.
    #[error("no objects are named: write `PrometheusRule/monitoring/core-*`")]
    Nothing,
    /// Too few or too many parts.
    #[error(
        "`{text}` names no objects: write `Kind/namespace/name` or `group/Kind/namespace/name`, with \
         `-` as the namespace of what lives in none"
    )]
    Parts {
        /// The text.
        text: String,
    },
    /// A version where a group stands: no object would ever match.
    #[error("`{text}` names a version: leave it away, or write the group in its place")]
    Version {
        /// The text.
        text: String,
    },
    /// A part without text.
    #[error("`{text}` has an empty part: write `*` for any")]
    Empty {
        /// The text.
        text: String,
    },
}

impl Objects {
    /// Reads patterns; there must be at least one.
    ///
    /// # Errors
    /// Says of the first that is wrong how it is written.
    pub fn parse<S: AsRef<str>>(texts: &[S]) -> Result<Self, ObjectsError> {
        if texts.is_empty() {
            return Err(ObjectsError::Nothing);
        }
        let all = texts.iter().map(|text| One::parse(text.as_ref()));
        Ok(Self(all.collect::<Result<_, _>>()?))
    }

    /// Whether an object is meant.
    pub fn matches(&self, object: &ObjectName) -> bool {
        self.0.iter().any(|one| one.matches(object))
    }

    /// Whether an object is meant by its very name, and not by a pattern that others may match too.
    pub fn names(&self, object: &ObjectName) -> bool {
        self.0.iter().any(|one| {
            let parts = [&one.kind, &one.namespace, &one.name];
            one.matches(object) && parts.iter().all(|part| part.literal().is_some())
        })
    }
}

impl fmt::Display for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, one) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            f.write_str(&one.text)?;
        }
        Ok(())
    }
}

impl One {
    fn parse(text: &str) -> Result<Self, ObjectsError> {
        let parts: Vec<&str> = text.split('/').collect();
        let (group, kind, namespace, name) = match parts.as_slice() {
            [kind, namespace, name] => (None, kind, namespace, name),
            [group, kind, namespace, name] => (Some(group), kind, namespace, name),
            _ => {
                let text = text.to_owned();
                return Err(ObjectsError::Parts { text });
            }
        };
        if parts.iter().any(|part| part.is_empty()) {
            let text = text.to_owned();
            return Err(ObjectsError::Empty { text });
        }
        if group.is_some_and(|group| is_version(group)) {
            let text = text.to_owned();
            return Err(ObjectsError::Version { text });
        }
        Ok(Self {
            text: text.to_owned(),
            group: group.map(|group| Glob::new(group)),
            kind: Glob::new(kind),
            namespace: Glob::new(namespace),
            name: Glob::new(name),
        })
    }

    fn matches(&self, object: &ObjectName) -> bool {
        let namespace = object.namespace.as_deref().unwrap_or(NO_NAMESPACE);
        let group = self.group.as_ref();
        self.name.matches(&object.name)
            && self.namespace.matches(namespace)
            && self.kind.matches(&object.kind.kind)
            && group.is_none_or(|group| group.matches(&object.kind.group))
    }
}

#[cfg(test)]
mod tests {
    use super::{Objects, ObjectsError};
    use crate::object::{Kind, ObjectName};

    fn object(group: &str, kind: &str, namespace: Option<&str>, name: &str) -> ObjectName {
        ObjectName {
            kind: Kind::new(group, kind),
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        }
    }

    #[test]
    fn objects_are_meant_by_kind_namespace_and_name() {
        let rule = |namespace, name| {
            object(
                "monitoring.coreos.com",
                "PrometheusRule",
                Some(namespace),
                name,
            )
        };
        let core = rule("monitoring", "core-alerts-rules");
        let role = object(
            "rbac.authorization.k8s.io",
            "ClusterRole",
            None,
            "prometheus",
        );
        let service = object("", "Service", Some("monitoring"), "x");
        for (texts, object, meant, named) in [
            (
                vec!["PrometheusRule/monitoring/core-alerts-rules"],
                &core,
                true,
                true,
            ),
            (vec!["PrometheusRule/monitoring/core-*"], &core, true, false),
            (vec!["PrometheusRule/monitoring/core"], &core, false, false),
            (
                vec!["PrometheusRule/*/core-alerts-rules"],
                &core,
                true,
                false,
            ),
            (
                vec!["PrometheusRule/other/core-alerts-rules"],
                &core,
                false,
                false,
            ),
            (
                vec!["Rule/monitoring/core-alerts-rules"],
                &core,
                false,
                false,
            ),
            (vec!["*/monitoring/*"], &core, true, false),
            (vec!["*/monitoring/*"], &role, false, false),
            (
                vec!["monitoring.coreos.com/PrometheusRule/monitoring/*"],
                &core,
                true,
                false,
            ),
            (vec!["*.com/*/*/*"], &core, true, false),
            (
                vec!["example.org/PrometheusRule/monitoring/*"],
                &core,
                false,
                false,
            ),
            (vec!["ClusterRole/-/prometheus"], &role, true, true),
            (vec!["ClusterRole/*/prometheus"], &role, true, false),
            (
                vec!["ClusterRole/monitoring/prometheus"],
                &role,
                false,
                false,
            ),
            (vec!["Service/-/x"], &service, false, false),
            (
                vec!["Service/monitoring/y", "Service/monitoring/x"],
                &service,
                true,
                true,
            ),
        ] {
            let objects = Objects::parse(&texts).unwrap();
            assert_eq!(
                (objects.matches(object), objects.names(object)),
                (meant, named),
                "{texts:?} and {object}"
            );
            assert_eq!(objects.to_string(), texts.join(", "));
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert_eq!(Objects::parse::<&str>(&[]), Err(ObjectsError::Nothing));
        for (text, said) in [
            ("ClusterRole/prometheus", "with `-` as the namespace"),
            ("PrometheusRule", "write `Kind/namespace/name`"),
            ("a/b/c/d/e", "write `Kind/namespace/name`"),
            ("", "names no objects"),
            ("Kind//name", "write `*` for any"),
            ("v1/ConfigMap/monitoring/x", "names a version"),
        ] {
            let error = Objects::parse(&["Kind/a/b", text])
                .expect_err(text)
                .to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}

//! What a Pushgateway files a push under.

use std::collections::BTreeMap;
use std::fmt;

use crate::exit::Exit;
use crate::exposition::is_label_name;
use crate::fault::Fault;

/// The labels of a group: `job` and any others. They overwrite the same labels of the samples.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKey(BTreeMap<String, String>);

/// Labels that a Pushgateway would not take as those of a group.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GroupKeyError {
    /// The job is empty.
    #[error("a Pushgateway group needs a job that is not empty")]
    NoJob,
    /// Not a label name, reserved, or `job` a second time.
    #[error("`{0}` cannot be a label of a Pushgateway group")]
    Label(String),
}

impl Fault for GroupKeyError {
    fn exit(&self) -> Exit {
        Exit::Config
    }

    fn code(&self) -> &'static str {
        "push-group"
    }
}

impl GroupKey {
    /// The group of `job`, told from its other groups by `labels`.
    ///
    /// # Errors
    /// When the job is empty, or a label is not well-formed, starts with `__` or is `job`.
    pub fn new<'a>(
        job: &str,
        labels: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, GroupKeyError> {
        if job.is_empty() {
            return Err(GroupKeyError::NoJob);
        }
        let mut key = BTreeMap::from([("job".to_owned(), job.to_owned())]);
        for (name, value) in labels {
            let reserved = name.starts_with("__") || key.contains_key(name);
            if reserved || !is_label_name(name) {
                return Err(GroupKeyError::Label(name.to_owned()));
            }
            key.insert(name.to_owned(), value.to_owned());
        }
        Ok(Self(key))
    }

    /// A group as a Pushgateway describes it.
    pub(super) fn stored(labels: BTreeMap<String, String>) -> Self {
        Self(labels)
    }

    /// The value of `job`.
    pub fn job(&self) -> &str {
        self.get("job").unwrap_or_default()
    }

    /// The value of the label `name`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The segments of the group's path below `/metrics`: `job` first, as the Pushgateway demands.
    pub(super) fn segments(&self) -> impl Iterator<Item = String> {
        let others = self.0.iter().filter(|(name, _)| *name != "job");
        std::iter::once(("job", self.job()))
            .chain(others.map(|(name, value)| (name.as_str(), value.as_str())))
            .flat_map(|(name, value)| match encoded(value) {
                Some(value) => [format!("{name}@base64"), value],
                None => [name.to_owned(), value.to_owned()],
            })
    }
}

/// `value` in URL-safe base64, where a path segment could not hold it: a slash ends a segment even
/// when it is percent-encoded, and URLs lose empty segments and dots.
fn encoded(value: &str) -> Option<String> {
    match value {
        // One padding character stands for the empty value, whose encoding would be empty again.
        "" => Some("=".to_owned()),
        "." | ".." => Some(url_safe_base64(value)),
        _ => value.contains('/').then(|| url_safe_base64(value)),
    }
}

fn url_safe_base64(value: &str) -> String {
    aws_smithy_types::base64::encode(value)
        .replace('+', "-")
        .replace('/', "_")
}

/// `aws_es`, or `export-cloudwatch{part="rules"}`.
impl fmt::Display for GroupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.job())?;
        let mut separator = "{";
        for (name, value) in self.0.iter().filter(|(name, _)| *name != "job") {
            write!(f, "{separator}{name}={value:?}")?;
            separator = ",";
        }
        f.write_str(if separator == "," { "}" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::{GroupKey, GroupKeyError};

    fn path(job: &str, labels: &[(&str, &str)]) -> String {
        let key = GroupKey::new(job, labels.iter().copied()).unwrap();
        key.segments().collect::<Vec<_>>().join("/")
    }

    #[test]
    fn values_that_a_path_cannot_hold_are_base64() {
        assert_eq!(path("aws_es", &[]), "job/aws_es");
        assert_eq!(path("a", &[("z", "1"), ("b", "2")]), "job/a/b/2/z/1");
        assert_eq!(path("a/b", &[]), "job@base64/YS9i");
        assert_eq!(path("a", &[("x", "")]), "job/a/x@base64/=");
        assert_eq!(path("a", &[("x", "..")]), "job/a/x@base64/Li4=");
        assert_eq!(path("a", &[("x", "/ÿ?>")]), "job/a/x@base64/L8O_Pz4=");
        assert_eq!(path("a", &[("x", "50 %")]), "job/a/x/50 %");
    }

    #[test]
    fn labels_that_the_gateway_refuses_make_no_group() {
        let refused = |name| GroupKey::new("a", [(name, "1")]).unwrap_err();
        for name in ["", "9", "a-b", "__x", "job"] {
            assert_eq!(refused(name), GroupKeyError::Label(name.into()));
        }
        assert_eq!(GroupKey::new("", []), Err(GroupKeyError::NoJob));
        assert_eq!(
            GroupKey::new("a", [("x", "1"), ("x", "2")]),
            Err(GroupKeyError::Label("x".into()))
        );
    }

    #[test]
    fn a_group_prints_as_job_and_labels() {
        let key = GroupKey::new("export-cloudwatch", [("part", "rules"), ("a", "\"")]).unwrap();
        assert_eq!(key.to_string(), r#"export-cloudwatch{a="\"",part="rules"}"#);
        assert_eq!(GroupKey::new("aws_es", []).unwrap().to_string(), "aws_es");
    }
}

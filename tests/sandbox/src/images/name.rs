//! What an image is called.

use std::fmt;
use std::str::FromStr;

use super::Digest;

/// `registry/path:tag`. The registry may have a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    repository: String,
    tag: String,
}

/// What is no such name.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no name of an image; one is like `registry.local/monitoring-jobs:0.1.0`")]
pub struct NoName(String);

impl Name {
    /// Without the tag.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// Behind the colon.
    pub fn tag(&self) -> &str {
        &self.tag
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.repository, self.tag)
    }
}

impl FromStr for Name {
    type Err = NoName;

    fn from_str(text: &str) -> Result<Self, NoName> {
        let parts = text
            .rsplit_once(':')
            .filter(|(repository, tag)| is_repository(repository) && is_tag(tag));
        let Some((repository, tag)) = parts else {
            return Err(NoName(text.to_owned()));
        };
        Ok(Self {
            repository: repository.to_owned(),
            tag: tag.to_owned(),
        })
    }
}

fn is_repository(text: &str) -> bool {
    let plain = |part: &str| {
        let middle = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_');
        part.bytes().all(middle)
            && part.starts_with(|first: char| first.is_ascii_alphanumeric())
            && part.ends_with(|last: char| last.is_ascii_alphanumeric())
    };
    let Some((registry, path)) = text.split_once('/') else {
        return false;
    };
    let host = match registry.split_once(':') {
        None => registry,
        Some((host, port)) if port.parse::<u16>().is_ok() => host,
        Some(_) => return false,
    };
    plain(host) && path.split('/').all(plain)
}

fn is_tag(text: &str) -> bool {
    let middle = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (1..=128).contains(&text.len()) && text.bytes().all(middle) && !text.starts_with(['.', '-'])
}

/// An image by name and content. Its text is the repository and the digest: what a pod asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// What it is called.
    pub name: Name,
    /// The digest of its manifest.
    pub digest: Digest,
}

impl Reference {
    /// With the tag: `repository:tag@sha256:…`.
    pub fn tagged(&self) -> String {
        format!("{}@{}", self.name, self.digest)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name.repository, self.digest)
    }
}

#[cfg(test)]
mod tests {
    use super::{Name, Reference};
    use crate::images::Digest;

    #[test]
    fn a_name_is_a_repository_and_a_tag() {
        for text in [
            "registry.local/app:v1",
            "localhost:5000/team/app_x:0.1.0-rc.1",
        ] {
            let name: Name = text.parse().unwrap();
            assert_eq!(name.to_string(), text);
            assert_eq!(format!("{}:{}", name.repository(), name.tag()), text);
        }
    }

    #[test]
    fn what_no_registry_takes_is_refused() {
        for text in [
            "",
            "app:v1",
            "registry.local/app",
            "registry.local/App:v1",
            "registry.local/:v1",
            "registry.local//app:v1",
            "registry.local/app:",
            "registry.local/app:-v1",
            "registry.local:port/app:v1",
            "registry.local/app@sha256:00",
            "registry.local/../app:v1",
        ] {
            assert!(text.parse::<Name>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_reference_is_what_a_pod_asks_for() {
        let reference = Reference {
            name: "registry.local/app:v1".parse().unwrap(),
            digest: Digest::of(b""),
        };
        let digits = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(
            reference.to_string(),
            format!("registry.local/app@sha256:{digits}")
        );
        assert_eq!(
            reference.tagged(),
            format!("registry.local/app:v1@sha256:{digits}")
        );
    }
}

//! Storing a value: `PutSecretValue` with its token.

use jiff::Timestamp;

use super::labels::{MAX_LABELS, too_many};
use super::{CURRENT, Secret, SecretValue, Version};
use crate::aws::error::{RESOURCE_EXISTS, ServiceError};

/// A wish to store a value.
#[derive(Debug)]
pub(crate) struct Put<'a> {
    /// The token, which becomes the version's id.
    pub(crate) id: &'a str,
    pub(crate) value: SecretValue,
    /// None means `AWSCURRENT`.
    pub(crate) stages: Vec<&'a str>,
}

impl Secret {
    /// Stores a value as a new version, or fills an announced one. The same token with the same
    /// value changes nothing, not even labels.
    pub(crate) fn put(&mut self, wish: Put<'_>, now: Timestamp) -> Result<&Version, ServiceError> {
        self.refuse_change()?;
        let Put {
            id,
            value,
            mut stages,
        } = wish;
        if let Some(held) = self.version(id).and_then(|it| it.value.as_ref()) {
            if *held != value {
                return Err(ServiceError::new(
                    RESOURCE_EXISTS,
                    format!(
                        "You can't use ClientRequestToken {id} because that value is already in \
                         use for a version of secret {}.",
                        self.arn
                    ),
                ));
            }
        } else {
            // A secret without a current version would have no value for its readers.
            let first = self.staged(CURRENT).is_none() && !stages.contains(&CURRENT);
            if stages.is_empty() || first {
                stages.push(CURRENT);
            }
            let fresh = stages.iter().filter(|it| self.staged(it).is_none());
            if self.labels() + fresh.count() > MAX_LABELS {
                return Err(too_many());
            }
            self.store(id, value, now);
            for stage in stages {
                self.attach(stage, id);
            }
            self.changed = now;
        }
        // It was found or made above; the error is for the type alone.
        self.version(id).ok_or_else(super::no_secret)
    }

    fn store(&mut self, id: &str, value: SecretValue, now: Timestamp) {
        if let Some(announced) = self.versions.iter_mut().find(|it| it.id == id) {
            announced.value = Some(value);
            return;
        }
        self.versions.push(Version {
            id: id.to_owned(),
            value: Some(value),
            created: now,
            stages: Vec::new(),
        });
    }
}

//! The state of Secrets Manager: secrets, their versions and the labels on them.
//!
//! A change is visible at once. Encryption is not performed; a customer's KMS key only matters to
//! permissions.

use std::cmp::Reverse;
use std::sync::Arc;

use jiff::Timestamp;

use super::content::secrets::SecretContent;
use super::draw::Draw;
use super::error::{INVALID_REQUEST, RESOURCE_NOT_FOUND, ServiceError};

pub(crate) mod handle;
mod labels;
mod put;
mod value;

pub use self::handle::SecretsHandle;
pub(crate) use self::labels::LabelMove;
pub(crate) use self::put::Put;
pub use self::value::SecretValue;

/// The label of the version that readers get.
pub(crate) const CURRENT: &str = "AWSCURRENT";
/// The label of the version that was current before.
pub(crate) const PREVIOUS: &str = "AWSPREVIOUS";

/// Versions without a label are kept while they are among so many newest ones …
const KEPT_VERSIONS: usize = 100;
/// … or no older than a day.
const KEPT_SECONDS: i64 = 86_400;

/// A secret in one region.
#[derive(Debug)]
pub(crate) struct Secret {
    account: Arc<str>,
    region: Arc<str>,
    pub(crate) name: String,
    pub(crate) arn: String,
    /// The ARN of a customer's key; `None` is the key that AWS manages.
    pub(crate) kms_key: Option<String>,
    pub(crate) rotation_enabled: bool,
    /// The service that manages it, such as `rds`.
    pub(crate) owning_service: Option<String>,
    /// Where the primary is, for replicated secrets.
    pub(crate) primary_region: Option<String>,
    /// When it goes, if it is scheduled to.
    pub(crate) deleted: Option<Timestamp>,
    pub(crate) created: Timestamp,
    pub(crate) changed: Timestamp,
    /// In the order of their creation.
    pub(crate) versions: Vec<Version>,
}

/// A version of a secret.
#[derive(Debug)]
pub(crate) struct Version {
    pub(crate) id: String,
    /// Absent in a version that a rotation announced and never filled.
    pub(crate) value: Option<SecretValue>,
    pub(crate) created: Timestamp,
    /// Without any it is deprecated.
    pub(crate) stages: Vec<String>,
}

/// All secrets of all accounts.
#[derive(Debug)]
pub(crate) struct Vault {
    secrets: Vec<Secret>,
    draw: Draw,
}

impl Vault {
    pub(crate) fn new(content: &[SecretContent], seed: u64) -> Self {
        let mut draw = Draw::new(seed ^ 1);
        let secrets = content.iter().map(|it| Secret::new(it, &mut draw));
        Self {
            secrets: secrets.collect(),
            draw,
        }
    }

    /// The secret that `id` names in an account and region: by name, ARN, or ARN without the six
    /// characters at its end.
    pub(crate) fn find(
        &self,
        account: &str,
        region: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<&Secret, ServiceError> {
        self.secrets
            .iter()
            .find(|it| it.is_at(account, region) && it.is_named(id) && it.exists(now))
            .ok_or_else(no_secret)
    }

    /// As [`Vault::find`], without the versions that AWS has tidied away by now.
    pub(crate) fn find_mut(
        &mut self,
        account: &str,
        region: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<&mut Secret, ServiceError> {
        let secret = self
            .secrets
            .iter_mut()
            .find(|it| it.is_at(account, region) && it.is_named(id) && it.exists(now))
            .ok_or_else(no_secret)?;
        secret.tidy(now);
        Ok(secret)
    }

    /// The secret `name`, wherever it is, and a source of version ids.
    fn named(&mut self, name: &str) -> Result<(&mut Secret, &mut Draw), ServiceError> {
        let Self { secrets, draw } = self;
        let secret = secrets.iter_mut().find(|it| it.name == name);
        Ok((secret.ok_or_else(no_secret)?, draw))
    }
}

impl Secret {
    fn new(content: &SecretContent, draw: &mut Draw) -> Self {
        let SecretContent {
            account,
            region,
            name,
            ..
        } = content;
        let suffix = Draw::of(&format!("{account} {region} {name}")).arn_suffix();
        let versions: Vec<_> = content
            .versions
            .iter()
            .map(|version| Version {
                id: version.id.clone().unwrap_or_else(|| draw.uuid()),
                value: version.value.clone(),
                created: version.created,
                stages: version.stages.clone(),
            })
            .collect();
        let created = |it: &Version| it.created;
        Self {
            account: Arc::clone(account),
            region: Arc::clone(region),
            name: name.clone(),
            arn: format!("arn:aws:secretsmanager:{region}:{account}:secret:{name}-{suffix}"),
            kms_key: content.kms_key.clone(),
            rotation_enabled: content.rotation_enabled,
            owning_service: content.owning_service.clone(),
            primary_region: content.primary_region.clone(),
            deleted: content.deleted,
            created: versions.iter().map(created).min().unwrap_or_default(),
            changed: versions.iter().map(created).max().unwrap_or_default(),
            versions,
        }
    }

    fn is_at(&self, account: &str, region: &str) -> bool {
        *self.account == *account && *self.region == *region
    }

    fn is_named(&self, id: &str) -> bool {
        let without_suffix = || self.arn.rsplit_once('-').map(|(arn, _)| arn);
        id == self.name || id == self.arn || Some(id) == without_suffix()
    }

    /// Whether its time has not come.
    fn exists(&self, now: Timestamp) -> bool {
        self.deleted.is_none_or(|deleted| now < deleted)
    }

    /// Removes versions without a label that are neither young nor among the newest.
    fn tidy(&mut self, now: Timestamp) {
        let mut newest_first: Vec<&Version> = self.versions.iter().rev().collect();
        newest_first.sort_by_key(|it| Reverse(it.created));
        let gone = |it: &&&Version| {
            it.stages.is_empty() && now.as_second() - it.created.as_second() > KEPT_SECONDS
        };
        let gone: Vec<String> = newest_first
            .iter()
            .skip(KEPT_VERSIONS)
            .filter(gone)
            .map(|it| it.id.clone())
            .collect();
        self.versions.retain(|it| !gone.contains(&it.id));
    }

    /// Refuses whatever a secret that is scheduled for deletion refuses.
    pub(crate) fn refuse_deleted(&self) -> Result<(), ServiceError> {
        if self.deleted.is_none() {
            return Ok(());
        }
        Err(ServiceError::new(
            INVALID_REQUEST,
            "You can't perform this operation on the secret because it was marked for deletion.",
        ))
    }

    /// Refuses what others than the caller decide: deletion, replication, another service.
    fn refuse_change(&self) -> Result<(), ServiceError> {
        self.refuse_deleted()?;
        if self
            .primary_region
            .as_deref()
            .is_some_and(|it| *it != *self.region)
        {
            return Err(ServiceError::new(
                INVALID_REQUEST,
                "Operation not permitted on a replica secret. Call must be made in primary \
                 secret's region.",
            ));
        }
        if self.owning_service.is_some() {
            return Err(ServiceError::new(
                INVALID_REQUEST,
                "The secret is managed by another service, and you must use that service to \
                 update it.",
            ));
        }
        Ok(())
    }

    pub(crate) fn version(&self, id: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.id == id)
    }

    /// The version with the label `stage`.
    pub(crate) fn staged(&self, stage: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.has(stage))
    }
}

impl Version {
    pub(crate) fn has(&self, stage: &str) -> bool {
        self.stages.iter().any(|it| it == stage)
    }
}

fn no_secret() -> ServiceError {
    ServiceError::new(
        RESOURCE_NOT_FOUND,
        "Secrets Manager can't find the specified secret.",
    )
}

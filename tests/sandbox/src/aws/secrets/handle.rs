//! Secrets as a person at the console sees and changes them.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;

use super::{CURRENT, LabelMove, Put, SecretValue, Version, no_secret};
use crate::aws::error::ServiceError;
use crate::aws::state::State;

/// Secrets Manager in a person's hands. Secrets are found by name in whichever account and region
/// they are. What AWS would refuse is refused here too, with the same code.
#[derive(Debug, Clone, Copy)]
pub struct SecretsHandle<'s> {
    state: &'s State,
}

type Done<T> = Result<T, ServiceError>;

impl<'s> SecretsHandle<'s> {
    pub(crate) const fn new(state: &'s State) -> Self {
        Self { state }
    }

    /// Performs `act` on the secret `name`.
    fn on<T>(self, name: &str, act: impl FnOnce(&mut super::Secret) -> Done<T>) -> Done<T> {
        let ledger = self.state.ledger();
        let mut vault = ledger.vault();
        let (secret, _) = vault.named(name)?;
        act(secret)
    }

    /// The ARN of the secret `name`.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn arn(&self, name: &str) -> Done<String> {
        self.on(name, |secret| Ok(secret.arn.clone()))
    }

    /// The labels of every version, also of those without any.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn stages(&self, name: &str) -> Done<BTreeMap<String, Vec<String>>> {
        self.on(name, |secret| {
            let versions = secret.versions.iter();
            Ok(versions
                .map(|it| (it.id.clone(), it.stages.clone()))
                .collect())
        })
    }

    /// The id of the version with the label `stage`.
    ///
    /// # Errors
    /// `ResourceNotFoundException` without such a secret.
    pub fn version_at(&self, name: &str, stage: &str) -> Done<Option<String>> {
        self.on(name, |secret| {
            Ok(secret.staged(stage).map(|it| it.id.clone()))
        })
    }

    /// The value of the version `id`; `None` where there is none.
    ///
    /// # Errors
    /// `ResourceNotFoundException` without such a secret.
    pub fn value(&self, name: &str, id: &str) -> Done<Option<SecretValue>> {
        self.on(name, |secret| {
            Ok(secret.version(id).and_then(|it| it.value.clone()))
        })
    }

    /// The text that readers get.
    ///
    /// # Errors
    /// `ResourceNotFoundException` without such a secret or a text in its current version.
    pub fn current_text(&self, name: &str) -> Done<String> {
        self.on(name, |secret| {
            match secret.staged(CURRENT).and_then(|it| it.value.clone()) {
                Some(SecretValue::Text(text)) => Ok(text),
                Some(SecretValue::Binary(_)) | None => Err(no_secret()),
            }
        })
    }

    /// Saves another text, as the console does: it becomes current. Returns the version's id.
    ///
    /// # Errors
    /// As `PutSecretValue`.
    pub fn put_value(&self, name: &str, text: &str) -> Done<String> {
        self.put_staged(name, SecretValue::Text(text.to_owned()), &[])
    }

    /// Saves a value with labels; none means `AWSCURRENT`. Returns the version's id.
    ///
    /// # Errors
    /// As `PutSecretValue`.
    pub fn put_staged(&self, name: &str, value: SecretValue, stages: &[&str]) -> Done<String> {
        let ledger = self.state.ledger();
        let mut vault = ledger.vault();
        let (secret, draw) = vault.named(name)?;
        let id = draw.uuid();
        let wish = Put {
            id: &id,
            value,
            stages: stages.to_vec(),
        };
        secret.put(wish, self.state.now())?;
        Ok(id)
    }

    /// Announces a version without a value, as a rotation that failed leaves it. Returns its id.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn announce(&self, name: &str, stage: &str) -> Done<String> {
        let ledger = self.state.ledger();
        let mut vault = ledger.vault();
        let (secret, draw) = vault.named(name)?;
        let id = draw.uuid();
        secret.versions.push(Version {
            id: id.clone(),
            value: None,
            created: self.state.now(),
            stages: Vec::new(),
        });
        secret.attach(stage, &id);
        Ok(id)
    }

    /// Moves a label to the version `to` from wherever it is.
    ///
    /// # Errors
    /// As `UpdateSecretVersionStage`.
    pub fn move_label(&self, name: &str, stage: &str, to: &str) -> Done<()> {
        self.relabel(name, stage, Some(to))
    }

    /// Removes a label from wherever it is.
    ///
    /// # Errors
    /// As `UpdateSecretVersionStage`; `AWSCURRENT` cannot be removed.
    pub fn remove_label(&self, name: &str, stage: &str) -> Done<()> {
        self.relabel(name, stage, None)
    }

    fn relabel(self, name: &str, stage: &str, to: Option<&str>) -> Done<()> {
        let now = self.state.now();
        self.on(name, |secret| {
            let from = secret.staged(stage).map(|it| it.id.clone());
            let from = from.as_deref().filter(|from| Some(*from) != to);
            secret.move_label(LabelMove { stage, from, to }, now)
        })
    }

    /// Schedules the secret to be deleted when `window` has passed.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn schedule_deletion(&self, name: &str, window: Duration) -> Done<()> {
        let window = SignedDuration::try_from(window).unwrap_or(SignedDuration::MAX);
        let at = self.state.now().saturating_add(window).ok();
        self.on(name, |secret| {
            secret.deleted = at;
            Ok(())
        })
    }

    /// Takes a scheduled deletion back.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn restore(&self, name: &str) -> Done<()> {
        self.on(name, |secret| {
            secret.deleted = None;
            Ok(())
        })
    }

    /// Lets AWS rotate the secret: only the flag, nothing is rotated.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn enable_rotation(&self, name: &str) -> Done<()> {
        self.on(name, |secret| {
            secret.rotation_enabled = true;
            Ok(())
        })
    }

    /// Takes the rotation by AWS back.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn disable_rotation(&self, name: &str) -> Done<()> {
        self.on(name, |secret| {
            secret.rotation_enabled = false;
            Ok(())
        })
    }

    /// Lets another service, such as `rds`, own the secret; `None` gives it back.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn set_owner(&self, name: &str, service: Option<&str>) -> Done<()> {
        self.on(name, |secret| {
            secret.owning_service = service.map(str::to_owned);
            Ok(())
        })
    }

    /// Makes the secret a replica of one in another region; `None` makes it a primary.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn set_primary_region(&self, name: &str, region: Option<&str>) -> Done<()> {
        self.on(name, |secret| {
            secret.primary_region = region.map(str::to_owned);
            Ok(())
        })
    }
}

//! Moving labels between versions: `UpdateSecretVersionStage` as the compare-and-swap that it is.

use jiff::Timestamp;

use super::{CURRENT, PREVIOUS, Secret, Version};
use crate::aws::error::{
    INVALID_PARAMETER, LIMIT_EXCEEDED_EXCEPTION, RESOURCE_NOT_FOUND, ServiceError,
};

/// Labels a secret may have over all its versions.
pub(super) const MAX_LABELS: usize = 20;

/// A wish to move a label.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LabelMove<'a> {
    pub(crate) stage: &'a str,
    /// Where the caller believes the label to be.
    pub(crate) from: Option<&'a str>,
    pub(crate) to: Option<&'a str>,
}

impl Secret {
    /// Moves, attaches or detaches a label, whole or not at all. `AWSPREVIOUS` follows
    /// `AWSCURRENT` to the version that it left.
    pub(crate) fn move_label(
        &mut self,
        wish: LabelMove<'_>,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        self.refuse_change()?;
        let LabelMove { stage, from, to } = wish;
        if let Some(id) = to.filter(|id| self.version(id).is_none()) {
            let message = format!(
                "Secrets Manager can't find the specified secret version for VersionId: {id}."
            );
            return Err(ServiceError::new(RESOURCE_NOT_FOUND, message));
        }
        let holder = self.staged(stage).map(|version| version.id.clone());
        let holder = holder.as_deref();
        match (holder, from, to) {
            (_, None, None) => {
                return Err(invalid("Specify MoveToVersionId or RemoveFromVersionId."));
            }
            (Some(holder), None, Some(to)) if holder != to => {
                return Err(invalid(&format!(
                    "The parameter RemoveFromVersionId can't be empty. Staging label {stage} is \
                     currently attached to version {holder}, so you must explicitly reference \
                     that version in RemoveFromVersionId."
                )));
            }
            (_, Some(from), _) if holder != Some(from) => {
                return Err(invalid(&format!(
                    "When you move staging label {stage}, if you specify RemoveFromVersionId, it \
                     must be set to the version that currently has the staging label {stage}."
                )));
            }
            (_, _, None) if stage == CURRENT => {
                return Err(invalid(
                    "You can only move staging label AWSCURRENT to a different secret version. It \
                     can't be completely removed.",
                ));
            }
            (None, _, Some(_)) if self.labels() >= MAX_LABELS => return Err(too_many()),
            _ => {}
        }
        match to {
            Some(to) => self.attach(stage, to),
            None => self.detach(stage),
        }
        self.changed = now;
        Ok(())
    }

    /// Puts a label on the version `to` and nowhere else.
    pub(super) fn attach(&mut self, stage: &str, to: &str) {
        let left = self.staged(stage).map(|version| version.id.clone());
        if left.as_deref() == Some(to) {
            return;
        }
        self.detach(stage);
        self.add(stage, to);
        if let (CURRENT, Some(left)) = (stage, left) {
            self.detach(PREVIOUS);
            self.add(PREVIOUS, &left);
        }
    }

    /// How many labels there are.
    pub(super) fn labels(&self) -> usize {
        self.versions.iter().map(|it| it.stages.len()).sum()
    }

    pub(super) fn detach(&mut self, stage: &str) {
        for version in &mut self.versions {
            version.stages.retain(|it| it != stage);
        }
    }

    fn add(&mut self, stage: &str, to: &str) {
        let is_it = |version: &&mut Version| version.id == to;
        if let Some(version) = self.versions.iter_mut().find(is_it) {
            version.stages.push(stage.to_owned());
        }
    }
}

pub(super) fn too_many() -> ServiceError {
    let message = format!("You can't have more than {MAX_LABELS} staging labels on a secret.");
    ServiceError::new(LIMIT_EXCEEDED_EXCEPTION, message)
}

fn invalid(message: &str) -> ServiceError {
    ServiceError::new(INVALID_PARAMETER, message)
}

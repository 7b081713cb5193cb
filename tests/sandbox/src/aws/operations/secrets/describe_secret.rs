//! `DescribeSecret`: everything about a secret but its value, also when it is about to go.

use jiff::Timestamp;

use super::Named;
use super::target::Target;
use crate::aws::error::ServiceError;
use crate::aws::node::Node;
use crate::aws::operation::Operation;
use crate::aws::operations::act::Act;
use crate::aws::operations::{Context, Response};
use crate::aws::policy::Need;
use crate::aws::shape::{Shape, Writer};

/// The request.
#[derive(Debug)]
pub(crate) struct DescribeSecret<'a> {
    secret: Target<'a>,
}

/// The description.
#[derive(Debug)]
pub(crate) struct Description {
    named: Named,
    kms_key: Option<String>,
    rotation_enabled: bool,
    owning_service: Option<String>,
    primary_region: Option<String>,
    deleted: Option<Timestamp>,
    created: Timestamp,
    changed: Timestamp,
    /// Versions with at least one label.
    stages: Vec<(String, Vec<String>)>,
}

impl<'a> DescribeSecret<'a> {
    pub(crate) fn read(node: &'a Node<'_>) -> Result<Self, ServiceError> {
        let secret = Target::read(node)?;
        Ok(Self { secret })
    }
}

impl Act for DescribeSecret<'_> {
    fn subject(&self) -> String {
        self.secret.0.to_owned()
    }

    fn needs(&self, operation: Operation, context: &Context<'_>) -> Vec<Need> {
        self.secret.needs(operation, context, &[])
    }

    fn run(&self, context: &Context<'_>) -> Result<Response<'static>, ServiceError> {
        let (account, region) = (&context.account.id, context.region);
        let vault = context.ledger.vault();
        let secret = vault.find(account, region, self.secret.0, context.at)?;
        let labelled = secret.versions.iter().filter(|it| !it.stages.is_empty());
        Ok(Response::Secrets(super::Response::Description(
            Description {
                named: Named::of(secret),
                kms_key: secret.kms_key.clone(),
                rotation_enabled: secret.rotation_enabled,
                owning_service: secret.owning_service.clone(),
                primary_region: secret.primary_region.clone(),
                deleted: secret.deleted,
                created: secret.created,
                changed: secret.changed,
                stages: labelled
                    .map(|it| (it.id.clone(), it.stages.clone()))
                    .collect(),
            },
        )))
    }
}

impl Shape for Description {
    fn members<W: Writer>(&self, w: &mut W) {
        self.named.members(w);
        w.optional_text("KmsKeyId", self.kms_key.as_deref());
        if self.rotation_enabled {
            w.member("RotationEnabled", |w| w.boolean(true));
        }
        w.optional_text("OwningService", self.owning_service.as_deref());
        w.optional_text("PrimaryRegion", self.primary_region.as_deref());
        if let Some(deleted) = self.deleted {
            w.member("DeletedDate", |w| w.instant(deleted.as_second()));
        }
        w.member("CreatedDate", |w| w.instant(self.created.as_second()));
        w.member("LastChangedDate", |w| w.instant(self.changed.as_second()));
        w.member("VersionIdsToStages", |w| {
            let stages = self.stages.iter();
            w.map(
                stages.map(|(id, stages)| (id.as_str(), stages)),
                |w, stages| {
                    w.list(stages, |w, stage| w.text(stage));
                },
            );
        });
    }
}

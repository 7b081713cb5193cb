//! `UpdateSecretVersionStage`: moves a label from the version where the caller believes it to be.

use super::Named;
use super::target::Target;
use crate::aws::error::ServiceError;
use crate::aws::node::Node;
use crate::aws::operation::Operation;
use crate::aws::operations::act::Act;
use crate::aws::operations::{Context, Response};
use crate::aws::policy::Need;
use crate::aws::secrets::LabelMove;
use crate::aws::shape::{Shape, Writer};

/// The request.
#[derive(Debug)]
pub(crate) struct UpdateSecretVersionStage<'a> {
    secret: Target<'a>,
    wish: LabelMove<'a>,
}

/// The secret whose label was moved.
#[derive(Debug)]
pub(crate) struct Moved(Named);

impl<'a> UpdateSecretVersionStage<'a> {
    pub(crate) fn read(node: &'a Node<'_>) -> Result<Self, ServiceError> {
        Ok(Self {
            secret: Target::read(node)?,
            wish: LabelMove {
                stage: node.required_text("VersionStage")?,
                from: node.text("RemoveFromVersionId")?,
                to: node.text("MoveToVersionId")?,
            },
        })
    }
}

impl Act for UpdateSecretVersionStage<'_> {
    fn subject(&self) -> String {
        let LabelMove { stage, from, to } = self.wish;
        let (from, to) = (from.unwrap_or("nowhere"), to.unwrap_or("nowhere"));
        format!("{} {stage} {from} → {to}", self.secret.0)
    }

    fn needs(&self, operation: Operation, context: &Context<'_>) -> Vec<Need> {
        let mut needs = self.secret.needs(operation, context, &[]);
        if let Some(need) = needs.first_mut() {
            let stages = vec![self.wish.stage.to_owned()];
            need.context.push(("secretsmanager:VersionStage", stages));
        }
        needs
    }

    fn run(&self, context: &Context<'_>) -> Result<Response<'static>, ServiceError> {
        let (account, region) = (&context.account.id, context.region);
        let mut vault = context.ledger.vault();
        let secret = vault.find_mut(account, region, self.secret.0, context.at)?;
        secret.move_label(self.wish, context.at)?;
        Ok(Response::Secrets(super::Response::Moved(Moved(Named::of(
            secret,
        )))))
    }
}

impl Shape for Moved {
    fn members<W: Writer>(&self, w: &mut W) {
        self.0.members(w);
    }
}

//! `UpdateAccessKey`: sets the status of a key, whatever it was.

use super::target::Target;
use crate::aws::error::ServiceError;
use crate::aws::iam::KeyStatus;
use crate::aws::node::Node;
use crate::aws::operation::Operation;
use crate::aws::operations::act::Act;
use crate::aws::operations::{Context, Response};
use crate::aws::policy::Need;

/// The request.
#[derive(Debug)]
pub(crate) struct UpdateAccessKey<'a> {
    user: Target<'a>,
    id: &'a str,
    status: KeyStatus,
}

impl<'a> UpdateAccessKey<'a> {
    pub(crate) fn read(node: &'a Node<'_>) -> Result<Self, ServiceError> {
        let wanted = node.required_text("Status")?;
        // `Expired` is what AWS sets, not what it lets others set.
        let status = [KeyStatus::Active, KeyStatus::Inactive]
            .into_iter()
            .find(|it| it.as_str() == wanted)
            .ok_or_else(|| {
                ServiceError::validation(format!(
                    "1 validation error detected: Value '{wanted}' at 'status' failed to satisfy \
                     constraint: Member must satisfy enum value set: [Active, Inactive]"
                ))
            })?;
        Ok(Self {
            user: Target::read(node)?,
            id: node.required_text("AccessKeyId")?,
            status,
        })
    }
}

impl Act for UpdateAccessKey<'_> {
    fn subject(&self) -> String {
        format!("{} {} {}", self.user.subject(), self.id, self.status)
    }

    fn needs(&self, operation: Operation, context: &Context<'_>) -> Vec<Need> {
        vec![self.user.need(operation, context)]
    }

    fn run(&self, context: &Context<'_>) -> Result<Response<'static>, ServiceError> {
        let name = self.user.name(context)?;
        let mut iam = context.ledger.iam();
        iam.set_status(&context.account.id, name, self.id, self.status, context.at)?;
        Ok(Response::Iam(super::Response::Done))
    }
}

//! `DeleteAccessKey`: removes a key, also an active one.

use super::target::Target;
use crate::aws::error::ServiceError;
use crate::aws::node::Node;
use crate::aws::operation::Operation;
use crate::aws::operations::act::Act;
use crate::aws::operations::{Context, Response};
use crate::aws::policy::Need;

/// The request.
#[derive(Debug)]
pub(crate) struct DeleteAccessKey<'a> {
    user: Target<'a>,
    id: &'a str,
}

impl<'a> DeleteAccessKey<'a> {
    pub(crate) fn read(node: &'a Node<'_>) -> Result<Self, ServiceError> {
        Ok(Self {
            user: Target::read(node)?,
            id: node.required_text("AccessKeyId")?,
        })
    }
}

impl Act for DeleteAccessKey<'_> {
    fn subject(&self) -> String {
        format!("{} {}", self.user.subject(), self.id)
    }

    fn needs(&self, operation: Operation, context: &Context<'_>) -> Vec<Need> {
        vec![self.user.need(operation, context)]
    }

    fn run(&self, context: &Context<'_>) -> Result<Response<'static>, ServiceError> {
        let name = self.user.name(context)?;
        let mut iam = context.ledger.iam();
        iam.delete_key(&context.account.id, name, self.id, context.at)?;
        Ok(Response::Iam(super::Response::Done))
    }
}

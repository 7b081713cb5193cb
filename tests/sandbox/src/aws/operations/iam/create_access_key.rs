//! `CreateAccessKey`: a new key, whose secret is told this once.

use common::secret::ExposeSecret as _;

use super::target::Target;
use crate::aws::error::ServiceError;
use crate::aws::iam::AccessKey;
use crate::aws::node::Node;
use crate::aws::operation::Operation;
use crate::aws::operations::act::Act;
use crate::aws::operations::{Context, Response};
use crate::aws::policy::Need;
use crate::aws::shape::{Shape, Writer};

/// The request.
#[derive(Debug)]
pub(crate) struct CreateAccessKey<'a> {
    user: Target<'a>,
}

/// The key.
#[derive(Debug)]
pub(crate) struct Created {
    user: String,
    key: AccessKey,
}

impl<'a> CreateAccessKey<'a> {
    pub(crate) fn read(node: &'a Node<'_>) -> Result<Self, ServiceError> {
        let user = Target::read(node)?;
        Ok(Self { user })
    }
}

impl Act for CreateAccessKey<'_> {
    fn subject(&self) -> String {
        self.user.subject().to_owned()
    }

    fn needs(&self, operation: Operation, context: &Context<'_>) -> Vec<Need> {
        vec![self.user.need(operation, context)]
    }

    fn run(&self, context: &Context<'_>) -> Result<Response<'static>, ServiceError> {
        let name = self.user.name(context)?;
        let mut iam = context.ledger.iam();
        let key = iam.create_key(&context.account.id, name, context.at)?;
        let user = name.to_owned();
        Ok(Response::Iam(super::Response::Created(Created {
            user,
            key,
        })))
    }
}

impl Shape for Created {
    fn members<W: Writer>(&self, w: &mut W) {
        let Self { user, key } = self;
        w.member("AccessKey", |w| {
            w.structure(|w| {
                w.text_member("UserName", user);
                w.text_member("AccessKeyId", &key.id);
                w.text_member("Status", key.status.as_str());
                w.text_member("SecretAccessKey", key.secret.expose_secret());
                w.member("CreateDate", |w| w.instant(key.created.as_second()));
            });
        });
    }
}

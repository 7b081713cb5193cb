//! `GetAccessKeyLastUsed`: whose a key is and when it was last used, late and in coarse steps.

use crate::aws::error::ServiceError;
use crate::aws::iam::{KeyUse, no_key};
use crate::aws::node::Node;
use crate::aws::operation::Operation;
use crate::aws::operations::act::Act;
use crate::aws::operations::{Context, Response};
use crate::aws::policy::Need;
use crate::aws::shape::{Shape, Writer};

/// The request.
#[derive(Debug)]
pub(crate) struct GetAccessKeyLastUsed<'a> {
    id: &'a str,
}

/// What IAM knows.
#[derive(Debug)]
pub(crate) struct LastUsed {
    user: String,
    used: Option<KeyUse>,
}

impl<'a> GetAccessKeyLastUsed<'a> {
    pub(crate) fn read(node: &'a Node<'_>) -> Result<Self, ServiceError> {
        let id = node.required_text("AccessKeyId")?;
        Ok(Self { id })
    }
}

impl Act for GetAccessKeyLastUsed<'_> {
    fn subject(&self) -> String {
        self.id.to_owned()
    }

    fn needs(&self, operation: Operation, context: &Context<'_>) -> Vec<Need> {
        let iam = context.ledger.iam();
        let owner = iam.owner_seen(self.id, context.at);
        vec![Need {
            action: operation.action(),
            // A key that is nobody's has no user to be allowed for.
            resource: owner.map_or_else(|| "*".to_owned(), |user| user.arn.clone()),
            shown: format!("access key {}", self.id),
            context: Vec::new(),
        }]
    }

    fn run(&self, context: &Context<'_>) -> Result<Response<'static>, ServiceError> {
        let iam = context.ledger.iam();
        let user = iam
            .owner_seen(self.id, context.at)
            .filter(|user| user.account == context.account.id)
            .ok_or_else(|| no_key(self.id))?;
        Ok(Response::Iam(super::Response::LastUsed(LastUsed {
            user: user.name.clone(),
            used: iam.last_used(self.id, context.at),
        })))
    }
}

impl Shape for LastUsed {
    fn members<W: Writer>(&self, w: &mut W) {
        w.text_member("UserName", &self.user);
        w.member("AccessKeyLastUsed", |w| {
            w.structure(|w| {
                let (mut service, mut region) = ("N/A", "N/A");
                if let Some(used) = &self.used {
                    w.member("LastUsedDate", |w| w.instant(used.at.as_second()));
                    (service, region) = (&used.service, &used.region);
                }
                w.text_member("ServiceName", service);
                w.text_member("Region", region);
            });
        });
    }
}

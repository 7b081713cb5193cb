//! `ListAccessKeys`: the keys of a user as a lagging read sees them, without their secrets.

use super::page::{Page, Paged};
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
pub(crate) struct ListAccessKeys<'a> {
    user: Target<'a>,
    page: Page<'a>,
}

/// A page of keys.
#[derive(Debug)]
pub(crate) struct Keys {
    user: String,
    page: Paged<AccessKey>,
}

impl<'a> ListAccessKeys<'a> {
    pub(crate) fn read(node: &'a Node<'_>) -> Result<Self, ServiceError> {
        Ok(Self {
            user: Target::read(node)?,
            page: Page::read(node)?,
        })
    }
}

impl Act for ListAccessKeys<'_> {
    fn subject(&self) -> String {
        self.user.subject().to_owned()
    }

    fn needs(&self, operation: Operation, context: &Context<'_>) -> Vec<Need> {
        vec![self.user.need(operation, context)]
    }

    fn run(&self, context: &Context<'_>) -> Result<Response<'static>, ServiceError> {
        let name = self.user.name(context)?;
        let iam = context.ledger.iam();
        let user = iam.user(&context.account.id, name)?;
        let keys = iam.seen(user, context.at).keys.clone();
        Ok(Response::Iam(super::Response::Keys(Keys {
            user: name.to_owned(),
            page: self.page.cut(&format!("keys of {name}"), keys)?,
        })))
    }
}

impl Shape for Keys {
    fn members<W: Writer>(&self, w: &mut W) {
        w.member("AccessKeyMetadata", |w| {
            w.list(&self.page.items, |w, key| {
                w.structure(|w| {
                    w.text_member("UserName", &self.user);
                    w.text_member("AccessKeyId", &key.id);
                    w.text_member("Status", key.status.as_str());
                    w.member("CreateDate", |w| w.instant(key.created.as_second()));
                });
            });
        });
        self.page.end(w);
    }
}

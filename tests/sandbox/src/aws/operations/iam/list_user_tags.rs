//! `ListUserTags`: the tags of a user as a lagging read sees them, ordered by key.

use super::page::{Page, Paged};
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
pub(crate) struct ListUserTags<'a> {
    user: Target<'a>,
    page: Page<'a>,
}

/// A page of tags.
#[derive(Debug)]
pub(crate) struct TagList(Paged<(String, String)>);

impl<'a> ListUserTags<'a> {
    pub(crate) fn read(node: &'a Node<'_>) -> Result<Self, ServiceError> {
        Ok(Self {
            user: Target::required(node)?,
            page: Page::read(node)?,
        })
    }
}

impl Act for ListUserTags<'_> {
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
        let tags = iam.seen(user, context.at).tags.as_slice().to_vec();
        let page = self.page.cut(&format!("tags of {name}"), tags)?;
        Ok(Response::Iam(super::Response::Tags(TagList(page))))
    }
}

impl Shape for TagList {
    fn members<W: Writer>(&self, w: &mut W) {
        let tags = self.0.items.iter();
        w.member("Tags", |w| {
            w.pairs("Key", "Value", tags.map(|(k, v)| (k.as_str(), v.as_str())));
        });
        self.0.end(w);
    }
}

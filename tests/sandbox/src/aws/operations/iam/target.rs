//! The user that a request is about.

use std::borrow::Cow;

use crate::aws::error::ServiceError;
use crate::aws::node::Node;
use crate::aws::operation::Operation;
use crate::aws::operations::Context;
use crate::aws::policy::Need;

/// A user by name, or the one whose key signed the request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a>(Option<&'a str>);

impl<'a> Target<'a> {
    /// A `UserName` that may be left out.
    pub(super) fn read(node: &'a Node<'_>) -> Result<Self, ServiceError> {
        node.text("UserName").map(Self)
    }

    /// A `UserName` that must be there.
    pub(super) fn required(node: &'a Node<'_>) -> Result<Self, ServiceError> {
        node.required_text("UserName").map(Some).map(Self)
    }

    /// For the call log.
    pub(super) fn subject(self) -> &'a str {
        self.0.unwrap_or("(the caller)")
    }

    /// Its name.
    pub(super) fn name(self, context: &Context<'a>) -> Result<&'a str, ServiceError> {
        self.0.or(context.caller.user.as_deref()).ok_or_else(|| {
            ServiceError::validation("Must specify userName when calling with non-User credentials")
        })
    }

    /// What a caller of `operation` must be allowed to do to it.
    pub(super) fn need(self, operation: Operation, context: &Context<'_>) -> Need {
        let name = self.0.or(context.caller.user.as_deref()).unwrap_or("*");
        let account = &*context.account.id;
        let iam = context.ledger.iam();
        let arn = iam.user(account, name).map_or_else(
            // AWS asks for permission before it looks whether the user is there.
            |_| Cow::Owned(format!("arn:aws:iam::{account}:user/{name}")),
            |user| Cow::Borrowed(user.arn.as_str()),
        );
        Need {
            action: operation.action(),
            resource: arn.into_owned(),
            shown: format!("user {name}"),
            context: Vec::new(),
        }
    }
}

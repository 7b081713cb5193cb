//! `UntagUser`: removes tags by key; those that are not there do not matter.

use super::target::Target;
use crate::aws::error::ServiceError;
use crate::aws::iam::tags::check_key;
use crate::aws::node::Node;
use crate::aws::operation::Operation;
use crate::aws::operations::act::Act;
use crate::aws::operations::{Context, Response};
use crate::aws::policy::{Need, TAG_KEYS};

/// The request.
#[derive(Debug)]
pub(crate) struct UntagUser<'a> {
    user: Target<'a>,
    keys: Vec<&'a str>,
}

impl<'a> UntagUser<'a> {
    pub(crate) fn read(node: &'a Node<'_>) -> Result<Self, ServiceError> {
        let keys = node.texts("TagKeys")?;
        for (index, key) in keys.iter().enumerate() {
            check_key(key, &format!("tagKeys.{}.member", index + 1))?;
        }
        Ok(Self {
            user: Target::required(node)?,
            keys,
        })
    }
}

impl Act for UntagUser<'_> {
    fn subject(&self) -> String {
        format!("{} {}", self.user.subject(), self.keys.join(" "))
    }

    fn needs(&self, operation: Operation, context: &Context<'_>) -> Vec<Need> {
        let mut need = self.user.need(operation, context);
        let keys = self.keys.iter().map(|key| (*key).to_owned());
        need.context.push((TAG_KEYS, keys.collect()));
        vec![need]
    }

    fn run(&self, context: &Context<'_>) -> Result<Response<'static>, ServiceError> {
        let name = self.user.name(context)?;
        let mut iam = context.ledger.iam();
        iam.untag(&context.account.id, name, &self.keys, context.at)?;
        Ok(Response::Iam(super::Response::Done))
    }
}

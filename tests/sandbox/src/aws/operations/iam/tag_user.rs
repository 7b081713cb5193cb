//! `TagUser`: sets tags, all of them or none.

use super::target::Target;
use crate::aws::error::ServiceError;
use crate::aws::iam::tags::MAX_TAGS;
use crate::aws::node::Node;
use crate::aws::operation::Operation;
use crate::aws::operations::act::Act;
use crate::aws::operations::{Context, Response};
use crate::aws::policy::{Need, TAG_KEYS};

/// The request.
#[derive(Debug)]
pub(crate) struct TagUser<'a> {
    user: Target<'a>,
    tags: Vec<(&'a str, &'a str)>,
}

impl<'a> TagUser<'a> {
    pub(crate) fn read(node: &'a Node<'_>) -> Result<Self, ServiceError> {
        let tags: Vec<_> = node
            .list("Tags")?
            .iter()
            .map(|tag| Ok((tag.required_text("Key")?, tag.required_text("Value")?)))
            .collect::<Result<_, ServiceError>>()?;
        if tags.len() > MAX_TAGS {
            return Err(ServiceError::validation(format!(
                "1 validation error detected: Value at 'tags' failed to satisfy constraint: \
                 Member must have length less than or equal to {MAX_TAGS}"
            )));
        }
        Ok(Self {
            user: Target::required(node)?,
            tags,
        })
    }
}

impl Act for TagUser<'_> {
    fn subject(&self) -> String {
        let keys: Vec<_> = self.tags.iter().map(|(key, _)| *key).collect();
        format!("{} {}", self.user.subject(), keys.join(" "))
    }

    fn needs(&self, operation: Operation, context: &Context<'_>) -> Vec<Need> {
        let mut need = self.user.need(operation, context);
        let keys = self.tags.iter().map(|(key, _)| (*key).to_owned());
        need.context.push((TAG_KEYS, keys.collect()));
        vec![need]
    }

    fn run(&self, context: &Context<'_>) -> Result<Response<'static>, ServiceError> {
        let name = self.user.name(context)?;
        let mut iam = context.ledger.iam();
        iam.tag(&context.account.id, name, &self.tags, context.at)?;
        Ok(Response::Iam(super::Response::Done))
    }
}

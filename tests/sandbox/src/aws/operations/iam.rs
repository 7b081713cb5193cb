//! IAM: access keys and tags of users. One file an operation.

pub(crate) mod create_access_key;
pub(crate) mod delete_access_key;
pub(crate) mod get_access_key_last_used;
pub(crate) mod list_access_keys;
pub(crate) mod list_user_tags;
mod page;
pub(crate) mod tag_user;
mod target;
pub(crate) mod untag_user;
pub(crate) mod update_access_key;

use crate::aws::shape::{Shape, Writer};

/// The answer to a request about a user.
#[derive(Debug)]
pub(crate) enum Response {
    Keys(list_access_keys::Keys),
    LastUsed(get_access_key_last_used::LastUsed),
    Created(create_access_key::Created),
    Tags(list_user_tags::TagList),
    /// It is done, and there is nothing to say.
    Done,
}

impl Shape for Response {
    fn members<W: Writer>(&self, w: &mut W) {
        match self {
            Self::Keys(response) => response.members(w),
            Self::LastUsed(response) => response.members(w),
            Self::Created(response) => response.members(w),
            Self::Tags(response) => response.members(w),
            Self::Done => {}
        }
    }
}

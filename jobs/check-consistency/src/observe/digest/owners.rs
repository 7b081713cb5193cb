//! Whose an object is.

use std::borrow::Cow;
use std::hash::Hasher as _;

use serde::Deserialize;

use super::{DigestKey, Owner, Tag, finish, value};

/// An owner; its `uid` is another one in each cluster.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OwnerReference<'a> {
    #[serde(borrow, default)]
    api_version: Cow<'a, str>,
    #[serde(borrow, default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    name: Cow<'a, str>,
    #[serde(default)]
    controller: Option<bool>,
    #[serde(default)]
    block_owner_deletion: Option<bool>,
}

/// The controller among them.
pub(super) fn owner(owners: &[OwnerReference<'_>]) -> Owner {
    let mut controllers = owners.iter().filter(|owner| owner.controller == Some(true));
    match controllers.next() {
        None => Owner::Nobody,
        Some(owner) if owner.kind == "CronJob" && owner.api_version.starts_with("batch/") => {
            Owner::CronJob
        }
        Some(_) => Owner::Other,
    }
}

pub(super) fn digest_of_owners(key: DigestKey, owners: &[OwnerReference<'_>]) -> u128 {
    let mut hasher = key.begin(Tag::List);
    for owner in owners {
        for text in [&owner.api_version, &owner.kind, &owner.name] {
            hasher.write(&value::text(key, text).to_le_bytes());
        }
        for flag in [owner.controller, owner.block_owner_deletion] {
            hasher.write_u8(match flag {
                None => 0,
                Some(false) => 1,
                Some(true) => 2,
            });
        }
    }
    finish(hasher)
}

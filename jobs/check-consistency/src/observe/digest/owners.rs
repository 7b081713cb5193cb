//! Whose an object is.

use std::borrow::Cow;

use serde::Deserialize;
use siphasher::sip128::SipHasher24;

use super::{Owner, Tag, value};

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

pub(super) fn write(owners: &[OwnerReference<'_>], into: &mut SipHasher24) {
    Tag::List.write(owners.len(), into);
    for owner in owners {
        for part in [&owner.api_version, &owner.kind, &owner.name] {
            value::text(part, into);
        }
        for flag in [owner.controller, owner.block_owner_deletion] {
            let tag = match flag {
                None => Tag::Null,
                Some(false) => Tag::False,
                Some(true) => Tag::True,
            };
            tag.write(0, into);
        }
    }
}

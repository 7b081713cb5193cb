//! How users and callers are written in a content file.
//!
//! ```yaml
//! users:
//!   - name: mailer
//!     path: /system/               # default: /
//!     account: 123456789012        # default: the first account
//!     tags: { owner: ops }
//!     access_keys:                 # at most two
//!       - id: AKIAIOSFODNN7EXAMPLE # default: drawn from the seed, as is the secret
//!         secret: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
//!         status: Inactive         # default: Active
//!         created: 2026-10-14T08:00:00Z
//!         last_used: { at: 2026-11-24T11:00:00Z, service: ses, region: us-east-1 }
//! callers:                         # whoever is not here may do everything
//!   - access_key: AKIAROTATOR      # the key that signs
//!     role: rotator                # the role that refusals name
//!     policy: |
//!       {"Version": "2012-10-17", "Statement": []}
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use common::fault::chain;
use common::secret::SecretString;
use common::yaml::Cursor;
use jiff::Timestamp;

use super::instant::instant;
use super::read::{Home, each};
use crate::aws::iam::tags::Tags;
use crate::aws::iam::{KeyStatus, KeyUse};
use crate::aws::policy::{Policy, RolePolicy};

/// A user at the start.
#[derive(Debug, Clone)]
pub(crate) struct UserContent {
    pub(crate) account: Arc<str>,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) tags: Tags,
    pub(crate) keys: Vec<KeyContent>,
}

/// A key at the start. What is absent is drawn.
#[derive(Debug, Clone)]
pub(crate) struct KeyContent {
    pub(crate) id: Option<String>,
    pub(crate) secret: Option<SecretString>,
    pub(crate) status: KeyStatus,
    pub(crate) created: Timestamp,
    pub(crate) last_used: Option<KeyUse>,
}

/// Reads the list of users. Names are unique over all accounts, so that a name is enough for a
/// person.
pub(super) fn users(home: &Home<'_>, list: &Cursor<'_>) -> Vec<UserContent> {
    let mut users: Vec<UserContent> = Vec::new();
    let mut ids = BTreeSet::new();
    for item in list.items().unwrap_or_default() {
        let Some(user) = user(home, &item) else {
            continue;
        };
        if users.iter().any(|it| it.name == user.name) {
            item.error(format!("repeats the user {}", user.name));
        }
        for id in user.keys.iter().filter_map(|key| key.id.clone()) {
            if let Some(id) = ids.replace(id) {
                item.error(format!("repeats the access key {id}"));
            }
        }
        users.push(user);
    }
    users
}

fn user(home: &Home<'_>, item: &Cursor<'_>) -> Option<UserContent> {
    let mut fields = item.fields()?;
    let name = fields.required("name").and_then(|it| it.string());
    let path = fields.get("path").and_then(|it| path(&it));
    let account = home.account(fields.get("account"));
    let tags = fields.get("tags").map(|it| tags(&it));
    let keys = fields.get("access_keys").map(|it| {
        let keys = each(&it, key);
        if keys.len() > 2 {
            it.error("must have at most two keys");
        }
        keys
    });
    fields.deny_unknown();
    Some(UserContent {
        account: account?,
        name: name?,
        path: path.unwrap_or_else(|| "/".to_owned()),
        tags: tags.flatten().unwrap_or_default(),
        keys: keys.unwrap_or_default(),
    })
}

fn path(value: &Cursor<'_>) -> Option<String> {
    let path = value.string()?;
    if path.starts_with('/') && path.ends_with('/') {
        return Some(path);
    }
    value.error("must begin and end with a slash");
    None
}

fn tags(mapping: &Cursor<'_>) -> Option<Tags> {
    let entries = mapping.entries()?;
    let texts: Vec<_> = entries
        .iter()
        .filter_map(|(key, value)| Some((key.text.as_str(), value.source_text()?)))
        .collect();
    let pairs: Vec<_> = texts
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    Tags::default()
        .with(&pairs)
        .map_err(|error| mapping.error(format!("are refused by IAM: {error}")))
        .ok()
}

fn key(item: &Cursor<'_>) -> Option<KeyContent> {
    let mut fields = item.fields()?;
    let id = fields.get("id").and_then(|it| {
        let is_one = |rest: &str| rest.len() == 16 && rest.bytes().all(is_id_byte);
        let what = "must be AKIA and sixteen upper-case letters or digits";
        formed(&it, what, |id| id.strip_prefix("AKIA").is_some_and(is_one))
    });
    let secret = fields.get("secret").and_then(|it| {
        let allowed = |it: u8| it.is_ascii_alphanumeric() || b"/+".contains(&it);
        let what = "must be forty characters of A-Z, a-z, 0-9, / and +";
        formed(&it, what, |text| {
            text.len() == 40 && text.bytes().all(allowed)
        })
    });
    let status = fields.get("status").and_then(|it| status(&it));
    let created = fields.required("created").and_then(|it| instant(&it));
    let last_used = fields.get("last_used").and_then(|it| last_used(&it));
    fields.deny_unknown();
    Some(KeyContent {
        id,
        secret: secret.map(Into::into),
        status: status.unwrap_or(KeyStatus::Active),
        created: created?,
        last_used,
    })
}

fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit()
}

/// A text of a certain form; `what` describes it.
fn formed(value: &Cursor<'_>, what: &str, is_formed: impl Fn(&str) -> bool) -> Option<String> {
    let text = value.string()?;
    if is_formed(&text) {
        return Some(text);
    }
    value.error(what);
    None
}

fn status(value: &Cursor<'_>) -> Option<KeyStatus> {
    let text = value.string()?;
    let found = KeyStatus::ALL.into_iter().find(|it| it.as_str() == text);
    if found.is_none() {
        value.error("must be Active, Inactive or Expired");
    }
    found
}

fn last_used(value: &Cursor<'_>) -> Option<KeyUse> {
    let mut fields = value.fields()?;
    let at = fields.required("at").and_then(|it| instant(&it));
    let service = fields.required("service").and_then(|it| it.string());
    let region = fields.required("region").and_then(|it| it.string());
    fields.deny_unknown();
    Some(KeyUse {
        at: at?,
        service: service?,
        region: region?,
    })
}

/// Reads a caller: the key that it signs with, and what it may do.
pub(super) fn caller(item: &Cursor<'_>) -> Option<(String, RolePolicy)> {
    let mut fields = item.fields()?;
    let access_key = fields.required("access_key").and_then(|it| it.string());
    let role = fields.required("role").and_then(|it| it.string());
    let policy = fields.required("policy").and_then(|it| {
        Policy::from_json(&it.string()?)
            .map_err(|error| it.error(format!("cannot be enforced: {}", chain(&error))))
            .ok()
    });
    fields.deny_unknown();
    let policy = Arc::new(policy?);
    let role = role?;
    Some((access_key?, RolePolicy { role, policy }))
}

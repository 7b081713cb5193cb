//! The state of IAM: users with tags and access keys, as they are and as a lagging read sees them.
//!
//! It knows no wire and no permission. What refuses does so with AWS's own codes, for a call and
//! for a person alike.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use common::secret::SecretString;
use jiff::Timestamp;

use super::content::users::UserContent;
use super::draw::Draw;
use super::error::{LIMIT_EXCEEDED, NO_SUCH_ENTITY, ServiceError};

pub(crate) mod handle;
mod history;
pub(crate) mod last_used;
pub(crate) mod tags;

pub use self::handle::{IamHandle, KeyView, NewKey};
use self::history::History;
pub use self::last_used::KeyUse;
use self::last_used::{Uses, before};
use self::tags::Tags;

/// Keys a user may have, whatever their status.
const MAX_KEYS: usize = 2;

/// How late IAM tells and does what it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IamDelays {
    /// A list of keys or tags shows the state of so long ago.
    pub iam_lag: Duration,
    /// A fresh key authenticates only when it is so old.
    pub key_valid_after: Duration,
    /// A use of a key shows up in reports so long after it.
    pub last_used_delay: Duration,
    /// Reports round a use down to a multiple of this since the epoch.
    pub last_used_granularity: Duration,
}

impl Default for IamDelays {
    /// Reads are fresh and keys valid at once; last-used comes in steps of 15 minutes, 15 minutes
    /// late.
    fn default() -> Self {
        Self {
            iam_lag: Duration::ZERO,
            key_valid_after: Duration::ZERO,
            last_used_delay: Duration::from_mins(15),
            last_used_granularity: Duration::from_mins(15),
        }
    }
}

/// The status of an access key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStatus {
    /// It signs.
    Active,
    /// It does not, until somebody activates it.
    Inactive,
    /// Retired by AWS.
    Expired,
}

impl KeyStatus {
    /// Every status.
    pub(crate) const ALL: [Self; 3] = [Self::Active, Self::Inactive, Self::Expired];

    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Inactive => "Inactive",
            Self::Expired => "Expired",
        }
    }
}

impl fmt::Display for KeyStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An access key of a user.
#[derive(Debug, Clone)]
pub(crate) struct AccessKey {
    pub(crate) id: String,
    pub(crate) secret: SecretString,
    pub(crate) status: KeyStatus,
    pub(crate) created: Timestamp,
}

/// What a user has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Belongings {
    /// In the order of their creation.
    pub(crate) keys: Vec<AccessKey>,
    pub(crate) tags: Tags,
}

/// A user.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) account: Arc<str>,
    pub(crate) name: String,
    pub(crate) arn: String,
    belongings: History<Belongings>,
}

/// All users of all accounts.
#[derive(Debug)]
pub(crate) struct Iam {
    users: Vec<User>,
    uses: BTreeMap<String, Uses>,
    pub(crate) delays: IamDelays,
    draw: Draw,
}

impl Iam {
    pub(crate) fn new(content: &[UserContent], delays: IamDelays, seed: u64) -> Self {
        let mut draw = Draw::new(seed);
        let mut uses: BTreeMap<String, Uses> = BTreeMap::new();
        let users = content.iter().map(|user| {
            let keys = user.keys.iter().map(|key| {
                let id = key.id.clone().unwrap_or_else(|| draw.access_key_id());
                let drawn = || draw.secret_access_key().into();
                let secret = key.secret.clone().unwrap_or_else(drawn);
                if let Some(used) = &key.last_used {
                    uses.entry(id.clone()).or_default().record(used.clone());
                }
                AccessKey {
                    id,
                    secret,
                    status: key.status,
                    created: key.created,
                }
            });
            User {
                account: Arc::clone(&user.account),
                name: user.name.clone(),
                arn: format!(
                    "arn:aws:iam::{}:user{}{}",
                    user.account, user.path, user.name
                ),
                belongings: History::new(Belongings {
                    keys: keys.collect(),
                    tags: user.tags.clone(),
                }),
            }
        });
        Self {
            users: users.collect(),
            uses,
            delays,
            draw,
        }
    }

    /// The user `name` of `account`.
    pub(crate) fn user(&self, account: &str, name: &str) -> Result<&User, ServiceError> {
        self.users
            .iter()
            .find(|user| &*user.account == account && user.name == name)
            .ok_or_else(|| no_user(name))
    }

    fn user_mut(&mut self, account: &str, name: &str) -> Result<&mut User, ServiceError> {
        self.users
            .iter_mut()
            .find(|user| &*user.account == account && user.name == name)
            .ok_or_else(|| no_user(name))
    }

    /// The account of the user `name`: names are unique in a content.
    fn account_of(&self, name: &str) -> Result<Arc<str>, ServiceError> {
        let user = self.users.iter().find(|user| user.name == name);
        user.map(|user| Arc::clone(&user.account))
            .ok_or_else(|| no_user(name))
    }

    /// The key `id` as it is, and whose it is.
    pub(crate) fn key(&self, id: &str) -> Option<(&User, &AccessKey)> {
        self.users.iter().find_map(|user| {
            let keys = &user.belongings.latest().keys;
            Some((user, keys.iter().find(|key| key.id == id)?))
        })
    }

    /// Whether `key` authenticates at `now`.
    pub(crate) fn is_usable(&self, key: &AccessKey, now: Timestamp) -> bool {
        key.status == KeyStatus::Active && key.created <= before(now, self.delays.key_valid_after)
    }

    /// What a read at `now` sees of `user`.
    pub(crate) fn seen<'u>(&self, user: &'u User, now: Timestamp) -> &'u Belongings {
        user.belongings.as_of(before(now, self.delays.iam_lag))
    }

    /// Whose key `id` is, as a read at `now` sees it.
    pub(crate) fn owner_seen(&self, id: &str, now: Timestamp) -> Option<&User> {
        let owns = |user: &&User| self.seen(user, now).keys.iter().any(|key| key.id == id);
        self.users.iter().find(owns)
    }

    /// The last use of the key `id` that a read at `now` reports.
    pub(crate) fn last_used(&self, id: &str, now: Timestamp) -> Option<KeyUse> {
        let IamDelays {
            last_used_delay,
            last_used_granularity,
            ..
        } = self.delays;
        self.uses
            .get(id)?
            .reported(now, last_used_delay, last_used_granularity)
    }

    pub(crate) fn record_use(&mut self, id: &str, used: KeyUse, now: Timestamp) {
        let uses = self.uses.entry(id.to_owned()).or_default();
        uses.record(used);
        uses.forget(now, self.delays.last_used_delay);
    }

    /// Makes a key for a user who has fewer than two.
    pub(crate) fn create_key(
        &mut self,
        account: &str,
        name: &str,
        now: Timestamp,
    ) -> Result<AccessKey, ServiceError> {
        let key = AccessKey {
            id: self.draw.access_key_id(),
            secret: self.draw.secret_access_key().into(),
            status: KeyStatus::Active,
            created: now,
        };
        let user = self.user_mut(account, name)?;
        if user.belongings.latest().keys.len() >= MAX_KEYS {
            let message = format!("Cannot exceed quota for AccessKeysPerUser: {MAX_KEYS}");
            return Err(ServiceError::new(LIMIT_EXCEEDED, message));
        }
        let kept = key.clone();
        user.belongings.change(now, |it| it.keys.push(kept));
        Ok(key)
    }

    pub(crate) fn set_status(
        &mut self,
        account: &str,
        name: &str,
        id: &str,
        status: KeyStatus,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        let user = self.user_mut(account, name)?;
        user.own(id)?;
        user.belongings.change(now, |it| {
            for key in it.keys.iter_mut().filter(|key| key.id == id) {
                key.status = status;
            }
        });
        Ok(())
    }

    pub(crate) fn delete_key(
        &mut self,
        account: &str,
        name: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        let user = self.user_mut(account, name)?;
        user.own(id)?;
        user.belongings
            .change(now, |it| it.keys.retain(|key| key.id != id));
        Ok(())
    }

    pub(crate) fn tag(
        &mut self,
        account: &str,
        name: &str,
        more: &[(&str, &str)],
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        let user = self.user_mut(account, name)?;
        let tags = user.belongings.latest().tags.with(more)?;
        user.belongings.change(now, |it| it.tags = tags);
        Ok(())
    }

    pub(crate) fn untag(
        &mut self,
        account: &str,
        name: &str,
        keys: &[&str],
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        let user = self.user_mut(account, name)?;
        user.belongings
            .change(now, |it| it.tags = it.tags.without(keys));
        Ok(())
    }
}

impl User {
    /// What it really has.
    pub(crate) fn belongings(&self) -> &Belongings {
        self.belongings.latest()
    }

    fn own(&self, id: &str) -> Result<(), ServiceError> {
        let keys = &self.belongings.latest().keys;
        if keys.iter().any(|key| key.id == id) {
            return Ok(());
        }
        Err(no_key(id))
    }
}

fn no_user(name: &str) -> ServiceError {
    let message = format!("The user with name {name} cannot be found.");
    ServiceError::new(NO_SUCH_ENTITY, message)
}

pub(crate) fn no_key(id: &str) -> ServiceError {
    let message = format!("The Access Key with id {id} cannot be found.");
    ServiceError::new(NO_SUCH_ENTITY, message)
}

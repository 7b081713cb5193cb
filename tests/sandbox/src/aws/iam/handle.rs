//! IAM as a person at the console sees and changes it: without lag, and stamped with the
//! simulator's clock.

use common::secret::SecretString;
use jiff::Timestamp;

use super::last_used::KeyUse;
use super::{IamDelays, KeyStatus};
use crate::aws::error::ServiceError;
use crate::aws::state::State;

/// IAM in a person's hands. Users are found by name in whichever account they are.
///
/// What AWS would refuse is refused here too, with the same code.
#[derive(Debug, Clone, Copy)]
pub struct IamHandle<'s> {
    state: &'s State,
}

/// A key as it is.
#[derive(Debug, Clone)]
pub struct KeyView {
    /// The id.
    pub id: String,
    /// Whose it is.
    pub user: String,
    /// The secret access key.
    pub secret: SecretString,
    /// Whether it is meant to sign.
    pub status: KeyStatus,
    /// When it was made.
    pub created: Timestamp,
    /// Whether it authenticates now: Active, and old enough to be known everywhere.
    pub usable: bool,
}

/// A key that was just made.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The id.
    pub id: String,
    /// The secret access key.
    pub secret: SecretString,
}

type Done<T> = Result<T, ServiceError>;

impl<'s> IamHandle<'s> {
    pub(crate) const fn new(state: &'s State) -> Self {
        Self { state }
    }

    /// Sets how late IAM is from now on.
    pub fn set_delays(&self, delays: IamDelays) {
        self.state.ledger().iam().delays = delays;
    }

    /// The key `id`, if it exists.
    pub fn key(&self, id: &str) -> Option<KeyView> {
        let ledger = self.state.ledger();
        let iam = ledger.iam();
        let now = self.state.now();
        let (user, key) = iam.key(id)?;
        Some(KeyView {
            id: key.id.clone(),
            user: user.name.clone(),
            secret: key.secret.clone(),
            status: key.status,
            created: key.created,
            usable: iam.is_usable(key, now),
        })
    }

    /// The keys of `user` in the order of their creation.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn keys(&self, user: &str) -> Done<Vec<KeyView>> {
        let ids: Vec<_> = {
            let ledger = self.state.ledger();
            let iam = ledger.iam();
            let user = iam.user(&iam.account_of(user)?, user)?;
            let keys = user.belongings().keys.iter();
            keys.map(|key| key.id.clone()).collect()
        };
        Ok(ids.iter().filter_map(|id| self.key(id)).collect())
    }

    /// Makes a key now.
    ///
    /// # Errors
    /// `NoSuchEntity`; `LimitExceeded` for a user with two keys.
    pub fn create_key(&self, user: &str) -> Done<NewKey> {
        let ledger = self.state.ledger();
        let mut iam = ledger.iam();
        let account = iam.account_of(user)?;
        let key = iam.create_key(&account, user, self.state.now())?;
        Ok(NewKey {
            id: key.id,
            secret: key.secret,
        })
    }

    /// Changes the status of the key `id`.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn set_status(&self, user: &str, id: &str, status: KeyStatus) -> Done<()> {
        let ledger = self.state.ledger();
        let mut iam = ledger.iam();
        let account = iam.account_of(user)?;
        iam.set_status(&account, user, id, status, self.state.now())
    }

    /// Deletes the key `id`.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn delete_key(&self, user: &str, id: &str) -> Done<()> {
        let ledger = self.state.ledger();
        let mut iam = ledger.iam();
        let account = iam.account_of(user)?;
        iam.delete_key(&account, user, id, self.state.now())
    }

    /// Notes that the key `id` was used at `at`. Keys that do not exist are noted too.
    pub fn mark_used(&self, id: &str, at: Timestamp, service: &str, region: &str) {
        let used = KeyUse {
            at,
            service: service.to_owned(),
            region: region.to_owned(),
        };
        let now = self.state.now();
        self.state.ledger().iam().record_use(id, used, now);
    }

    /// Notes that the key `id` is used now: for servers that authenticate with it.
    pub fn record_use(&self, id: &str, service: &str, region: &str) {
        self.mark_used(id, self.state.now(), service, region);
    }

    /// The tags of `user`, ordered by key.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn tags(&self, user: &str) -> Done<Vec<(String, String)>> {
        let ledger = self.state.ledger();
        let iam = ledger.iam();
        let user = iam.user(&iam.account_of(user)?, user)?;
        Ok(user.belongings().tags.as_slice().to_vec())
    }

    /// Sets tags.
    ///
    /// # Errors
    /// `NoSuchEntity`, `ValidationError`, `InvalidInput`, `LimitExceeded`.
    pub fn tag(&self, user: &str, tags: &[(&str, &str)]) -> Done<()> {
        let ledger = self.state.ledger();
        let mut iam = ledger.iam();
        let account = iam.account_of(user)?;
        iam.tag(&account, user, tags, self.state.now())
    }

    /// Removes tags.
    ///
    /// # Errors
    /// `NoSuchEntity`.
    pub fn untag(&self, user: &str, keys: &[&str]) -> Done<()> {
        let ledger = self.state.ledger();
        let mut iam = ledger.iam();
        let account = iam.account_of(user)?;
        iam.untag(&account, user, keys, self.state.now())
    }
}

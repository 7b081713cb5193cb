//! What callers and people change while the simulator runs, as opposed to the content that they
//! only read.

use std::sync::{Mutex, MutexGuard};

use super::content::Content;
use super::iam::{Iam, IamDelays};
use super::policy::Policies;
use super::secrets::Vault;
use super::state::lock;

/// The changeable state of all accounts.
#[derive(Debug)]
pub(crate) struct Ledger {
    iam: Mutex<Iam>,
    vault: Mutex<Vault>,
    policies: Mutex<Policies>,
}

impl Ledger {
    /// The state that `content` starts with; names that it leaves open are drawn from `seed`.
    pub(crate) fn new(content: &Content, delays: IamDelays, seed: u64) -> Self {
        Self {
            iam: Mutex::new(Iam::new(&content.users, delays, seed)),
            vault: Mutex::new(Vault::new(&content.secrets, seed)),
            policies: Mutex::new(Policies::new(&content.callers)),
        }
    }

    pub(crate) fn iam(&self) -> MutexGuard<'_, Iam> {
        lock(&self.iam)
    }

    pub(crate) fn vault(&self) -> MutexGuard<'_, Vault> {
        lock(&self.vault)
    }

    pub(crate) fn policies(&self) -> MutexGuard<'_, Policies> {
        lock(&self.policies)
    }
}

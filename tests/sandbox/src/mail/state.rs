//! What the server holds while it runs: shared by its thread and the handle that tests hold.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::watch;

use super::Options;
use super::authority::Authority;
use super::fault::{Fault, Faults, Stage, Struck};
use super::message::Mail;
use super::reply::Reply;

/// Something that a client was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// When, by the server's clock.
    pub at: Timestamp,
    /// Who was logged in or tried to.
    pub user: Option<String>,
    /// What for.
    pub stage: Stage,
    /// What was said; `None` when the connection was cut, fell silent, or TLS failed.
    pub reply: Option<Reply>,
}

pub(super) struct State {
    pub(super) authority: Arc<dyn Authority>,
    pub(super) options: Options,
    faults: Mutex<Faults>,
    mails: Mutex<Vec<Mail>>,
    refusals: Mutex<Vec<Refusal>>,
    deliveries: watch::Sender<u64>,
    connections: AtomicU64,
}

impl State {
    pub(super) fn new(authority: Arc<dyn Authority>, mut options: Options) -> Self {
        let faults = std::mem::take(&mut options.faults);
        Self {
            authority,
            options,
            faults: Mutex::new(Faults::new(faults)),
            mails: Mutex::default(),
            refusals: Mutex::default(),
            deliveries: watch::Sender::new(0),
            connections: AtomicU64::new(0),
        }
    }

    /// Counts a connection and returns what strikes it.
    pub(super) fn connect(&self) -> Struck {
        self.connections.fetch_add(1, Ordering::Relaxed);
        lock(&self.faults).strike()
    }

    pub(super) fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }

    pub(super) fn inject(&self, fault: Fault) {
        lock(&self.faults).add(fault);
    }

    pub(super) fn clear_faults(&self) {
        *lock(&self.faults) = Faults::default();
    }

    /// Keeps a mail and returns its number, counted from 1.
    pub(super) fn deliver(&self, mail: Mail) -> u64 {
        lock(&self.mails).push(mail);
        let mut number = 0;
        self.deliveries.send_modify(|delivered| {
            *delivered += 1;
            number = *delivered;
        });
        number
    }

    pub(super) fn refuse(&self, stage: Stage, user: Option<&str>, reply: Option<&Reply>) {
        lock(&self.refusals).push(Refusal {
            at: self.options.clock.now(),
            user: user.map(str::to_owned),
            stage,
            reply: reply.cloned(),
        });
    }

    pub(super) fn mails(&self) -> Vec<Mail> {
        lock(&self.mails).clone()
    }

    pub(super) fn refusals(&self) -> Vec<Refusal> {
        lock(&self.refusals).clone()
    }

    /// Changes with every delivery.
    pub(super) fn deliveries(&self) -> watch::Receiver<u64> {
        self.deliveries.subscribe()
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

/// No invariant spans two statements under a lock, so a poisoned one is as good as any.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

//! What the simulator holds while it runs. Everything may be exchanged between two calls.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use common::clock::Clock;
use jiff::{SignedDuration, Timestamp};

use super::Options;
use super::calls::CallLog;
use super::content::Content;
use super::faults::{Fault, Faults};
use super::ledger::Ledger;
use super::traffic::{Latency, Throttle};
use super::world::World;

/// Shared by the server and by the handle that tests hold.
#[derive(Debug)]
pub(crate) struct State {
    world: Mutex<Arc<World>>,
    ledger: Mutex<Arc<Ledger>>,
    seed: u64,
    clock: Mutex<Clock>,
    skew: Mutex<SignedDuration>,
    faults: Mutex<Faults>,
    throttle: Mutex<Throttle>,
    log: Mutex<CallLog>,
    pub(crate) latency: Latency,
    sequence: AtomicU64,
}

impl State {
    pub(crate) fn new(content: Content, options: Options) -> Self {
        let ledger = Ledger::new(&content, options.iam, options.seed);
        Self {
            world: Mutex::new(Arc::new(World::new(content))),
            ledger: Mutex::new(Arc::new(ledger)),
            seed: options.seed,
            clock: Mutex::new(options.clock),
            skew: Mutex::default(),
            faults: Mutex::new(Faults::new(options.faults)),
            throttle: Mutex::new(Throttle::new(options.limits)),
            log: Mutex::default(),
            latency: options.latency,
            sequence: AtomicU64::new(0),
        }
    }

    pub(crate) fn world(&self) -> Arc<World> {
        Arc::clone(&lock(&self.world))
    }

    pub(crate) fn ledger(&self) -> Arc<Ledger> {
        Arc::clone(&lock(&self.ledger))
    }

    /// Exchanges the world and starts the ledger anew from it; delays stay.
    pub(crate) fn set_content(&self, content: Content) {
        let delays = self.ledger().iam().delays;
        *lock(&self.ledger) = Arc::new(Ledger::new(&content, delays, self.seed));
        *lock(&self.world) = Arc::new(World::new(content));
    }

    /// AWS's time: the clock's, off by the skew.
    pub(crate) fn now(&self) -> Timestamp {
        let (now, skew) = (lock(&self.clock).now(), *lock(&self.skew));
        now.checked_add(skew).unwrap_or(now)
    }

    pub(crate) fn set_skew(&self, skew: SignedDuration) {
        *lock(&self.skew) = skew;
    }

    pub(crate) fn set_clock(&self, clock: Clock) {
        *lock(&self.clock) = clock;
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    /// Replaces all faults.
    pub(crate) fn set_faults(&self, faults: Vec<Fault>) {
        *self.faults() = Faults::new(faults);
    }

    pub(crate) fn throttle(&self) -> MutexGuard<'_, Throttle> {
        lock(&self.throttle)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, CallLog> {
        lock(&self.log)
    }

    /// The number of the next call.
    pub(crate) fn next_call(&self) -> u64 {
        self.sequence.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// No invariant spans two statements under a lock, so a poisoned one is as good as any.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

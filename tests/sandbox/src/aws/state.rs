//! What the simulator holds while it runs. Everything may be exchanged between two calls.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use common::clock::Clock;

use super::Options;
use super::calls::CallLog;
use super::content::Content;
use super::faults::{Fault, Faults};
use super::traffic::{Latency, Throttle};
use super::world::World;

/// Shared by the server and by the handle that tests hold.
#[derive(Debug)]
pub(crate) struct State {
    world: Mutex<Arc<World>>,
    clock: Mutex<Clock>,
    faults: Mutex<Faults>,
    throttle: Mutex<Throttle>,
    log: Mutex<CallLog>,
    pub(crate) latency: Latency,
    sequence: AtomicU64,
}

impl State {
    pub(crate) fn new(content: Content, options: Options) -> Self {
        Self {
            world: Mutex::new(Arc::new(World::new(content))),
            clock: Mutex::new(options.clock),
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

    pub(crate) fn set_content(&self, content: Content) {
        *lock(&self.world) = Arc::new(World::new(content));
    }

    pub(crate) fn clock(&self) -> Clock {
        lock(&self.clock).clone()
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
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

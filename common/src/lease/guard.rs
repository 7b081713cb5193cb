//! A Lease that is held: asked before every effect, renewed when it is due, given back at the end.

use std::sync::{Mutex as SyncMutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease as Object;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::error::{LeaseError, LeaseLost};
use super::record::{self, Notes};
use super::{Lease, MAX_CONFLICTS, SAFETY};
use crate::clock::Clock;
use crate::cluster::Kind;
use crate::fault::chain;

/// After a failed renewal, checks do not call again for so long.
const PAUSE: Duration = Duration::from_secs(5);

/// The Lease is ours as long as [`Self::check`] says so.
///
/// Nothing renews it in the background: whoever waits for long has to check meanwhile. Dropped
/// without [`Self::release`] it stays ours until its time is over or the pod has ended.
#[derive(Debug)]
pub struct Guard {
    lease: Lease,
    held: Mutex<Held>,
    notes: SyncMutex<NoteBook>,
}

#[derive(Debug)]
struct Held {
    object: Object,
    renewed: Moment,
    tried: Moment,
    lost: Option<LeaseLost>,
}

/// The notes as we see them, and what of them is not written yet.
#[derive(Debug, Default)]
struct NoteBook {
    all: Notes,
    unwritten: Notes,
}

impl Guard {
    pub(super) fn new(lease: Lease, object: Object, taken: Moment) -> Self {
        let all = record::notes(&object);
        Self {
            lease,
            held: Mutex::new(Held {
                object,
                renewed: taken,
                tried: taken,
                lost: None,
            }),
            notes: SyncMutex::new(NoteBook {
                all,
                unwritten: Notes::new(),
            }),
        }
    }

    /// To be asked before every effect. Makes a call only when a renewal is due.
    ///
    /// A renewal that fails is told and tried again at later checks, until another run could take
    /// the Lease.
    ///
    /// # Errors
    /// When the Lease is not ours any more, or may not be; from then on always.
    pub async fn check(&self) -> Result<(), LeaseLost> {
        let mut held = self.held.lock().await;
        if let Some(lost) = &held.lost {
            return Err(lost.clone());
        }
        let clock = &self.lease.clock;
        let terms = self.lease.terms;
        let unrenewed = held.renewed.elapsed(clock);
        let limit = terms.duration.saturating_sub(SAFETY);
        let is_pause = held.tried.elapsed(clock) < PAUSE && held.tried != held.renewed;
        if unrenewed < terms.renew_every || (is_pause && unrenewed < limit) {
            return Ok(());
        }
        match self.update(&mut held, Update::Renew).await {
            Ok(()) => Ok(()),
            Err(LeaseError::Lost(lost)) => Err(lost),
            Err(LeaseError::Call(error)) if held.renewed.elapsed(clock) < limit => {
                tracing::warn!("Lease not renewed, trying again: {}", chain(&error));
                Ok(())
            }
            Err(LeaseError::Call(error)) => {
                let lost = LeaseLost::NotRenewed {
                    lease: self.lease.name.clone(),
                    seconds: held.renewed.elapsed(clock).as_secs(),
                    source: Box::new(error),
                };
                held.lost = Some(lost.clone());
                Err(lost)
            }
        }
    }

    /// Durable state that runs leave to each other, by name.
    pub fn notes(&self) -> Notes {
        self.book(|book| book.all.clone())
    }

    /// Sets a note. It is written with the next update of the Lease: a renewal, [`Self::save`] or
    /// [`Self::release`].
    pub fn note(&self, name: &str, value: impl Into<String>) {
        let value = value.into();
        self.book(|book| {
            book.all.insert(name.to_owned(), value.clone());
            book.unwritten.insert(name.to_owned(), value);
        });
    }

    /// Writes the notes now, and renews the Lease with that.
    ///
    /// # Errors
    /// When the Lease is lost, or the call fails.
    pub async fn save(&self) -> Result<(), LeaseError> {
        let mut held = self.held.lock().await;
        self.update(&mut held, Update::Renew).await
    }

    /// Gives the Lease back, with all notes in it.
    ///
    /// # Errors
    /// When the Lease is lost, or the call fails. The next run then finds out that this pod has
    /// ended, or waits.
    pub async fn release(self) -> Result<(), LeaseError> {
        let mut held = self.held.lock().await;
        self.update(&mut held, Update::Release).await
    }

    /// Writes the Lease if it is as we left it. If it is not, but still ours, somebody has edited
    /// something else of it: their edit stays, and we write again.
    async fn update(&self, held: &mut Held, update: Update) -> Result<(), LeaseError> {
        if let Some(lost) = &held.lost {
            return Err(LeaseError::Lost(lost.clone()));
        }
        let Lease { terms, clock, .. } = &self.lease;
        let mut conflicts = 0;
        loop {
            let begun = Moment::now(clock);
            held.tried = begun;
            let notes = self.book(|book| book.unwritten.clone());
            let mut object = held.object.clone();
            record::note(&mut object, &notes);
            match update {
                Update::Renew => record::renew(&mut object, *terms, begun.wall),
                Update::Release => record::release(&mut object, begun.wall),
            }
            match self.lease.write(&object).await {
                Ok(written) => {
                    self.adopt(held, written, &notes);
                    held.renewed = begun;
                    return Ok(());
                }
                Err(error) if error.kind == Kind::Conflict && conflicts < MAX_CONFLICTS => {
                    conflicts += 1;
                    let current = self.lease.read().await.map_err(LeaseError::Call)?;
                    self.still_ours(&current).map_err(|lost| {
                        held.lost = Some(lost.clone());
                        LeaseError::Lost(lost)
                    })?;
                    self.adopt(held, current, &Notes::new());
                }
                Err(error) => return Err(LeaseError::Call(error)),
            }
        }
    }

    fn still_ours(&self, object: &Object) -> Result<(), LeaseLost> {
        let lease = self.lease.name.clone();
        match record::holder(object) {
            Some(holder) if holder == self.lease.me.as_str() => Ok(()),
            Some(holder) => Err(LeaseLost::TakenOver {
                lease,
                holder: holder.to_owned(),
            }),
            None => Err(LeaseLost::Cleared { lease }),
        }
    }

    /// Goes on from this object, in which these notes have been written.
    fn adopt(&self, held: &mut Held, object: Object, written: &Notes) {
        let stored = record::notes(&object);
        held.object = object;
        self.book(|book| {
            // One that was changed during the call is still to be written.
            book.unwritten
                .retain(|name, value| written.get(name) != Some(value));
            book.all = stored;
            book.all.extend(book.unwritten.clone());
        });
    }

    fn book<T>(&self, with: impl FnOnce(&mut NoteBook) -> T) -> T {
        with(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[derive(Debug, Clone, Copy)]
enum Update {
    Renew,
    Release,
}

/// A point in time on two clocks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moment {
    pub(super) wall: Timestamp,
    steady: Instant,
}

impl Moment {
    pub(super) fn now(clock: &Clock) -> Self {
        Self {
            wall: clock.now(),
            steady: Instant::now(),
        }
    }

    /// Time since then: the longer one, so that a clock that is set back does not make it shorter.
    fn elapsed(self, clock: &Clock) -> Duration {
        let wall = clock.now().duration_since(self.wall);
        let wall = Duration::try_from(wall).unwrap_or_default();
        wall.max(self.steady.elapsed())
    }
}

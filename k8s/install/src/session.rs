//! What the commands share that change a cluster: a look, the lock, and one effect after the other.

use common::exit::Exit;
use common::fault::Failure;
use common::process::{Context, stopped_conclusion};
use common::report::Conclusion;
use common::trouble::Trouble;

use crate::lock::Lock;
use crate::target::Target;

/// Effects under the lock, counted.
#[derive(Debug)]
pub struct Session<'a> {
    /// Where.
    pub target: &'a Target,
    context: &'a Context,
    lock: Lock,
    changes: u64,
}

/// How a run ends that was under way.
pub type Ended = Result<Conclusion, Failure>;

impl<'a> Session<'a> {
    /// Takes the lock; `None` when told to stop meanwhile.
    ///
    /// # Errors
    /// When somebody else has it.
    pub async fn begin(
        target: &'a Target,
        context: &'a Context,
        changes: u64,
    ) -> Result<Option<Self>, Failure> {
        let lock = Lock::take(&target.api, context).await?;
        Ok(lock.map(|lock| Self {
            target,
            context,
            lock,
            changes,
        }))
    }

    /// Makes one effect, which says how many changes it made. It is never cut off; `None` when the run
    /// was told to stop before it.
    ///
    /// # Errors
    /// When it fails, or the lock is lost.
    pub async fn effect<T>(
        &mut self,
        what: &str,
        count: impl Fn(&T) -> u64,
        effect: impl Future<Output = Result<T, Failure>>,
    ) -> Result<Option<T>, Failure> {
        if self.context.cancel.is_cancelled() {
            return Ok(None);
        }
        self.lock.check().await?;
        tracing::info!("{what}");
        let done = self.lock.during(effect).await?;
        self.changes += count(&done);
        Ok(Some(done))
    }

    /// How many changes were made.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Ends the run: gives the lock back, and says what became of what was begun.
    ///
    /// # Errors
    /// The one that `work` ended with. After the first change it is half-done, whatever it was.
    pub async fn end(self, work: Result<Option<()>, Failure>) -> Ended {
        let changes = self.changes;
        self.lock.release().await;
        match work {
            Ok(Some(())) => Ok(Conclusion::done(changes)),
            Ok(None) => Ok(stopped(self.context, changes)),
            Err(failure) if changes > 0 => Ok(half_done(&failure, changes)),
            Err(failure) => Err(failure),
        }
    }

    /// The same where the Lease is to be deleted with everything else.
    ///
    /// # Errors
    /// As [`Self::end`].
    pub async fn end_and_forget(self, work: Result<Option<()>, Failure>) -> Ended {
        let (target, is_done) = (self.target, matches!(work, Ok(Some(()))));
        let ended = self.end(work).await;
        if is_done {
            crate::lock::forget(&target.api).await?;
        }
        ended
    }
}

/// Told to stop.
pub fn stopped(context: &Context, changes: u64) -> Conclusion {
    let mut conclusion = stopped_conclusion(&context.cancel);
    if changes > 0 {
        conclusion.exit = Exit::HalfDone;
    }
    Conclusion {
        changes,
        ..conclusion
    }
}

fn half_done(failure: &Failure, changes: u64) -> Conclusion {
    let trouble = Trouble {
        exit: match failure.fault().exit() {
            // A person must look, and running it again does not help.
            Exit::Drift => Exit::Drift,
            Exit::Done | Exit::Transient | Exit::Config | Exit::Denied | Exit::HalfDone => {
                Exit::HalfDone
            }
        },
        ..Trouble::of(failure.fault())
    };
    Conclusion {
        changes,
        ..Conclusion::from(Failure::from(trouble))
    }
}

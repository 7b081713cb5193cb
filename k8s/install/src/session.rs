//! What the commands share that change a cluster: a look, the lock, and one effect after the other.

use common::exit::Exit;
use common::fault::Failure;
use common::process::{self, Context, Hold, stopped_conclusion};
use common::report::Conclusion;
use common::trouble::Trouble;

use crate::lock::Lock;
use crate::target::Target;
use crate::verdict;

/// Effects under the lock, counted.
#[derive(Debug)]
pub struct Session<'a> {
    /// Where.
    pub target: &'a Target,
    context: &'a Context,
    lock: Lock,
    changes: u64,
    /// From the first effect on, as what follows belongs to it: what it left half-way, the lock, the report.
    hold: Option<Hold>,
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
            hold: (changes > 0).then(process::hold),
        }))
    }

    /// Makes one effect, which says how many changes it made. It is never cut off, and so must have a limit
    /// of its own; `None` when the run was told to stop before it.
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
        self.mend(what, count, effect).await.map(Some)
    }

    /// The same for an effect that belongs to one before it: it is made though the run was told to stop.
    ///
    /// # Errors
    /// When it fails, or the lock is lost.
    pub async fn mend<T>(
        &mut self,
        what: &str,
        count: impl Fn(&T) -> u64,
        effect: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        self.lock.check().await?;
        tracing::info!("{what}");
        if self.hold.is_none() {
            self.hold = Some(process::hold());
        }
        let done = self.lock.during(effect).await?;
        self.changes += count(&done);
        Ok(done)
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
        conclude(self.context, work, changes)
    }

    /// The same where a look at what was done follows. It may take longer than the Lease lasts and changes
    /// nothing, so the lock is given back before it.
    ///
    /// # Errors
    /// As [`Self::end`], and with what the look ends with.
    pub async fn end_and_look<T>(
        self,
        work: Result<Option<T>, Failure>,
        look: impl AsyncFnOnce(T) -> Result<Option<()>, Failure>,
    ) -> Ended {
        let changes = self.changes;
        self.lock.release().await;
        let work = match work {
            Ok(Some(done)) => Box::pin(look(done)).await,
            Ok(None) => Ok(None),
            Err(failure) => Err(failure),
        };
        conclude(self.context, work, changes)
    }

    /// The same where the Lease is to be deleted with everything else.
    ///
    /// # Errors
    /// As [`Self::end`].
    pub async fn end_and_forget(self, work: Result<Option<()>, Failure>) -> Ended {
        let changes = self.changes;
        let is_done = matches!(work, Ok(Some(())));
        self.lock.release().await;
        let forgotten = if is_done {
            crate::lock::forget(&self.target.api).await
        } else {
            Ok(())
        };
        let work = match forgotten {
            Ok(()) => work,
            Err(error) => Err(error.into()),
        };
        conclude(self.context, work, changes)
    }
}

fn conclude(context: &Context, work: Result<Option<()>, Failure>, changes: u64) -> Ended {
    match work {
        Ok(Some(())) => Ok(Conclusion::done(changes)),
        Ok(None) => Ok(stopped(context, changes)),
        Err(failure) if changes > 0 => Ok(half_done(&failure, changes)),
        Err(failure) => Err(failure),
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
    let fault = failure.fault();
    let trouble = Trouble {
        // What was installed whole is not half done, however well it does.
        exit: if fault.code() == verdict::UNHEALTHY.code {
            fault.exit()
        } else {
            Exit::HalfDone
        },
        ..Trouble::of(fault)
    };
    Conclusion {
        changes,
        ..Conclusion::from(Failure::from(trouble))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_ends_it_after_the_first_change_leaves_it_half_done() {
        for verdict in verdict::ALL {
            let conclusion = half_done(&verdict.because("").into(), 1);
            let expected = if verdict.code == "installed-and-unhealthy" {
                Exit::Drift
            } else {
                Exit::HalfDone
            };
            assert_eq!(conclusion.exit, expected, "{}", verdict.code);
            assert_eq!(conclusion.changes, 1);
        }
    }
}

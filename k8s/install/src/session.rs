//! What the commands share that change a cluster: a look, the lock, and one effect after the other.

use common::exit::Exit;
use common::fault::Failure;
use common::process::{self, Context, Hold, stopped_conclusion};
use common::report::Conclusion;
use common::trouble::Trouble;

use crate::lock::{self, Lock};
use crate::person;
use crate::target::Target;

/// Effects under the lock, counted.
#[derive(Debug)]
pub struct Session<'a> {
    /// Where.
    pub target: &'a Target,
    context: &'a Context,
    lock: Lock,
    changes: u64,
    done: Vec<String>,
    /// From the first effect on, as what follows belongs to it: what it left half-way, and the lock.
    hold: Option<Hold>,
}

/// How a run ended that was under way.
#[derive(Debug)]
pub struct Ended {
    /// What it comes to.
    pub conclusion: Conclusion,
    /// Each effect that has changed something, in the words of the log and in their order.
    pub done: Vec<String>,
}

impl Ended {
    /// A run that had nothing to do.
    pub fn with_nothing() -> Self {
        Self {
            conclusion: Conclusion::done(0),
            done: Vec::new(),
        }
    }
}

impl<'a> Session<'a> {
    /// Takes the lock, and plans once nobody else installs: what was planned before may no longer hold. `begun` is
    /// what had to be made before there could be a lock, in words.
    ///
    /// # Errors
    /// What the run comes to without lock or plan: somebody else has the lock, a call failed, the plan is refused,
    /// or the run was told to stop.
    pub async fn begin<T>(
        target: &'a Target,
        context: &'a Context,
        begun: Option<&str>,
        planning: impl Future<Output = Result<T, Failure>>,
    ) -> Result<(Self, T), Conclusion> {
        let changes = u64::from(begun.is_some());
        let done = begun.map(str::to_owned).into_iter().collect();
        let session = match Lock::take(&target.api, context).await {
            Ok(Some(lock)) => Self {
                target,
                context,
                lock,
                changes,
                done,
                hold: begun.map(|_| process::hold()),
            },
            untaken => {
                let (_, ended) = conclude(context, untaken, changes, done);
                return Err(ended.conclusion);
            }
        };
        match context.cancel.bound(planning).await.transpose() {
            Ok(Some(planned)) => Ok((session, planned)),
            unplanned => {
                let (_, ended) = session.end(unplanned).await;
                Err(ended.conclusion)
            }
        }
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
        let made = self.lock.during(effect).await?;
        let changes = count(&made);
        if changes > 0 {
            self.changes += changes;
            self.done.push(what.to_owned());
        }
        Ok(made)
    }

    /// How many changes were made.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Ends the run: gives the lock back, and says what became of what was begun. Returns what `work` came to,
    /// if it came to its end. Whatever else ends it after the first change leaves it half done.
    pub async fn end<T>(self, work: Result<Option<T>, Failure>) -> (Option<T>, Ended) {
        self.lock.release().await;
        conclude(self.context, work, self.changes, self.done)
    }

    /// The same where the Lease is to be deleted with everything else.
    pub async fn end_and_forget(self, work: Result<Option<()>, Failure>) -> Ended {
        self.lock.release().await;
        let work = match work {
            Ok(Some(())) => {
                let forgotten = lock::forget(&self.target.api).await;
                forgotten.map(Some).map_err(Failure::from)
            }
            unfinished => unfinished,
        };
        let (_, ended) = conclude(self.context, work, self.changes, self.done);
        ended
    }
}

fn conclude<T>(
    context: &Context,
    work: Result<Option<T>, Failure>,
    changes: u64,
    done: Vec<String>,
) -> (Option<T>, Ended) {
    let (whole, conclusion) = match work {
        Ok(Some(whole)) => (Some(whole), Conclusion::done(changes)),
        Ok(None) => (None, stopped(context, changes)),
        Err(failure) if changes > 0 => (None, half_done(&failure, changes)),
        Err(failure) => (None, person::failed(failure).into()),
    };
    (whole, Ended { conclusion, done })
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
        exit: Exit::HalfDone,
        ..person::told(failure.fault())
    };
    Conclusion {
        changes,
        ..Conclusion::from(Failure::from(trouble))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict;

    #[test]
    fn whatever_ends_it_after_the_first_change_leaves_it_half_done() {
        for verdict in verdict::ALL {
            let conclusion = half_done(&verdict.because("").into(), 1);
            assert_eq!(conclusion.exit, Exit::HalfDone, "{}", verdict.code);
            assert_eq!(conclusion.changes, 1);
        }
    }
}

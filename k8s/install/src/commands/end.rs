//! The end of a change, once the lock is free: what was done, how old the key is, what the other clusters need,
//! and whether everything is as it should be.
//!
//! It changes nothing and may take longer than the Lease lasts. So nobody waits for it who installs next, and
//! whoever stops it leaves nothing half done.

use std::time::Duration;

use common::exit::Exit;
use common::fault::{Failure, chain};
use common::output::{OutputError, print, print_json};
use common::process::{Cancellation, Context, stopped_conclusion};
use common::report::Conclusion;
use common::trouble::Trouble;
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::next;
use crate::cli::Output;
use crate::credentials::Credentials;
use crate::doctor::{Area, Installation, Report, View, examine};
use crate::mend::Mend;
use crate::report::{self, Account, Ending};
use crate::seen::Asking;
use crate::session::Ended;
use crate::target::Target;
use crate::verdict;

/// Operator, kubelet and reloaders have so long to bring into force what was installed: a file takes up to two
/// minutes to the replicas, and so does one with rules.
const PATIENCE: Duration = Duration::from_mins(5);

/// Pause between two looks.
const PAUSE: Duration = Duration::from_secs(10);

/// After a first installation no job has pushed yet and no mail was due: what is seen there is of before.
const TOO_EARLY: [Area; 2] = [Area::Pushgateway, Area::Mail];

/// Where something was changed, and how that is told.
#[derive(Debug, Clone, Copy)]
pub(super) struct End<'a> {
    pub(super) target: &'a Target,
    pub(super) form: Output,
    pub(super) context: &'a Context,
}

/// What should be there when all was done.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) installation: Installation,
    /// The chart's version, where the checkout may hold another one: what is advised must not undo this one.
    pub(super) version: Option<String>,
    /// Whether our chart was not there before.
    pub(super) is_first: bool,
}

impl End<'_> {
    /// Tells programs what was done of `plan`.
    pub(super) fn tell(&self, plan: &impl Serialize, ended: Ended) -> Conclusion {
        let Ended { conclusion, done } = ended;
        let told = self.tell_programs(&Account::of(plan, &done, &conclusion));
        or_untold(conclusion, told)
    }

    /// The same where all of it was done, with what follows from that; `expected` is absent where nothing of it
    /// can be ready yet. Told to stop, it leaves out what it has not come to.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub(super) async fn look_back(
        &self,
        plan: &impl Serialize,
        ended: Ended,
        credentials: &Credentials,
        expected: Option<&Expected>,
    ) -> Result<Conclusion, Failure> {
        let Ended { conclusion, done } = ended;
        let cancel = &self.context.cancel;
        let ending = cancel.bound(Box::pin(self.ending(credentials))).await;
        if let Some(ending) = &ending {
            report::show_end(ending, self.form)?;
        }
        let (conclusion, report) = match expected {
            None => (conclusion, None),
            Some(expected) => {
                // Where nothing was changed nothing is on its way.
                let patience = if conclusion.changes == 0 {
                    Duration::ZERO
                } else {
                    PATIENCE
                };
                let looking = Box::pin(self.settled(expected, patience));
                let report = cancel.bound(looking).await;
                let mend = self.target.mend();
                let judged = judge(conclusion, report.as_ref(), expected, mend, cancel);
                (judged, report)
            }
        };
        if let (Output::Text, Some(report)) = (self.form, &report) {
            print(|out| report.render(out))?;
        }
        let told = self.tell_programs(&Account {
            ending: ending.as_ref(),
            report: report.as_ref().map(Report::document),
            ..Account::of(plan, &done, &conclusion)
        });
        Ok(or_untold(conclusion, told))
    }

    fn tell_programs(&self, account: &impl Serialize) -> Result<(), OutputError> {
        match self.form {
            Output::Json => print_json(account),
            Output::Text => Ok(()),
        }
    }

    async fn ending(&self, credentials: &Credentials) -> Ending {
        let due_after = self.target.installation.rotation.policy.rotate_after;
        let now = self.context.clock.now();
        Ending {
            key: credentials.key_age(now, due_after).await,
            next: next::others(self.target, credentials, self.context).await,
        }
    }

    /// Looks until time alone mends nothing any more, or patience is at its end.
    async fn settled(&self, expected: &Expected, patience: Duration) -> Report {
        let target = self.target;
        let asking = Asking {
            cluster: &target.api,
            context: self.context,
        };
        let mend = Mend {
            version: expected.version.as_deref(),
            ..target.mend()
        };
        let until = Instant::now() + patience;
        loop {
            let looking = examine(asking, mend, View::Operator, &expected.installation);
            let report = Box::pin(looking).await;
            if report.is_settled() || Instant::now() >= until {
                return report;
            }
            tracing::info!("not everything is in force yet: {}", report.verdict());
            sleep(PAUSE).await;
        }
    }
}

/// What a whole change comes to by the look at it; without a report that look was stopped, and the same command
/// again does nothing but look.
fn judge(
    whole: Conclusion,
    report: Option<&Report>,
    expected: &Expected,
    mend: Mend<'_>,
    cancel: &Cancellation,
) -> Conclusion {
    let Some(report) = report else {
        return Conclusion {
            changes: whole.changes,
            ..stopped_conclusion(cancel)
        };
    };
    let judged = if expected.is_first {
        report.clone().without(&TOO_EARLY).conclusion()
    } else {
        report.conclusion()
    };
    let Some(problem) = judged.problem else {
        return whole;
    };
    let trouble = Trouble {
        exit: judged.exit,
        hint: Some(format!(
            "do what `{}` names for each finding",
            mend.doctor()
        )),
        ..verdict::UNHEALTHY.because(problem.error)
    };
    Conclusion {
        changes: whole.changes,
        ..Conclusion::from(Failure::from(trouble))
    }
}

/// That something could not be told is the end of a run only where nothing worse is.
fn or_untold(conclusion: Conclusion, told: Result<(), OutputError>) -> Conclusion {
    match told {
        Ok(()) => conclusion,
        Err(error) if conclusion.exit == Exit::Done => Conclusion {
            changes: conclusion.changes,
            ..Conclusion::from(Failure::from(error))
        },
        Err(error) => {
            tracing::warn!("what was done could not be told: {}", chain(&error));
            conclusion
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use common::report::Outcome;
    use jiff::Timestamp;

    use super::*;
    use crate::doctor::{Check, Finding};

    fn expected(is_first: bool) -> Expected {
        Expected {
            installation: Installation::of_manifests("", "the chart").unwrap(),
            version: None,
            is_first,
        }
    }

    fn report(area: Area) -> Report {
        let check = Check {
            area,
            well: String::new(),
            details: Vec::new(),
            findings: vec![Finding::wrong("x", "it is not there", "bring it")],
        };
        Report {
            cluster: "prod-e1-1".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            expected_from: "the chart".to_owned(),
            checks: vec![check],
        }
    }

    fn judged(report: Option<&Report>, is_first: bool) -> Conclusion {
        let cancel = Cancellation::default();
        let mend = Mend {
            cluster: "prod-e1-1",
            context: "prod",
            version: None,
        };
        judge(
            Conclusion::done(3),
            report,
            &expected(is_first),
            mend,
            &cancel,
        )
    }

    #[test]
    fn a_look_that_was_stopped_leaves_nothing_half_done() {
        let stopped = judged(None, false);
        assert_eq!(stopped.exit, Exit::Transient);
        assert_eq!(stopped.outcome, Outcome::Interrupted);
        assert_eq!(stopped.changes, 3);
    }

    #[test]
    fn what_a_look_finds_is_told_as_installed_and_after_a_first_installation_not_too_early() {
        let mail = report(Area::Mail);
        let unwell = judged(Some(&mail), false);
        assert_eq!((unwell.exit, unwell.changes), (Exit::Drift, 3));
        let problem = unwell.problem.unwrap();
        assert_eq!(problem.code, "installed-and-unhealthy");
        let doctor = "`install-monitoring doctor --cluster prod-e1-1 --context prod`";
        assert!(problem.hint.unwrap().contains(doctor));
        assert_eq!(judged(Some(&mail), true), Conclusion::done(3));
        assert_eq!(judged(Some(&report(Area::Rules)), true).exit, Exit::Drift);
    }

    #[test]
    fn what_cannot_be_told_hides_nothing_worse() {
        let full = || Err(OutputError::from(io::Error::other("no space left")));
        let untold = or_untold(Conclusion::done(3), full());
        assert_eq!((untold.exit, untold.changes), (Exit::Transient, 3));
        let half = Conclusion {
            exit: Exit::HalfDone,
            ..Conclusion::done(3)
        };
        assert_eq!(or_untold(half.clone(), full()), half);
        assert_eq!(or_untold(half.clone(), Ok(())), half);
    }
}

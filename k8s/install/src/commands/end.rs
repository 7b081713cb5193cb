//! The end of a change: how old the key is, what the other clusters need, and whether everything is as it
//! should be.

use std::time::Duration;

use common::fault::Failure;
use common::output::print;
use common::process::Context;
use common::trouble::Trouble;
use tokio::time::{Instant, sleep};

use super::next;
use crate::cli::Output;
use crate::credentials::Credentials;
use crate::doctor::mend::Mend;
use crate::doctor::{Area, Installation, Report, View, examine};
use crate::look::{Look, Rendered};
use crate::plan::{HelmStep, Plan};
use crate::report::{self, Ending};
use crate::seen::Asking;
use crate::verdict;

/// Operator, kubelet and reloaders have so long to bring into force what was installed: a file takes up to two
/// minutes to the replicas, and so does one with rules.
const PATIENCE: Duration = Duration::from_mins(5);

/// Pause between two looks.
const PAUSE: Duration = Duration::from_secs(10);

/// After a first installation no job has pushed yet and no mail was due: what is seen there is of before.
const TOO_EARLY: [Area; 2] = [Area::Pushgateway, Area::Mail];

/// What was done, and with what.
#[derive(Debug, Clone, Copy)]
pub(super) struct End<'a> {
    pub(super) look: &'a Look<'a>,
    pub(super) plan: &'a Plan,
    pub(super) credentials: &'a Credentials,
    pub(super) form: Output,
    pub(super) context: &'a Context,
}

impl End<'_> {
    /// How old the key is, and what is to be done in the other clusters.
    pub(super) async fn ending(&self) -> Ending {
        let target = self.look.target;
        let due_after = target.installation.rotation.policy.rotate_after;
        let now = self.context.clock.now();
        Ending {
            key: self.credentials.key_age(now, due_after).await,
            next: next::others(target, self.credentials, self.context).await,
        }
    }

    /// Tells it.
    pub(super) async fn tell(&self) -> Result<(), Failure> {
        let ending = self.ending().await;
        report::show_end(self.plan, &ending, self.form)?;
        Ok(())
    }
}

/// The look at what was done. It changes nothing, and takes as long as it takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct After<'a> {
    pub(super) look: &'a Look<'a>,
    pub(super) plan: &'a Plan,
    pub(super) ending: &'a Ending,
    pub(super) form: Output,
    pub(super) context: &'a Context,
}

impl After<'_> {
    /// Tells what `doctor` says, once what is on its way has arrived; `None` when told to stop meanwhile.
    ///
    /// # Errors
    /// When it has something to object to.
    pub(super) async fn examine(&self, rendered: &Rendered) -> Result<Option<()>, Failure> {
        let expected = Installation::of_manifests(&rendered.text, "the chart".to_owned())?;
        let looking = self.context.cancel.bound(Box::pin(self.settled(&expected)));
        let report = looking.await;
        self.show(report.as_ref())?;
        report.map(|report| self.judge(report)).transpose()
    }

    /// Tells what `doctor` says, if it was asked. Programs get all that there is to tell, in one document.
    pub(super) fn show(&self, report: Option<&Report>) -> Result<(), Failure> {
        match (self.form, report) {
            (Output::Json, report) => report::show_done(self.plan, self.ending, report)?,
            (Output::Text, Some(report)) => print(|out| report.render(out))?,
            (Output::Text, None) => {}
        }
        Ok(())
    }

    fn judge(&self, mut report: Report) -> Result<(), Failure> {
        if self.plan.helm == HelmStep::Install {
            report = report.without(&TOO_EARLY);
        }
        let conclusion = report.conclusion();
        match conclusion.problem {
            Some(problem) => Err(Trouble {
                exit: conclusion.exit,
                ..verdict::UNHEALTHY.because(problem.error)
            }
            .into()),
            None => Ok(()),
        }
    }

    /// Looks until time alone mends nothing any more. Where nothing was changed nothing is on its way.
    async fn settled(&self, expected: &Installation) -> Report {
        let target = self.look.target;
        let asking = Asking {
            cluster: &target.api,
            context: self.context,
        };
        let mend = Mend {
            cluster: target.api.name().as_str(),
            context: &target.context,
            version: None,
        };
        let patience = if self.plan.is_nothing() {
            Duration::ZERO
        } else {
            PATIENCE
        };
        let until = Instant::now() + patience;
        loop {
            let report = Box::pin(examine(asking, mend, View::Operator, expected)).await;
            if report.is_settled() || Instant::now() >= until {
                return report;
            }
            tracing::info!("not everything is in force yet: {}", report.verdict());
            sleep(PAUSE).await;
        }
    }
}

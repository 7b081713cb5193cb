//! The end of a change: how old the key is, what the other clusters need, and whether everything is as it
//! should be.

use common::fault::Failure;
use common::output::print;
use common::process::Context;
use common::trouble::Trouble;

use super::next;
use crate::cli::Output;
use crate::credentials::Credentials;
use crate::doctor::mend::Mend;
use crate::doctor::{Installation, View, examine};
use crate::look::{Look, Rendered};
use crate::plan::{HelmStep, Plan};
use crate::report::{self, Ending};
use crate::seen::Asking;
use crate::verdict;

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
    pub(super) async fn tell(&self) -> Result<(), Failure> {
        let target = self.look.target;
        let due_after = target.installation.rotation.policy.rotate_after;
        let now = self.context.clock.now();
        let ending = Ending {
            key: self.credentials.key_age(now, due_after).await,
            next: next::others(target, self.credentials, self.context).await,
        };
        report::show_end(self.plan, &ending, self.form)?;
        Ok(())
    }

    /// What `doctor` says. After a first installation no job has run yet, so then it is only shown.
    pub(super) async fn examine(&self, rendered: &Rendered) -> Result<(), Failure> {
        let target = self.look.target;
        let expected = Installation::of_manifests(&rendered.text, "the chart".to_owned())?;
        let asking = Asking {
            cluster: &target.api,
            context: self.context,
        };
        let mend = Mend {
            cluster: target.api.name().as_str(),
            context: &target.context,
        };
        let report = Box::pin(examine(asking, mend, View::Operator, &expected)).await;
        if self.form == Output::Text {
            print(|out| report.render(out))?;
        }
        let conclusion = report.conclusion();
        match conclusion.problem {
            Some(problem) if self.plan.helm != HelmStep::Install => Err(Trouble {
                exit: conclusion.exit,
                ..verdict::UNHEALTHY.because(problem.error)
            }
            .into()),
            Some(_) | None => Ok(()),
        }
    }
}

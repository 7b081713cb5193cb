//! `plan` and `apply`: the same look and the same decision; one of them acts.

use common::events::{Event, Kind, Recorder};
use common::exit::Exit;
use common::fault::Failure;
use common::output::{print, print_json};
use common::process::{Context, stopped_conclusion};
use common::pushgateway::{Gateway, TIMEOUTS};
use common::report::Conclusion;
use common::secret::{ExposeSecret as _, SecretString};

use super::session::{self, Session};
use crate::cli::{ApplyArgs, ConfigArgs, OrderArgs, Output, PlanArgs, TargetArgs};
use crate::report::conclusion::{self, Judging};
use crate::report::{View, metrics};
use crate::sync::{self, Ended, Manner, Order, Scope};
use crate::target::{Action, State};

/// Shows what `apply` would do.
///
/// # Errors
/// When nothing can be decided, or stdout cannot be written.
pub async fn plan(args: &PlanArgs, context: &Context) -> Result<Conclusion, Failure> {
    let task = Task {
        command: "plan",
        source: &args.source,
        targets: &args.targets,
        orders: &args.orders,
        manner: Manner::Plan,
        form: args.form.output,
        drift: Exit::Drift,
        differences: args.exit_code,
        pushgateway: None,
    };
    let conclusion = Box::pin(task.carry_out(context)).await?;
    // What was seen counts only when that was asked for; what could not be seen always does.
    if conclusion.exit == Exit::Drift && !args.exit_code {
        return Ok(Conclusion::done(0));
    }
    Ok(conclusion)
}

/// Brings every target to the pin.
///
/// # Errors
/// When the run cannot begin, or stdout cannot be written.
pub async fn apply(args: &ApplyArgs, context: &Context) -> Result<Conclusion, Failure> {
    if let Some(url) = &args.gateway.pushgateway {
        // A wrong address is told before the work, not after it.
        Gateway::new(url.expose_secret(), TIMEOUTS)?;
    }
    let task = Task {
        command: "apply",
        source: &args.source,
        targets: &args.targets,
        orders: &args.orders,
        manner: if args.dry_run {
            Manner::Plan
        } else {
            Manner::Apply
        },
        form: args.form.output,
        drift: args.drift.exit(),
        differences: false,
        pushgateway: args.gateway.pushgateway.as_ref().filter(|_| !args.dry_run),
    };
    Box::pin(task.carry_out(context)).await
}

struct Task<'a> {
    command: &'static str,
    source: &'a ConfigArgs,
    targets: &'a TargetArgs,
    orders: &'a OrderArgs,
    manner: Manner,
    form: Output,
    drift: Exit,
    differences: bool,
    pushgateway: Option<&'a SecretString>,
}

impl Task<'_> {
    async fn carry_out(&self, context: &Context) -> Result<Conclusion, Failure> {
        let mut session = Session::open(self.source, self.targets, context)?;
        if let Some(files) = &mut session.config.files {
            files.allow_dirty = self.orders.allow_dirty;
        }
        let orders = session::orders(self.orders)?;
        let Some((desired, fetched)) = session.desired(context).await? else {
            return Ok(stopped_conclusion(&context.cancel));
        };
        let order = Order {
            desired: &desired,
            known: &crate::target::files::Known::default(),
            orders: &orders,
            manner: self.manner,
            scope: Scope::Everything,
        };
        let targets = sync::sync(&session.config, order, context).await;
        session::known_names(&orders.restore, &desired, &targets)?;
        let behind = session.behind(&desired, context).await;
        let view = View {
            command: self.command,
            desired: &desired,
            origin: &fetched.origin,
            targets: &targets,
            behind: behind.as_ref(),
        };
        let printed = match self.form {
            Output::Text => print(|out| view.render(out)),
            Output::Json => print_json(&view.document()),
        };
        let judging = Judging {
            drift: self.drift,
            differences: self.differences,
            cancel: &context.cancel,
        };
        let mut conclusion = conclusion::of(&desired, &targets, judging);
        if self.manner == Manner::Apply {
            let recorder = session.recorder(context).await;
            publish(&recorder, &targets, &conclusion).await;
            if let Some(url) = self.pushgateway {
                let families = metrics::families(&view);
                let what = "state of the dashboards";
                let delivered = context.deliver(what, url, &families).await;
                conclusion.pushed = Some(delivered.is_ok());
            }
        }
        match printed {
            Err(error) if conclusion.exit == Exit::Done => Err(error.into()),
            Ok(()) | Err(_) => Ok(conclusion),
        }
    }
}

/// Tells the cluster what a person should know.
async fn publish(recorder: &Recorder, targets: &[Ended], conclusion: &Conclusion) {
    for target in targets {
        for item in &target.items {
            let told = match (item.action, item.state) {
                (Action::Restore, _) => Some((Kind::Normal, "DashboardRestored")),
                (Action::Refuse, State::Edited) => Some((Kind::Warning, "DashboardEdited")),
                (Action::Refuse, State::Foreign) => Some((Kind::Warning, "DashboardForeign")),
                (Action::Refuse, _) => Some((Kind::Warning, "DashboardRefused")),
                _ => None,
            };
            let Some((kind, reason)) = told else {
                continue;
            };
            let note = item.note.as_deref().unwrap_or_default();
            let note = format!("{}: {} {note}", target.target, item.key);
            tell(recorder, kind, reason, note.trim_end().to_owned()).await;
        }
    }
    if let Some(problem) = &conclusion.problem {
        tell(recorder, Kind::Warning, "RunFailed", problem.error.clone()).await;
    }
}

async fn tell(recorder: &Recorder, kind: Kind, reason: &'static str, note: String) {
    recorder
        .publish(&Event {
            kind,
            reason,
            action: "Sync",
            note,
        })
        .await;
}

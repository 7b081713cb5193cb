//! `apply`: goes as far as it safely can. What the CronJob runs.

use common::events::{Event, Kind};
use common::exit::Exit;
use common::fault::Failure;
use common::output::{print, print_json};
use common::process::{Context, stopped_conclusion};
use common::pushgateway::{Gateway, TIMEOUTS};
use common::report::{Conclusion, Outcome};
use common::secret::{ExposeSecret as _, SecretString};

use super::narrator::Narrator;
use super::parting::Parting;
use super::parting::notes::rolls;
use super::session::{self, Busy, Entry, Session};
use crate::cli::{ApplyArgs, Output};
use crate::config::Config;
use crate::engine::{self, Limits, Probing};
use crate::live::Live;
use crate::plan::Request;
use crate::report::{Purpose, conclusion};
use crate::world::Asked;

/// Runs the command.
///
/// # Errors
/// When the run cannot begin, or stdout cannot be written.
pub async fn apply(args: &ApplyArgs, context: &Context) -> Result<Conclusion, Failure> {
    let config = session::load(&args.source)?;
    if let Some(url) = &args.gateway.pushgateway {
        // A wrong address is told before the work, not after it.
        Gateway::new(url.expose_secret(), TIMEOUTS)?;
    }
    let session = Session::open(&config, context).await?;
    let live = Live::open(&config, context).await?;
    let guard = match session.enter(context).await? {
        Entry::Held(guard) => guard,
        Entry::Busy(busy) => return skip(&busy, args.form.output, &session).await,
        Entry::Stopped => return Ok(stopped_conclusion(&context.cancel)),
    };
    let order = Order {
        command: "apply",
        request: None,
        asked: if args.force_age {
            Asked::Now
        } else {
            Asked::Scheduled
        },
        steps: args.max_steps.unwrap_or(usize::MAX),
        form: args.form.output,
        pushgateway: args.gateway.pushgateway.as_ref(),
    };
    let live = live.holding(*guard);
    Box::pin(carry_out(&config, context, &session, live, order)).await
}

/// What a run is to do.
pub(super) struct Order<'a> {
    pub(super) command: &'static str,
    pub(super) request: Option<Request>,
    pub(super) asked: Asked,
    pub(super) steps: usize,
    pub(super) form: Output,
    pub(super) pushgateway: Option<&'a SecretString>,
}

/// Another run is at work: nothing to do here, and nothing is wrong.
async fn skip(busy: &Busy, form: Output, session: &Session) -> Result<Conclusion, Failure> {
    tracing::info!("skipped: {busy}");
    session
        .recorder
        .publish(&Event {
            kind: Kind::Normal,
            reason: "RunSkipped",
            action: "Acquire",
            note: busy.to_string(),
        })
        .await;
    match form {
        Output::Text => print(|out| writeln!(out, "skipped: {busy}"))?,
        Output::Json => print_json(&serde_json::json!({
            "v": 1, "command": "apply", "skipped": busy.to_string(), "effects": [],
        }))?,
    }
    Ok(Conclusion {
        outcome: Outcome::SkippedLocked,
        ..Conclusion::done(0)
    })
}

/// Runs the loop, tells of it, and takes leave.
pub(super) async fn carry_out(
    config: &Config,
    context: &Context,
    session: &Session,
    live: Live,
    order: Order<'_>,
) -> Result<Conclusion, Failure> {
    let limits = Limits {
        steps: order.steps,
        probes: Probing::Allowed,
        cancel: context.cancel.clone(),
    };
    let mut narrator = Narrator::new(order.command, config, &session.recorder, order.form);
    let mut memory = session::memory(context, order.asked);
    if let Some(guard) = live.lease() {
        memory.rolls = rolls(guard);
    }
    let request = order.request.as_ref();
    let run = engine::run(
        &live,
        &config.policy,
        request,
        memory,
        &limits,
        &mut narrator,
    );
    let ended = Box::pin(run).await;
    narrator.publish().await;
    let view = session::view(config, &ended, Purpose::Run);
    let printed = match order.form {
        Output::Json => print_json(&view.document(order.command, narrator.entries())),
        Output::Text if ended.effects > 0 => print(|out| {
            writeln!(out)?;
            view.render_plan(order.command, out)
        }),
        Output::Text => Ok(()),
    };
    let conclusion = conclusion::of_run(&ended, &context.cancel);
    let parting = Parting {
        context,
        recorder: &session.recorder,
        pushgateway: order.pushgateway,
    };
    let conclusion = parting.leave(live.into_lease(), &ended, conclusion).await;
    match printed {
        Err(error) if conclusion.exit == Exit::Done => Err(error.into()),
        Ok(()) | Err(_) => Ok(conclusion),
    }
}

//! The life of a run, the same for every binary: flags, logs, signals, the inner deadline, the
//! report and the exit status.
//!
//! A job is one function from its parsed flags and a [`Context`] to a [`Conclusion`]; everything
//! around it happens here and nowhere else.

mod args;
mod context;
mod ending;
mod hold;
mod signals;
mod state;
mod usage;

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::time::Instant;

pub use crate::cancel::Cancellation;
use crate::cancel::Cause;
use crate::clock::Clock;
use crate::env::Env;
use crate::exit::Exit;
use crate::fault::Failure;
use crate::report::{Conclusion, Identity, Mode, Outcome, Problem, RunRecord};
use crate::secret::SecretString;
use crate::telemetry;

pub use args::{DriftArgs, GatewayArgs, ProcessArgs, parse_duration};
pub use context::{Context, Undelivered};
use ending::Ending;
use hold::{HOLDS, Holds};
pub use hold::{Hold, hold};
use state::StateGroup;

/// How long work may go on after it was told to stop before it is abandoned; longer only while something
/// holds that off.
const GRACE: Duration = Duration::from_secs(10);

/// Rust's own status for a panic.
const PANIC_STATUS: u8 = 101;

/// What `common` needs to know of a job's command line.
pub trait CommandLine: clap::Parser {
    /// The flags that every job has.
    fn process(&self) -> &ProcessArgs;

    /// Whether this command writes to the world.
    fn mode(&self) -> Mode;

    /// Where the run's state is pushed to, if the command pushes at all.
    fn gateway(&self) -> Option<&SecretString>;
}

/// Runs `job` as the whole life of the process.
pub fn main<C, F>(name: &'static str, version: &'static str, job: F) -> ExitCode
where
    C: CommandLine,
    F: AsyncFnOnce(C, Context) -> Result<Conclusion, Failure>,
{
    let env = Env::from_process();
    let clock = Clock::of_process(&env);
    let cli: C = match usage::parse(&env) {
        Ok(cli) => cli,
        Err(error) => {
            // Which command was meant is unknown; who looks for failed runs finds it among them.
            let identity = identity(name, version, Mode::Run, &env, &clock);
            return usage::end(&error, &identity, &env, &clock);
        }
    };
    let identity = identity(name, version, cli.mode(), &env, &clock);
    let format = cli.process().log_format.resolve();
    telemetry::install(format, cli.process().verbosity(), &identity, &env);
    install_panic_hook();
    let ending = Ending::new(format, &identity, &env);
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            let problem = Problem {
                code: "runtime".to_owned(),
                error: format!("starting the runtime: {error}"),
                hint: Some("check the pod's process and file limits".to_owned()),
            };
            let now = clock.now();
            let conclusion = Conclusion::failed(Exit::Transient, problem);
            return ending.finish(&record(now, now, conclusion, None, Vec::new()));
        }
    };
    let status = runtime.block_on(live(cli, &identity, env, clock, ending, job));
    // A name lookup that hangs on its thread must not hold up the end.
    runtime.shutdown_background();
    status
}

async fn live<C, F>(
    cli: C,
    identity: &Identity,
    env: Env,
    clock: Clock,
    ending: Ending,
    job: F,
) -> ExitCode
where
    C: CommandLine,
    F: AsyncFnOnce(C, Context) -> Result<Conclusion, Failure>,
{
    let started = Instant::now();
    let started_at = clock.now();
    let cancel = Cancellation::default();
    signals::listen(&cancel);
    let pod_deadline = args::pod_deadline(&env);
    let budget = cli.process().budget(pod_deadline);
    if let Some(budget) = budget {
        let cancel = cancel.clone();
        tokio::spawn(async move {
            tokio::time::sleep_until(started + budget).await;
            cancel.cancel(Cause::Deadline);
        });
    }
    let state = StateGroup::open(cli.gateway(), identity, &env, &clock, pod_deadline);
    if let Some(state) = &state {
        // Told to stop meanwhile, the run has its end to report, and little time for that.
        cancel
            .bound(state.push_start(identity, started_at))
            .await
            .unwrap_or_default();
    }
    let meter = crate::aws::CallMeter::default();
    let context = Context {
        identity: identity.clone(),
        clock: clock.clone(),
        env,
        cancel: cancel.clone(),
        started,
        deadline: budget.map(|budget| started + budget),
        meter: meter.clone(),
    };
    let work = AssertUnwindSafe(job(cli, context)).catch_unwind();
    let (conclusion, panicked) = match bounded(work, &cancel, &HOLDS, GRACE).await {
        Some(Ok(Ok(conclusion))) => (conclusion, false),
        Some(Ok(Err(failure))) => (Conclusion::from(failure), false),
        Some(Err(_panic)) => (panicked_conclusion(), true),
        None => (stopped_conclusion(&cancel), false),
    };
    let next_run = state.as_ref().and_then(|state| state.timetable.next_run);
    let mut record = record(
        started_at,
        clock.now(),
        conclusion,
        next_run,
        meter.counts(),
    );
    if panicked {
        record.status = PANIC_STATUS;
    }
    if let Some(state) = &state {
        let earlier = record.conclusion.pushed.unwrap_or(record.status == 0);
        // What stays if the process is killed while it waits for the Pushgateway.
        record.conclusion.pushed = Some(false);
        ending.leave_message(&record);
        let delivered = state.push_finish(&record, &cancel).await;
        record.conclusion.pushed = Some(earlier && delivered);
    }
    ending.finish(&record)
}

/// Waits for the work. Once it was told to stop it has so much grace to come to an end, anew after whatever
/// must not be cut.
async fn bounded<T>(
    work: impl Future<Output = T>,
    cancel: &Cancellation,
    holds: &Holds,
    grace: Duration,
) -> Option<T> {
    let overdue = async {
        cancel.cancelled().await;
        loop {
            holds.until(false).await;
            tokio::select! {
                () = tokio::time::sleep(grace) => return,
                () = holds.until(true) => {}
            }
        }
    };
    tokio::select! {
        result = work => Some(result),
        () = overdue => None,
    }
}

fn record(
    started: jiff::Timestamp,
    finished: jiff::Timestamp,
    conclusion: Conclusion,
    next_run: Option<jiff::Timestamp>,
    api_calls: Vec<(crate::aws::CallKind, u64)>,
) -> RunRecord {
    let status = conclusion.exit.status();
    RunRecord {
        started,
        finished,
        status,
        conclusion,
        next_run,
        api_calls,
    }
}

/// The conclusion of a run that was stopped from outside, for jobs and for abandoned work alike.
pub fn stopped_conclusion(cancel: &Cancellation) -> Conclusion {
    let (outcome, code, error, hint) = match cancel.cause() {
        Some(Cause::Deadline) => (
            Outcome::Deadline,
            "deadline",
            "the run's time was over before its work was",
            "run it again; if it stays, raise activeDeadlineSeconds or --deadline",
        ),
        Some(Cause::Signal) | None => (
            Outcome::Interrupted,
            "interrupted",
            "stopped by a signal",
            "run it again",
        ),
    };
    let problem = Problem {
        code: code.to_owned(),
        error: error.to_owned(),
        hint: Some(hint.to_owned()),
    };
    Conclusion {
        outcome,
        ..Conclusion::failed(Exit::Transient, problem)
    }
}

fn panicked_conclusion() -> Conclusion {
    let problem = Problem {
        code: "panic".to_owned(),
        error: "a bug in this program; the line above says where".to_owned(),
        hint: Some("report it with that line; running again may work".to_owned()),
    };
    Conclusion::failed(Exit::Transient, problem)
}

fn identity(
    job: &'static str,
    version: &'static str,
    mode: Mode,
    env: &Env,
    clock: &Clock,
) -> Identity {
    let text = |key: &str| env.get(key).unwrap_or_default().to_owned();
    let run = match env.get("POD_NAME") {
        Some(pod) => pod.to_owned(),
        None => format!("{}-{}", clock.now().as_second(), std::process::id()),
    };
    Identity {
        job,
        version,
        revision: env.get("BUILD_REVISION").unwrap_or("unknown").to_owned(),
        run,
        cluster: text("CLUSTER"),
        namespace: text("POD_NAMESPACE"),
        pod: text("POD_NAME"),
        cronjob: env.get("CRONJOB_NAME").map(str::to_owned),
        mode,
    }
}

/// One event with place and text; no backtrace in production.
fn install_panic_hook() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let text = panic.payload_as_str().unwrap_or("no text");
        tracing::error!(panic.place = %place, "panic: {text}");
    }));
}

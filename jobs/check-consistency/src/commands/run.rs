//! `run`: one whole look, its report, and what is told of it.

use std::time::Duration;

use common::events::{Event, Kind, Recorder};
use common::exit::Exit;
use common::fault::Failure;
use common::output::print;
use common::process::Context;
use common::pushgateway::{Gateway, TIMEOUTS};
use common::report::Conclusion;
use common::secret::ExposeSecret as _;
use common::trouble::Trouble;

use super::session;
use crate::check::{self, Checked, Orders, Remembering};
use crate::cli::{Output, RunArgs};
use crate::config::Config;
use crate::live::{self, Reaped};
use crate::report::conclusion::{self, Judging};
use crate::report::{self, View, line, metrics};
use crate::state;
use crate::survey::Survey;
use crate::verdict;

/// For what is remembered, and for groups that are removed.
const BUDGET: Duration = Duration::from_secs(15);

/// More Events than these at once tell a person nothing.
const EVENTS_MAX: usize = 10;

/// Compares the clusters.
///
/// # Errors
/// When nothing can be compared, or stdout cannot be written.
pub async fn run(args: &RunArgs, context: &Context) -> Result<Conclusion, Failure> {
    let gateway = match &args.gateway.pushgateway {
        // A wrong address is told before the work, not after it.
        Some(url) => Some(Gateway::new(url.expose_secret(), TIMEOUTS)?),
        None => None,
    };
    let mut config = Config::load(&args.source.config)?;
    session::restrict(&mut config, &args.only)?;
    if args.dry_run {
        config.state = None;
        config.settle.min_age = Duration::ZERO;
    }
    let orders = Orders {
        accept_identity: args.accept_cluster_identity,
    };
    let checked = Box::pin(check::check(&config, orders, context)).await?;
    let Checked {
        mut survey,
        clusters,
        remembering,
    } = checked;
    let whole = args.only.is_empty();
    if !whole {
        session::forget_unused_rules(&mut survey);
    }
    let printed = show(&survey, args);
    let judging = Judging {
        drift: args.drift.exit(),
        strict_rules: args.strict_rules,
        cancel: &context.cancel,
    };
    let mut conclusion = conclusion::of(&survey, judging);
    if !args.dry_run {
        if let Some(remembering) = remembering {
            let recorder = recorder(&config, &clusters, context);
            tell(&recorder, &survey, &remembering).await;
            if let Err(why) = remember(remembering, context).await {
                tracing::warn!("what was found is not remembered: {why}");
                conclusion = conclusion::without_memory(conclusion, &survey, &why);
            }
        }
        if let Some(gateway) = &gateway {
            conclusion.changes += reap(gateway, &config, context).await;
        }
        // What is pushed is the state of everything; a part must not take its place.
        if let Some(url) = args.gateway.pushgateway.as_ref().filter(|_| whole) {
            let families = metrics::families(&survey);
            let delivered = context.deliver("what was found is", url, &families).await;
            conclusion.pushed = Some(delivered.is_ok());
        }
    }
    match printed {
        Err(error) if conclusion.exit == Exit::Done => Err(error.into()),
        Ok(()) | Err(_) => Ok(conclusion),
    }
}

fn show(survey: &Survey, args: &RunArgs) -> Result<(), common::output::OutputError> {
    let view = View {
        all: args.all,
        colour: true,
    };
    match args.output {
        Output::Text => print(|out| report::text(survey, &view, out)),
        Output::Markdown => print(|out| report::markdown(survey, &view, out)),
        Output::Json => print(|out| report::json(survey, out)),
        Output::Html => print(|out| report::html(survey, &view, out)),
    }
}

/// Where Events go: the cluster that this runs in, if it is one of those that are compared.
fn recorder(config: &Config, clusters: &check::Clusters, context: &Context) -> Recorder {
    match config.home().and_then(|home| clusters.get(home)) {
        Some(cluster) => Recorder::new(cluster.clone(), &context.identity, context.clock.clone()),
        None => Recorder::silent(),
    }
}

/// Tells the cluster what is new: each drift once when it comes, and once when it goes. Where nothing was
/// remembered, nobody knows what is new.
async fn tell(recorder: &Recorder, survey: &Survey, remembering: &Remembering) {
    if !survey.remembered {
        return;
    }
    for index in remembering.new.iter().take(EVENTS_MAX) {
        let Some(finding) = survey.findings.get(*index) else {
            continue;
        };
        let note = conclusion::one_line(finding);
        publish(recorder, Kind::Warning, "ConfigurationDrift", note).await;
    }
    for object in remembering.mended.iter().take(EVENTS_MAX) {
        let note = format!("{} is as it has to be again", line(object));
        publish(recorder, Kind::Normal, "ConfigurationConsistent", note).await;
    }
}

async fn publish(recorder: &Recorder, kind: Kind, reason: &'static str, note: String) {
    recorder
        .publish(&Event {
            kind,
            reason,
            action: "Compare",
            note,
        })
        .await;
}

/// Writes what is remembered; the reason when it is not.
async fn remember(remembering: Remembering, context: &Context) -> Result<(), Trouble> {
    let Remembering {
        store,
        loaded,
        memory,
        ..
    } = remembering;
    if !loaded.is_replaceable() {
        return Err(verdict::STATE_NEWER.because("a newer version of this job has written there"));
    }
    let saving = state::save(&store, loaded, &memory, &context.clock, &context.cancel);
    let in_time = tokio::time::timeout(BUDGET, Box::pin(saving)).await;
    in_time.unwrap_or_else(|_| Err(verdict::STATE_UNUSABLE.because("no answer in time")))
}

/// Deletes the groups that nobody writes any more, where that is configured; says how many.
async fn reap(gateway: &Gateway, config: &Config, context: &Context) -> u64 {
    let Some(of) = &config.live.pushgateway else {
        return 0;
    };
    let mut reaped = Reaped::default();
    let reaping = live::reap_into(gateway, of, &context.clock, &context.cancel, &mut reaped);
    let in_time = tokio::time::timeout(BUDGET, Box::pin(reaping)).await;
    if in_time.is_err() {
        tracing::warn!("groups that nobody writes may still be there: no answer in time");
    } else if let Some(trouble) = &reaped.trouble {
        tracing::warn!("groups that nobody writes are still there: {trouble}");
    }
    // Those that are gone are gone, whatever came after them.
    u64::try_from(reaped.deleted.len()).unwrap_or(u64::MAX)
}

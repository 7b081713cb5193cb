//! `run`: observe → plan → fetch → push → report.

use std::collections::{BTreeMap, BTreeSet};

use common::aws::CallResult;
use common::fault::Failure;
use common::process::{Context, stopped_conclusion};
use common::pushgateway::{Gateway, TIMEOUTS};
use common::report::Conclusion;
use common::secret::ExposeSecret as _;

use super::budget;
use tokio::time::Instant;

use crate::cli::RunArgs;
use crate::config::{Rule, RuleNumber};
use crate::families::{Built, build};
use crate::fetch::Reading;
use crate::naming;
use crate::observe::RuleMetrics;
use crate::push::{self, Owner, PushError, Pushed, Removal, Situation, conclude, decide, deliver};
use crate::report::{self, Numbers, own_families};
use crate::rule_label::rule_labels;
use crate::source::Source;

/// Runs the command.
///
/// # Errors
/// When the configuration, AWS or the Pushgateway is unusable as a whole. What single rules or
/// families lack is in the conclusion.
pub async fn run(args: &RunArgs, context: &Context) -> Result<Conclusion, Failure> {
    let source = Source::open(&args.source, context).await?;
    let gateway = Gateway::new(args.pushgateway.expose_secret(), TIMEOUTS)?;
    let owner = Owner::of(context.env.get("CRONJOB_NAME"))?;
    let jobs = info_jobs(&source);
    let looking = push::observe(&gateway, &owner, &jobs);
    let Some(previous) = context.cancel.bound(looking).await else {
        return Ok(stopped_conclusion(&context.cancel));
    };
    let previous = previous?;

    let mut observed = source.observe(&args.source, context).await;
    if context.cancel.is_cancelled() {
        return Ok(stopped_conclusion(&context.cancel));
    }
    report::warn_if_nothing_found(&source.region, &observed.rules);
    let plan = source.plan(&observed);
    let listings = u64::from(observed.listing.expected_calls());
    let recurring = budget::interval(&args.budget, context)?
        .map(|every| plan.price().repeated(every, listings));
    budget::check(&args.budget, recurring.as_ref())?;
    tracing::info!(
        rules = source.rules.len(),
        metrics = plan.units.len(),
        queries = plan.queries(),
        calls = plan.calls.len(),
        billed_metrics = plan.price().billed_metrics,
        usd = format!("{:.6}", plan.price().usd),
        "planned"
    );

    let asked = Instant::now();
    let fetched = source.fetch(&plan, &mut observed).await;
    if context.cancel.is_cancelled() {
        // Nothing was written yet: the groups stay as they are, and their push times tell.
        return Ok(stopped_conclusion(&context.cancel));
    }
    let faults = report::faults(&observed, &fetched);
    let series = series_per_rule(&source.rules, &fetched.readings);
    tracing::info!(
        series = series.values().sum::<u64>(),
        datapoints = fetched.datapoints,
        rules_failed = faults.len(),
        throttled = context.meter.with_result(CallResult::Throttled),
        elapsed_ms = u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX),
        "fetched"
    );
    let resolved: Vec<RuleMetrics> = observed.rules.into_iter().flatten().collect();
    let built = build(&source.config, fetched.readings, &resolved);
    let Built {
        groups,
        duplicates_dropped,
        warnings,
    } = built;
    report::warn(&warnings);

    let failed: BTreeSet<RuleNumber> = faults.keys().copied().collect();
    let previous = if failed.is_empty() {
        previous
    } else {
        let failing = source
            .rules
            .iter()
            .filter(|rule| failed.contains(&rule.number));
        push::observe(&gateway, &owner, &(&jobs | &jobs_of(failing))).await?
    };
    let labels = rule_labels(&source.config);
    let situation = Situation {
        configured: &source.config.rules,
        in_scope: &source.rules.iter().collect::<Vec<_>>(),
        failed: &failed,
        labels: &labels,
        previous: &previous,
        now: context.clock.now(),
        grace: args.grace,
        removal: removal(args, context),
    };
    let intent = decide(&situation, groups);
    let mut pushed = Pushed::default();
    let mut delivered = deliver(&gateway, &intent, &previous, &context.cancel, &mut pushed).await;
    if delivered.is_ok() {
        let numbers = Numbers {
            labels: &labels,
            series: &series,
            faults: &faults,
            price: plan.price(),
            duplicates_dropped,
            by_hand: context.env.get("CRONJOB_NAME").is_none(),
        };
        let own = own_families(&numbers, &intent, &pushed, &previous);
        delivered = conclude(&gateway, &own, &previous, &mut pushed).await;
    }
    report::tell(&intent, &pushed);
    let changes = u64::try_from(pushed.groups.len() + pushed.deleted.len()).unwrap_or(u64::MAX);
    let proven = delivered.is_ok() && pushed.refused.is_empty() && pushed.foreign.is_empty();
    let conclusion = match delivered {
        Err(PushError::Stopped) => stopped_conclusion(&context.cancel),
        Err(error) => Conclusion::from(Failure::from(error)),
        Ok(()) => report::coverage(&source.rules, &faults)
            .or_else(|| report::refusal(&intent, &pushed, &previous, situation.removal))
            .unwrap_or_else(|| Conclusion::done(changes)),
    };
    Ok(Conclusion {
        changes,
        pushed: Some(proven),
        ..conclusion
    })
}

/// Job labels of the groups that these rules write to.
fn jobs_of<'r>(rules: impl Iterator<Item = &'r Rule>) -> BTreeSet<String> {
    rules.map(|rule| naming::job(&rule.namespace)).collect()
}

/// Groups whose `aws_resource_info` must be known before others are written: those that a run of
/// only some namespaces leaves out.
fn info_jobs(source: &Source) -> BTreeSet<String> {
    let selects_tags = source.rules.iter().any(|rule| rule.tag_select.is_some());
    if selects_tags && source.rules.len() < source.config.rules.len() {
        jobs_of(source.config.rules.iter())
    } else {
        BTreeSet::new()
    }
}

/// A CronJob tidies up after itself; a run by hand does so only when it is told to.
fn removal(args: &RunArgs, context: &Context) -> Removal {
    match context.env.get("CRONJOB_NAME") {
        _ if args.remove_groups => Removal::Always,
        Some(_) => Removal::Guarded,
        None => Removal::Never,
    }
}

fn series_per_rule(rules: &[Rule], readings: &[Reading]) -> BTreeMap<RuleNumber, u64> {
    let mut series: BTreeMap<RuleNumber, u64> = rules.iter().map(|rule| (rule.number, 0)).collect();
    for reading in readings {
        let values = reading.values.iter().flatten().count();
        *series.entry(reading.rule).or_default() += u64::try_from(values).unwrap_or(0);
    }
    series
}

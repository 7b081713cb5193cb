//! `run`: observe → plan → fetch → push → report.

use std::collections::{BTreeMap, BTreeSet};

use common::aws::CallResult;
use common::exit::Exit;
use common::fault::Failure;
use common::process::{Context, stopped_conclusion};
use common::pushgateway::{Gateway, TIMEOUTS};
use common::report::{Conclusion, Problem};
use common::secret::ExposeSecret as _;

use super::budget;
use crate::cli::RunArgs;
use crate::config::{Rule, RuleNumber};
use crate::families::{Built, build};
use crate::fetch::Reading;
use crate::naming;
use crate::observe::RuleMetrics;
use crate::push::{self, PushError, Pushed, Situation, conclude, decide, deliver};
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
    let previous = push::observe(&gateway, &BTreeSet::new()).await?;

    let mut observed = source.observe(&args.source, context).await;
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
        elapsed_ms = elapsed_ms(context),
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
        push::observe(&gateway, &jobs_of(&source.rules, &failed)).await?
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
    };
    let intent = decide(&situation, groups);
    let mut pushed = Pushed::default();
    let begun = context.clock.now();
    let mut delivered = deliver(&gateway, &intent, &previous, &context.cancel, &mut pushed).await;
    if delivered.is_ok() {
        let numbers = Numbers {
            labels: &labels,
            series: &series,
            faults: &faults,
            price: plan.price(),
            duplicates_dropped,
        };
        let own = own_families(&numbers, &intent, &pushed, &previous);
        delivered = conclude(&gateway, &own, &mut pushed, begun).await;
    }
    log(&pushed);
    let changes = u64::try_from(pushed.groups.len() + pushed.deleted.len()).unwrap_or(u64::MAX);
    let proven = delivered.is_ok() && pushed.refused.is_empty();
    let conclusion = match delivered {
        Err(PushError::Stopped) => stopped_conclusion(&context.cancel),
        Err(error) => Conclusion::from(Failure::from(error)),
        Ok(()) => report::coverage(&source.rules, &faults)
            .or_else(|| refused(&pushed))
            .unwrap_or_else(|| Conclusion::done(changes)),
    };
    Ok(Conclusion {
        changes,
        pushed: Some(proven),
        ..conclusion
    })
}

/// Job labels of the groups that these rules write to.
fn jobs_of(rules: &[Rule], numbers: &BTreeSet<RuleNumber>) -> BTreeSet<String> {
    let rules = rules.iter().filter(|rule| numbers.contains(&rule.number));
    rules.map(|rule| naming::job(&rule.namespace)).collect()
}

fn series_per_rule(rules: &[Rule], readings: &[Reading]) -> BTreeMap<RuleNumber, u64> {
    let mut series: BTreeMap<RuleNumber, u64> = rules.iter().map(|rule| (rule.number, 0)).collect();
    for reading in readings {
        let values = reading.values.iter().flatten().count();
        *series.entry(reading.rule).or_default() += u64::try_from(values).unwrap_or(0);
    }
    series
}

fn elapsed_ms(context: &Context) -> u64 {
    u64::try_from(context.started.elapsed().as_millis()).unwrap_or(u64::MAX)
}

fn log(pushed: &Pushed) {
    for job in &pushed.kept {
        tracing::warn!(
            group = job.as_str(),
            "group left as it is: none of its rules could be read"
        );
    }
    for (job, refused) in &pushed.refused {
        tracing::warn!(
            group = job.as_str(),
            family = refused.family.as_str(),
            "the Pushgateway does not take {}: {}",
            refused.family,
            refused.reason
        );
    }
    for job in &pushed.deleted {
        tracing::info!(
            group = job.as_str(),
            "group removed: its namespace is no longer configured"
        );
    }
    tracing::info!(
        groups = pushed.groups.len(),
        series = pushed
            .groups
            .iter()
            .map(|(_, series)| series)
            .sum::<usize>(),
        carried = pushed.carried,
        "pushed"
    );
}

/// The Pushgateway will not take these families the next time either: a person must look.
fn refused(pushed: &Pushed) -> Option<Conclusion> {
    let (job, first) = pushed.refused.first()?;
    let count = pushed.refused.len();
    let families = if count == 1 { "family" } else { "families" };
    let error = format!(
        "the Pushgateway does not take {count} {families}, everything else was pushed: `{}` in \
         group `{job}`: {}",
        first.family, first.reason
    );
    let hint = "look for another job that pushes the same name with another type, and remove its \
                group or this rule";
    Some(Conclusion::failed(
        Exit::HalfDone,
        Problem {
            code: "family-refused".to_owned(),
            error,
            hint: Some(hint.to_owned()),
        },
    ))
}

//! `fetch`: prints what `run` would push.

use std::collections::BTreeMap;

use common::exposition::{Family, render};
use common::fault::Failure;
use common::output::print;
use common::process::Context;
use common::report::Conclusion;

use crate::cli::FetchArgs;
use crate::families::{Built, Group, build};
use crate::observe::RuleMetrics;
use crate::report;
use crate::source::Source;

/// Runs the command.
///
/// # Errors
/// When nothing can be read at all; what single rules lack is in the conclusion.
pub async fn fetch(args: &FetchArgs, context: &Context) -> Result<Conclusion, Failure> {
    let source = Source::open(&args.source, context).await?;
    let mut observed = source.observe(&args.source, context).await;
    report::warn_if_nothing_found(&source.region, &observed.rules);
    let plan = source.plan(&observed);
    let fetched = source.fetch(&plan, &mut observed).await;
    let faults = report::faults(&observed, &fetched);
    let resolved: Vec<RuleMetrics> = observed.rules.into_iter().flatten().collect();
    let Built {
        groups, warnings, ..
    } = build(&source.config, fetched.readings, &resolved);
    report::warn(&warnings);
    print(|mut out| render(&merged(groups), &mut out))?;
    Ok(report::coverage(&source.rules, &faults).unwrap_or_else(|| Conclusion::done(0)))
}

/// One family for each name: `aws_resource_info` can stand in several groups, and a text may name a
/// family only once.
fn merged(groups: Vec<Group>) -> Vec<Family> {
    let mut merged: Vec<Family> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for family in groups.into_iter().flat_map(|group| group.families) {
        if let Some(there) = known.get(&family.name).and_then(|at| merged.get_mut(*at)) {
            there.samples.extend(family.samples);
        } else {
            known.insert(family.name.clone(), merged.len());
            merged.push(family);
        }
    }
    merged
}

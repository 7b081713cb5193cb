//! `aws_resource_info` spans groups: an ARN may stand in one of them only, or joins on it break.

use std::collections::BTreeMap;

use common::exposition::Family;

use super::decide::{Action, GroupIntent};
use super::previous::Previous;
use crate::families::RESOURCE_INFO;

/// Leaves out what another group holds already and will go on holding: because this run does not
/// write that group, or because it keeps series of a rule there that failed. `untouched` are the
/// groups of configured namespaces that the run is not about.
pub(super) fn once(groups: &mut [GroupIntent], untouched: &[String], previous: &Previous) {
    let mut holders: BTreeMap<String, String> = BTreeMap::new();
    let kept = groups
        .iter()
        .filter(|group| !matches!(group.action, Action::Put { .. }));
    for job in untouched.iter().chain(kept.map(|group| &group.job)) {
        let stored = previous
            .group(job)
            .and_then(|group| group.family(RESOURCE_INFO));
        for arn in stored.iter().flat_map(|stored| arns(&stored.family)) {
            holders.entry(arn.to_owned()).or_insert_with(|| job.clone());
        }
    }
    // Of two groups that this run writes, the one that keeps the ARN for a failed rule has it.
    let written = |group: &&GroupIntent| matches!(group.action, Action::Put { .. });
    let mut claims: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for group in groups.iter().filter(written) {
        for arn in info(&group.action).into_iter().flat_map(arns) {
            claims
                .entry(arn.to_owned())
                .or_default()
                .push(group.job.clone());
        }
    }
    for (arn, jobs) in claims.into_iter().filter(|(_, jobs)| jobs.len() > 1) {
        let holds = |job: &&String| {
            let stored = previous
                .group(job)
                .and_then(|group| group.family(RESOURCE_INFO));
            stored.is_some_and(|stored| arns(&stored.family).any(|held| held == arn))
        };
        if let Some(job) = jobs.iter().find(holds).or_else(|| jobs.first()) {
            holders.entry(arn).or_insert_with(|| job.clone());
        }
    }
    for group in groups {
        let job = group.job.clone();
        let Action::Put { families, .. } = &mut group.action else {
            continue;
        };
        for family in families
            .iter_mut()
            .filter(|family| family.name == RESOURCE_INFO)
        {
            family.samples.retain(|sample| {
                let holder = sample.labels.get("arn").and_then(|arn| holders.get(arn));
                holder.is_none_or(|holder| *holder == job)
            });
        }
        families.retain(|family| !family.samples.is_empty());
    }
}

fn info(action: &Action) -> Option<&Family> {
    match action {
        Action::Put { families, .. } => families.iter().find(|family| family.name == RESOURCE_INFO),
        Action::Keep | Action::Foreign(_) => None,
    }
}

fn arns(family: &Family) -> impl Iterator<Item = &str> {
    family
        .samples
        .iter()
        .filter_map(|sample| sample.labels.get("arn"))
}

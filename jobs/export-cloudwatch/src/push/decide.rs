//! What to write to the Pushgateway: pure, from what was read, what failed and what was there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use common::exposition::Family;
use jiff::Timestamp;

use super::carry::carry;
use super::previous::{Previous, instant};
use super::resources;
use crate::config::{Rule, RuleNumber};
use crate::families::{Group, RESOURCE_INFO};
use crate::naming::{self, RuleNames};

/// What happens to the group of one job label.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupIntent {
    /// Job label, such as `aws_es`.
    pub job: String,
    /// What to do.
    pub action: Action,
}

/// What to do with a group.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Replace it by these families; of their series so many are old ones of failed rules.
    Put {
        /// May be none: then there is nothing to say now, which is news as well.
        families: Vec<Family>,
        /// Series taken over from the last push.
        carried: usize,
    },
    /// Nothing of it could be read: leave it, so that its push time stands still.
    Keep,
    /// It is somebody else's: leave it, and say so.
    Foreign {
        /// A family in it that no rule of this configuration writes.
        family: String,
    },
}

/// Everything that a run writes besides its own metrics.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Intent {
    /// Sorted by job.
    pub groups: Vec<GroupIntent>,
    /// Groups of earlier runs whose namespaces are no longer configured.
    pub delete: BTreeSet<String>,
    /// The same, but they stay: the policy or the guard of [`Removal`] says so.
    pub left: BTreeSet<String>,
    /// When each rule of the run was last read in full, this run included.
    pub last_success: BTreeMap<RuleNumber, Timestamp>,
}

impl Intent {
    /// Job labels of the groups that are replaced.
    pub fn written(&self) -> impl Iterator<Item = &str> {
        let written = |group: &&GroupIntent| matches!(group.action, Action::Put { .. });
        self.groups
            .iter()
            .filter(written)
            .map(|group| group.job.as_str())
    }
}

/// What happens to groups whose namespaces are no longer configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// They stay: a run by hand, perhaps with another file, tidies nothing up.
    Never,
    /// They go, unless that were all groups there are: then the file is rather the wrong one.
    Guarded,
    /// They go.
    Always,
}

/// What [`decide`] decides on.
#[derive(Debug)]
pub struct Situation<'a> {
    /// All rules of the file.
    pub configured: &'a [Rule],
    /// Those that this run was to read.
    pub in_scope: &'a [&'a Rule],
    /// Rules that could not be read in full.
    pub failed: &'a BTreeSet<RuleNumber>,
    /// Label values of the rules.
    pub labels: &'a BTreeMap<RuleNumber, String>,
    /// What the Pushgateway held.
    pub previous: &'a Previous,
    /// When the run began.
    pub now: Timestamp,
    /// How long a failed rule's last values are kept.
    pub grace: Duration,
    /// Whether groups may be removed.
    pub removal: Removal,
}

/// Decides what becomes of every group. `read` is what this run has to say.
pub fn decide(situation: &Situation<'_>, read: Vec<Group>) -> Intent {
    let mut read: BTreeMap<String, Vec<Family>> = read
        .into_iter()
        .map(|group| (group.job, group.families))
        .collect();
    let mut rules: BTreeMap<String, Vec<&Rule>> = BTreeMap::new();
    for rule in situation.in_scope {
        rules
            .entry(naming::job(&rule.namespace))
            .or_default()
            .push(rule);
    }
    let configured = situation.configured_jobs();
    let untouched: Vec<String> = configured
        .iter()
        .filter(|job| !rules.contains_key(*job))
        .cloned()
        .collect();
    let mut intent = Intent::default();
    for (job, rules) in rules {
        let families = read.remove(&job).unwrap_or_default();
        for rule in &rules {
            let at = situation.last_success(rule, &job);
            intent.last_success.extend(at.map(|at| (rule.number, at)));
        }
        let action = situation.action(&job, &rules, families, &intent.last_success);
        intent.groups.push(GroupIntent { job, action });
    }
    resources::once(&mut intent.groups, &untouched, situation.previous);
    let orphans = situation.orphans(&configured);
    let all_would_go = situation.previous.owned().is_subset(&orphans);
    match situation.removal {
        Removal::Always => intent.delete = orphans,
        Removal::Guarded if !all_would_go => intent.delete = orphans,
        Removal::Guarded | Removal::Never => intent.left = orphans,
    }
    intent
}

impl Situation<'_> {
    fn action(
        &self,
        job: &str,
        rules: &[&Rule],
        mut families: Vec<Family>,
        last_success: &BTreeMap<RuleNumber, Timestamp>,
    ) -> Action {
        if let Some(family) = self.foreign_family(job) {
            return Action::Foreign { family };
        }
        let (failed, read): (Vec<&Rule>, Vec<&Rule>) = rules
            .iter()
            .partition(|rule| self.failed.contains(&rule.number));
        if read.is_empty() && families.is_empty() && !failed.is_empty() {
            return Action::Keep;
        }
        let is_recent = |rule: &&Rule| {
            let age = last_success
                .get(&rule.number)
                .map(|at| self.now.duration_since(*at));
            age.is_some_and(|age| age.unsigned_abs() <= self.grace)
        };
        let failed: Vec<&Rule> = failed.into_iter().filter(is_recent).collect();
        let carried = match self.previous.group(job) {
            Some(stored) if !failed.is_empty() => carry(&failed, &read, stored, &mut families),
            _ => 0,
        };
        Action::Put { families, carried }
    }

    /// A family that shows that somebody else writes this group. A group on our list is ours; so is
    /// one that holds nothing but what the configuration writes, as after the list was lost.
    fn foreign_family(&self, job: &str) -> Option<String> {
        if self.previous.owned().contains(job) {
            return None;
        }
        let rules = self
            .configured
            .iter()
            .filter(|rule| naming::job(&rule.namespace) == job);
        let ours: BTreeSet<String> = rules
            .flat_map(|rule| RuleNames::new(rule).families)
            .chain([RESOURCE_INFO.to_owned()])
            .collect();
        let stored = &self.previous.group(job)?.families;
        let foreign = stored
            .iter()
            .find(|stored| !ours.contains(&stored.family.name));
        foreign.map(|stored| stored.family.name.clone())
    }

    /// When the rule was last read in full. For a failed rule that no record tells of (the record
    /// was lost, or the rule never succeeded) the group's last push bounds the age of what is
    /// there; that instant goes on the record, so that the grace ends.
    fn last_success(&self, rule: &Rule, job: &str) -> Option<Timestamp> {
        if !self.failed.contains(&rule.number) {
            return Some(self.now);
        }
        let recorded = self
            .labels
            .get(&rule.number)
            .and_then(|label| self.previous.last_success(label));
        recorded.or_else(|| instant(self.previous.group(job)?.push_time_seconds))
    }

    fn configured_jobs(&self) -> BTreeSet<String> {
        self.configured
            .iter()
            .map(|rule| naming::job(&rule.namespace))
            .collect()
    }

    /// Groups that an earlier run has written and no configured rule writes any more, unless
    /// another owner has them on its list as well. A run of only some namespaces finds none.
    fn orphans(&self, configured: &BTreeSet<String>) -> BTreeSet<String> {
        if self.in_scope.len() < self.configured.len() {
            return BTreeSet::new();
        }
        let orphans: BTreeSet<String> = self
            .previous
            .owned()
            .difference(configured)
            .cloned()
            .collect();
        orphans
            .difference(&self.previous.owned_by_others())
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests;

//! What to write to the Pushgateway: pure, from what was read, what failed and what was there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use common::exposition::Family;
use common::pushgateway::GroupKey;
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
    Foreign(Foreign),
}

/// What shows that a group is somebody else's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Foreign {
    /// It holds this family, which no rule of this configuration writes.
    Family(String),
    /// It is on the list of another exporter, whose own metrics are in this group.
    Owned(GroupKey),
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Family(family) => {
                write!(
                    f,
                    "it holds `{family}`, which no rule of this configuration writes"
                )
            }
            Self::Owned(owner) => write!(f, "it is on the list of another exporter, `{owner}`"),
        }
    }
}

/// Everything that a run writes besides its own metrics.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Intent {
    /// Sorted by job.
    pub groups: Vec<GroupIntent>,
    /// Groups of earlier runs whose namespaces are no longer configured.
    pub delete: BTreeSet<String>,
    /// The same, but they stay: the policy or the guard of [`Removal`] says so, or another exporter
    /// has them on its list.
    pub left: BTreeSet<String>,
    /// The same, and another exporter has written them since: they leave our list.
    pub released: BTreeSet<String>,
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
    /// The present.
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
    situation.tidy_up(&configured, &mut intent);
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
        if let Some(foreign) = self.foreign(job) {
            return Action::Foreign(foreign);
        }
        let (failed, read): (Vec<&Rule>, Vec<&Rule>) = rules
            .iter()
            .partition(|rule| self.failed.contains(&rule.number));
        // What is known of resources is no value: a group with nothing else would look alive.
        let is_silent = families.iter().all(|family| family.name == RESOURCE_INFO);
        if read.is_empty() && is_silent && !failed.is_empty() {
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

    /// What shows that somebody else writes this group. A group on our list is ours; so is one on
    /// nobody's list that holds nothing but what the configuration writes, as after a list was lost.
    fn foreign(&self, job: &str) -> Option<Foreign> {
        if self.previous.owned().contains(job) {
            return None;
        }
        if let Some(owner) = self.previous.other_owner(job, self.now) {
            return Some(Foreign::Owned(owner.clone()));
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
        foreign.map(|stored| Foreign::Family(stored.family.name.clone()))
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

    /// Decides about groups that an earlier run has written and no configured rule writes any more.
    /// A run of only some namespaces tidies nothing up.
    fn tidy_up(&self, configured: &BTreeSet<String>, intent: &mut Intent) {
        if self.in_scope.len() < self.configured.len() {
            return;
        }
        let owned = self.previous.owned();
        let none_would_stay = owned.is_disjoint(configured);
        let ours = self.previous.push_time(self.previous.owner().group());
        for job in owned.difference(configured).cloned() {
            let place = if self.previous.other_owner(&job, self.now).is_some() {
                let written = self
                    .previous
                    .group(&job)
                    .map(|group| group.push_time_seconds);
                if written > ours {
                    &mut intent.released
                } else {
                    &mut intent.left
                }
            } else {
                match self.removal {
                    Removal::Always => &mut intent.delete,
                    Removal::Guarded if !none_would_stay => &mut intent.delete,
                    Removal::Guarded | Removal::Never => &mut intent.left,
                }
            };
            place.insert(job);
        }
    }
}

#[cfg(test)]
mod tests;

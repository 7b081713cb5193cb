//! What to write to the Pushgateway: pure, from what was read, what failed and what was there.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use common::exposition::Family;
use jiff::Timestamp;

use super::carry::carry;
use super::previous::{Previous, instant};
use crate::config::{Rule, RuleNumber};
use crate::families::Group;
use crate::naming;

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
}

/// Everything that a run writes besides its own metrics.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Intent {
    /// Sorted by job.
    pub groups: Vec<GroupIntent>,
    /// Groups of earlier runs whose namespaces are no longer configured.
    pub delete: BTreeSet<String>,
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
    let mut intent = Intent {
        delete: situation.orphans(),
        ..Intent::default()
    };
    for (job, rules) in rules {
        let families = read.remove(&job).unwrap_or_default();
        let all_failed = rules
            .iter()
            .all(|rule| situation.failed.contains(&rule.number));
        let silent = all_failed && families.is_empty() && !rules.is_empty();
        for rule in &rules {
            let at = situation.last_success(rule, &job);
            intent.last_success.extend(at.map(|at| (rule.number, at)));
        }
        let action = if silent {
            Action::Keep
        } else {
            situation.put(&job, &rules, families, &intent.last_success)
        };
        intent.groups.push(GroupIntent { job, action });
    }
    intent
}

impl Situation<'_> {
    fn put(
        &self,
        job: &str,
        rules: &[&Rule],
        mut families: Vec<Family>,
        last_success: &BTreeMap<RuleNumber, Timestamp>,
    ) -> Action {
        let mut carried = 0;
        if let Some(stored) = self.previous.group(job) {
            for rule in rules
                .iter()
                .filter(|rule| self.failed.contains(&rule.number))
            {
                let age = last_success
                    .get(&rule.number)
                    .map(|at| self.now.duration_since(*at));
                if age.is_some_and(|age| age.unsigned_abs() <= self.grace) {
                    carried += carry(rule, stored, &mut families);
                }
            }
        }
        Action::Put { families, carried }
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

    /// Groups that an earlier run has written and no configured rule writes any more. A run of
    /// only some namespaces tidies nothing up.
    fn orphans(&self) -> BTreeSet<String> {
        if self.in_scope.len() < self.configured.len() {
            return BTreeSet::new();
        }
        let configured: BTreeSet<String> = self
            .configured
            .iter()
            .map(|rule| naming::job(&rule.namespace))
            .collect();
        self.previous
            .owned()
            .difference(&configured)
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests;

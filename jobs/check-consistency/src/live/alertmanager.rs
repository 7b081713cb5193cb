//! What each replica of each Alertmanager says of the file that it runs.
//!
//! A hash of the file is compared and never shown: the file holds passwords. So is the user that mail is
//! sent as.

mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use common::alertmanager::ConfigHash;

use super::findings::{Found, findings, list, named};
use super::names::{ALERTMANAGER, operator};
use super::reading::{Reading, compare, parts, seen};
use crate::config::AlertmanagerRef;
use crate::finding::{Finding, Standing, Unknown};
use crate::object::{Kind, ObjectName};
use crate::survey::{Gap, Part};
use read::{Replica, Running};
pub(super) use read::{Replicas, read};

/// What comes of the replicas of all clusters.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) findings: Vec<Finding>,
    pub(super) parts: Vec<Part>,
    /// The releases that each cluster runs.
    pub(super) versions: Vec<Reading<BTreeSet<String>>>,
    /// By cluster, each replica that was read, and whether it sends mail as the user that the home
    /// cluster's do. Empty where nobody can say.
    pub(super) same_user: Vec<Vec<(String, bool)>>,
}

/// Judges the replicas of all clusters.
pub(super) fn judge(
    readings: &[Reading<Replicas>],
    names: &[&str],
    namespace: &str,
    config: &AlertmanagerRef,
    home: Option<usize>,
) -> Judged {
    let kind = operator("Alertmanager");
    let all = named(&kind, namespace, &config.selector);
    let mut found = Vec::new();
    for (cluster, replicas) in seen(readings) {
        let name = names.get(cluster).copied().unwrap_or_default();
        for replica in &replicas.0 {
            found.extend(replica.judge(cluster, name, namespace));
        }
        found.extend(match replicas.trouble() {
            Some((standing, text, hint)) => {
                let text = format!("{name}: {text}");
                Some(Found::wrong(all.clone(), cluster, standing, text).hint(hint))
            }
            // As long as one is not read, nobody can say that all are the same.
            None if replicas.gap().is_some() => None,
            None => Some(Found::well(all.clone(), cluster)),
        });
    }
    if config.same_file {
        let files = values(readings, |running| running.hash);
        let text = "do not run the same file";
        let hint = "see which cluster's Secret is not the one that was rolled out last";
        found.extend(across(&all, readings, &files, names, text, hint));
    }
    if config.same_user {
        let users = values(readings, |running| Some(running.users.0.clone()));
        let user = named(&Kind::new("", "SmtpUser"), namespace, &config.selector);
        let text = "do not send mail as the same user";
        let hint =
            "run rotate-credentials, or see in which cluster its last step was not taken over";
        found.extend(across(&user, readings, &users, names, text, hint));
    }
    let versions = values(readings, |running| Some(running.version.clone()));
    Judged {
        findings: findings(ALERTMANAGER, &gaps(readings), found),
        parts: parts(ALERTMANAGER, &kind, readings, |replicas| {
            replicas
                .gap()
                .map_or(Ok(replicas.0.len()), |gap| Err(gap.clone()))
        }),
        versions,
        same_user: match home.filter(|_| config.same_user) {
            Some(home) => same_user(readings, home),
            None => readings.iter().map(|_| Vec::new()).collect(),
        },
    }
}

/// The values of all replicas that were read, for each cluster.
fn values<T: Ord>(
    readings: &[Reading<Replicas>],
    value: impl Fn(&Running) -> Option<T>,
) -> Vec<Reading<BTreeSet<T>>> {
    let values = readings.iter().map(|reading| {
        let Reading::Seen(replicas) = reading else {
            return reading.map(|_| BTreeSet::new());
        };
        let values: BTreeSet<_> = replicas.running().filter_map(&value).collect();
        match replicas.gap() {
            Some(gap) if values.is_empty() => Reading::Gap(gap.clone()),
            // Without a value there is nothing to compare, and that has been told.
            None if values.is_empty() => Reading::NotAsked,
            Some(_) | None => Reading::Seen(values),
        }
    });
    values.collect()
}

/// Whether all clusters have the same value.
fn across<T: PartialEq>(
    object: &ObjectName,
    readings: &[Reading<Replicas>],
    values: &[Reading<T>],
    names: &[&str],
    text: &str,
    hint: &str,
) -> Option<Found> {
    let compared = compare(values)?;
    let mut found = Found::well(object.clone(), 0);
    found.clusters = compared.clusters();
    // A replica that was not read could be another one.
    let partly = gaps(readings).into_iter().flatten().next();
    let standing = match (compared.standing(), partly) {
        (Standing::Equal, Some(why)) => Standing::Unknown(why),
        (standing, _) => standing,
    };
    found.standing = standing;
    if standing == Standing::Different {
        let name = |cluster: &usize| names.get(*cluster).copied().unwrap_or_default();
        let groups = compared.groups.iter();
        let groups: Vec<_> = groups
            .map(|(_, clusters)| list(clusters.iter().map(name)))
            .collect();
        found.text = Some(format!("the clusters {text}: {}", groups.join(" | ")));
        found.hint = Some(hint.to_owned());
    }
    found.unread = compared.unread;
    Some(found)
}

/// Clusters of which not every replica was read.
fn gaps(readings: &[Reading<Replicas>]) -> Vec<Option<Unknown>> {
    let gaps = readings.iter().map(|reading| {
        let replica = reading.seen().and_then(Replicas::gap);
        reading.gap().or(replica)
    });
    gaps.map(|gap| gap.map(|gap| gap.reason)).collect()
}

/// Holds each replica against those of the home cluster, if these agree.
fn same_user(readings: &[Reading<Replicas>], home: usize) -> Vec<Vec<(String, bool)>> {
    let at_home = readings.get(home).and_then(Reading::seen);
    let mut users = at_home.into_iter().flat_map(Replicas::running);
    let first = users.next().map(|running| running.users.clone());
    let wanted = first.filter(|first| users.all(|running| running.users == *first));
    let replicas = readings.iter().enumerate().map(|(cluster, reading)| {
        let (Some(wanted), Some(replicas)) = (&wanted, reading.seen()) else {
            return Vec::new();
        };
        let others = replicas.0.iter().filter(|_| cluster != home);
        let read = others.filter_map(|replica| {
            let running = replica.running.as_ref().ok()?;
            Some((replica.pod.clone(), running.users == *wanted))
        });
        read.collect()
    });
    replicas.collect()
}

impl Replicas {
    fn running(&self) -> impl Iterator<Item = &Running> {
        let replicas = self.0.iter();
        replicas.filter_map(|replica| replica.running.as_ref().ok())
    }

    /// Why the first replica that was not read was not.
    fn gap(&self) -> Option<&Gap> {
        let mut replicas = self.0.iter();
        replicas.find_map(|replica| replica.running.as_ref().err())
    }

    fn trouble(&self) -> Option<(Standing, String, &'static str)> {
        if self.0.is_empty() {
            let text = "no replica runs".to_owned();
            let hint = "look at the pods, and at the selector in the configuration";
            return Some((Standing::Failing, text, hint));
        }
        let mut files: Vec<(ConfigHash, Vec<&str>)> = Vec::new();
        for replica in &self.0 {
            let Some(hash) = replica
                .running
                .as_ref()
                .ok()
                .and_then(|running| running.hash)
            else {
                continue;
            };
            match files.iter_mut().find(|(other, _)| *other == hash) {
                Some((_, pods)) => pods.push(&replica.pod),
                None => files.push((hash, vec![&replica.pod])),
            }
        }
        let (_, others) = files.split_first()?;
        if others.is_empty() {
            return None;
        }
        let files = files.iter();
        let groups: Vec<_> = files.map(|(_, pods)| list(pods.iter().copied())).collect();
        let text = format!("the replicas run different files: {}", groups.join(" | "));
        let hint = "wait for the next reload; if it stays, see the replicas' logs";
        Some((Standing::NotLoaded, text, hint))
    }
}

impl Replica {
    /// `None` when it was not read: the coverage tells that.
    fn judge(&self, cluster: usize, name: &str, namespace: &str) -> Option<Found> {
        let running = self.running.as_ref().ok()?;
        let object = named(&Kind::new("", "Pod"), namespace, &self.pod);
        let wrong = |standing, text: &str, hint| {
            let text = format!("{name}: {text}");
            Some(Found::wrong(object.clone(), cluster, standing, text).hint(hint))
        };
        match (running.reloaded, running.hash) {
            (Some(false), _) => wrong(
                Standing::NotLoaded,
                "its last reload failed: it runs the file before",
                "see in its log what it objects to",
            ),
            (None, _) | (_, None) => wrong(
                Standing::Unknown(Unknown::NotComparable),
                "it does not say which file it runs",
                "look at its metrics: they lack alertmanager_config_hash or the reload's success",
            ),
            (Some(true), Some(_)) => Some(Found::well(object, cluster)),
        }
    }
}

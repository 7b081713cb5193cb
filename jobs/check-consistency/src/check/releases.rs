//! The versions of charts and applications, as the labels of the compared objects tell them: once for
//! each release, not for each object. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Config;
use crate::finding::{Finding, Presence, Standing, Unknown};
use crate::object::{Kind, ObjectName};
use crate::observe::{FamilyLook, Looked, Versions};

/// The family of these findings.
const FAMILY: &str = "live/versions";

/// What one cluster's objects say of a release: by the name of each chart in it, which versions.
type Said = BTreeMap<String, BTreeSet<String>>;

/// Compares what the clusters' objects say of the releases that they come from.
pub(super) fn compare(config: &Config, looked: &[Looked]) -> Vec<Finding> {
    let mut releases: BTreeMap<&str, Vec<Said>> = BTreeMap::new();
    for (cluster, looked) in looked.iter().enumerate() {
        let seen = looked.census.iter().filter_map(FamilyLook::census);
        for seen in seen.flat_map(|census| census.objects.values()) {
            let Some(instance) = &seen.versions.instance else {
                continue;
            };
            let said = releases
                .entry(instance)
                .or_insert_with(|| vec![Said::new(); config.clusters.len()]);
            if let Some(said) = said.get_mut(cluster) {
                add(said, &seen.versions);
            }
        }
    }
    let gaps: Vec<_> = looked.iter().map(gap).collect();
    releases
        .into_iter()
        .filter_map(|(release, said)| finding(config, release, &said, &gaps))
        .collect()
}

fn add(said: &mut Said, versions: &Versions) {
    let chart = versions.chart.as_deref();
    let name = chart.map(name_of).unwrap_or_default();
    let app = versions.app.as_ref().map(|app| format!("version {app}"));
    let words: Vec<_> = chart.map(str::to_owned).into_iter().chain(app).collect();
    if !words.is_empty() {
        said.entry(name.to_owned()).or_default().extend(words);
    }
}

/// `kube-prometheus-stack` of `kube-prometheus-stack-45.25.0`.
fn name_of(chart: &str) -> &str {
    let is_version = |text: &str| {
        let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
        rest.len() < text.len() && rest.starts_with('.')
    };
    let mut at = chart.match_indices('-').map(|(at, _)| chart.split_at(at));
    let found = at.find(|(_, rest)| rest.strip_prefix('-').is_some_and(is_version));
    found.map_or(chart, |(name, _)| name)
}

/// Why not all that a cluster says of its releases was heard.
fn gap(looked: &Looked) -> Option<Unknown> {
    looked.census.iter().find_map(|look| match look {
        FamilyLook::Gap(gap) => Some(gap.reason),
        FamilyLook::Read(_) | FamilyLook::KindMissing | FamilyLook::NotAsked => None,
    })
}

/// Of a release of which more than one cluster has the same chart; where a release, or a chart in it, is
/// at all, is said by its objects.
fn finding(
    config: &Config,
    release: &str,
    said: &[Said],
    gaps: &[Option<Unknown>],
) -> Option<Finding> {
    let charts: BTreeSet<_> = said.iter().flat_map(BTreeMap::keys).collect();
    let has = |chart: &str| said.iter().filter(|said| said.contains_key(chart)).count();
    let shared: Vec<_> = charts.into_iter().filter(|chart| has(chart) > 1).collect();
    if shared.is_empty() {
        return None;
    }
    let different: Vec<_> = shared
        .iter()
        .filter(|chart| {
            let mut said = said.iter().filter_map(|said| said.get(**chart));
            let first = said.next();
            said.any(|said| Some(said) != first)
        })
        .collect();
    let lacks = |chart: &str| {
        let complete = said.iter().zip(gaps).filter(|(_, gap)| gap.is_none());
        let mut complete = complete.filter_map(|(said, _)| said.get(chart));
        let mut all = said.iter().filter_map(|said| said.get(chart)).flatten();
        complete.any(|of_one| all.clone().any(|word| !of_one.contains(word)))
            && all.next().is_some()
    };
    // What a cluster that was read in full does not say, it does not have.
    let certain = different.iter().any(|chart| lacks(chart));
    let gap = said
        .iter()
        .zip(gaps)
        .find_map(|(said, gap)| gap.filter(|_| !said.is_empty()));
    let standing = match (certain, gap) {
        (true, _) => Standing::Different,
        (false, Some(reason)) => Standing::Unknown(reason),
        (false, None) => Standing::Equal,
    };
    let words = config
        .clusters
        .iter()
        .zip(said)
        .filter_map(|(cluster, said)| {
            let words = different.iter().filter_map(|chart| said.get(**chart));
            let words: Vec<_> = words.flatten().map(String::as_str).collect();
            (!words.is_empty()).then(|| format!("{}: {}", cluster.name, words.join(", ")))
        });
    let words: Vec<_> = words.collect();
    let presence = said.iter().map(|said| {
        if said.is_empty() {
            Presence::Absent
        } else {
            Presence::Here
        }
    });
    Some(Finding {
        family: FAMILY.to_owned(),
        object: ObjectName {
            kind: Kind::new("helm.sh", "Release"),
            namespace: None,
            name: release.to_owned(),
        },
        standing,
        presence: presence.collect(),
        fields: Vec::new(),
        text: (!words.is_empty()).then(|| words.join("; ")),
        hint: standing
            .is_drift()
            .then(|| "upgrade the release where it is older".to_owned()),
        rule: None,
        age: None,
    })
}

#[cfg(test)]
mod tests;

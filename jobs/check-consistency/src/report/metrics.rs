//! A survey as metrics. No name of an object and no value is among them.

use std::collections::BTreeMap;

use common::exposition::Family;
use common::metrics;
use common::number::{from_count, from_time, from_truth};

use super::Judgement;
use crate::survey::Survey;

/// Drifts whose beginning is pushed, the oldest first.
const DRIFTS_MAX: usize = 50;

/// Everything that is pushed.
pub fn families(survey: &Survey) -> Vec<Family> {
    let complete = matches!(
        Judgement::of(survey),
        Judgement::Consistent | Judgement::Drift(_)
    );
    let unused = survey.rules.iter().filter(|it| it.used == 0 && !it.expired);
    let expired = survey.rules.iter().filter(|it| it.expired);
    let mut families = vec![
        metrics::CONSISTENCY_COMPLETE.single(from_truth(complete)),
        items(survey),
        drift(survey),
        since(survey),
        parts(survey),
        metrics::CONSISTENCY_EXPIRED_RULES.single(from_count(expired.count())),
    ];
    if complete {
        // What a rule is about may be what could not be looked at.
        families.push(metrics::CONSISTENCY_UNUSED_RULES.single(from_count(unused.count())));
    }
    families.extend(peers(survey));
    families.retain(|family| !family.samples.is_empty());
    families
}

fn items(survey: &Survey) -> Family {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for finding in &survey.findings {
        let key = (finding.object.kind.kind.as_str(), finding.standing.word());
        *counts.entry(key).or_default() += 1;
    }
    metrics::CONSISTENCY_ITEMS.family(
        counts.into_iter().map(|((kind, result), count)| {
            ([("kind", kind), ("result", result)], from_count(count))
        }),
    )
}

/// Of every kind that was looked at, so that a drift that is over becomes a zero.
fn drift(survey: &Survey) -> Family {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &survey.findings {
        let count = counts.entry(&finding.object.kind.kind).or_default();
        *count += usize::from(finding.standing.is_drift());
    }
    let counts = counts.into_iter();
    metrics::CONSISTENCY_DRIFT
        .family(counts.map(|(kind, count)| ([("kind", kind)], from_count(count))))
}

/// When the oldest drift of each object began: ages are computed where they are shown.
fn since(survey: &Survey) -> Family {
    let drifted = survey.findings.iter().filter(|it| it.standing.is_drift());
    let mut since: Vec<_> = drifted
        .filter_map(|finding| {
            let age = finding.age?;
            let fingerprint = crate::state::of_finding(survey, finding);
            Some((age.first_seen, &finding.family, fingerprint))
        })
        .collect();
    since.sort();
    let oldest = since.iter().take(DRIFTS_MAX);
    metrics::CONSISTENCY_DRIFT_SINCE.family(oldest.map(|(first_seen, family, fingerprint)| {
        let labels = [
            ("family", family.as_str()),
            ("fingerprint", fingerprint.as_str()),
        ];
        (labels, from_time(*first_seen))
    }))
}

fn parts(survey: &Survey) -> Family {
    let mut read: BTreeMap<(&str, &str), bool> = BTreeMap::new();
    for part in &survey.parts {
        let Some(cluster) = survey.clusters.get(part.cluster) else {
            continue;
        };
        let whole = read.entry((&cluster.name, &part.family)).or_insert(true);
        *whole &= part.read.is_ok();
    }
    metrics::CONSISTENCY_READ.family(
        read.into_iter().map(|((peer, family), whole)| {
            ([("peer", peer), ("family", family)], from_truth(whole))
        }),
    )
}

fn peers(survey: &Survey) -> [Family; 3] {
    let clusters = survey.clusters.iter();
    let reachable = clusters.clone().map(|cluster| {
        let labels = [("peer", cluster.name.as_str())];
        (labels, from_truth(cluster.trouble.is_none()))
    });
    let watchdog = clusters.clone().filter_map(|cluster| {
        let seen = cluster.peer.as_ref()?.watchdog_seen?;
        Some(([("peer", cluster.name.as_str())], from_time(seen)))
    });
    let users = clusters.flat_map(|cluster| {
        let replicas = cluster.peer.iter().flat_map(|peer| &peer.replicas);
        replicas.map(|(replica, same)| {
            let labels = [
                ("peer", cluster.name.as_str()),
                ("replica", replica.as_str()),
            ];
            (labels, from_truth(*same))
        })
    });
    [
        metrics::PEER_REACHABLE.family(reachable),
        metrics::PEER_WATCHDOG_SEEN.family(watchdog),
        metrics::PEER_SMTP_USER_MATCH.family(users),
    ]
}

#[cfg(test)]
mod tests;

//! Ours against two stand-ins for API servers.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use sandbox::monitoring::{ApiSimulator, CLUSTERS, Fleet};
use serde_json::{Value, json};

use super::Ours;
use super::row::{Row, Run};

/// What ours shall stay below.
#[derive(Debug, Clone, Copy)]
struct Target {
    objects: usize,
    wall: Duration,
    peak: u64,
    requests: usize,
}

/// The size that the company has, and one that nobody should ever reach.
const TARGETS: [Target; 2] = [
    Target {
        objects: 500,
        wall: Duration::from_secs(1),
        peak: 30_000_000,
        requests: 2 * 40,
    },
    Target {
        objects: 10_000,
        wall: Duration::from_secs(3),
        peak: 64_000_000,
        requests: 2 * 40,
    },
];

/// Measures runs with so many objects in each cluster.
pub(super) async fn row(
    ours: &Ours,
    objects: usize,
    latency: Duration,
    rounds: u32,
) -> Result<Row> {
    let fleets = [false, true].map(|changed| Arc::new(Fleet::new(objects, changed)));
    let [one, other] = fleets;
    let [first, second] = CLUSTERS;
    let servers = [
        ApiSimulator::start(first, one, latency)?,
        ApiSimulator::start(second, other, latency)?,
    ];
    let kubeconfig = ours.directory.path().join("kubeconfig");
    fs::write(&kubeconfig, kubeconfig_of(&servers).to_string())?;
    let configuration = configuration(&kubeconfig.to_string_lossy(), 500);
    let changed = Fleet::manifest(objects / 2, true);
    let changed = changed.pointer("/metadata/name").and_then(Value::as_str);
    let changed = changed.unwrap_or_default();
    let requests = || servers.iter().map(ApiSimulator::take_requests).sum();
    // The first run has the stand-ins compress their pages.
    ours.run(&configuration, changed).await?;
    let _: usize = requests();
    let mut runs = Vec::new();
    for round in 1..=rounds {
        let watched = ours.run(&configuration, changed).await?;
        anstream::eprintln!(
            "2 × {objects} objects, round {round} of {rounds}: {:.3} s",
            watched.wall.as_secs_f64()
        );
        runs.push(Run {
            wall: watched.wall,
            cpu: watched.cpu,
            peak: watched.peak,
            requests: requests(),
        });
    }
    Row::of(format!("2 × {objects} objects"), &runs)
}

/// The targets that a row misses, in words.
pub(super) fn missed(row: &Row, objects: usize) -> Vec<String> {
    let Some(target) = TARGETS.iter().find(|target| target.objects == objects) else {
        return Vec::new();
    };
    let median = &row.median;
    let mut missed = Vec::new();
    if median.wall > target.wall {
        missed.push(format!(
            "{}: {:?}, not {:?}",
            row.name, median.wall, target.wall
        ));
    }
    if median.peak > target.peak {
        missed.push(format!(
            "{}: {} bytes, not {}",
            row.name, median.peak, target.peak
        ));
    }
    if median.requests > target.requests {
        missed.push(format!(
            "{}: {} requests, not {}",
            row.name, median.requests, target.requests
        ));
    }
    missed
}

/// A configuration that compares the rules of both clusters and nothing else.
pub(super) fn configuration(kubeconfig: &str, page: u32) -> String {
    let clusters = CLUSTERS
        .map(|name| json!({"name": name, "context": name, "kubeconfig": kubeconfig}).to_string());
    format!(
        "clusters: [{}]\nselect:\n  - {{id: rules, kinds: [monitoring.coreos.com/PrometheusRule]}}\n\
         limits: {{page: {page}}}\n",
        clusters.join(", ")
    )
}

fn kubeconfig_of(servers: &[ApiSimulator; 2]) -> Value {
    let both: Vec<_> = CLUSTERS.into_iter().zip(servers).collect();
    let clusters: Vec<Value> = both
        .iter()
        .map(|(name, server)| json!({"name": name, "cluster": {"server": server.url()}}))
        .collect();
    let context = |name| json!({"name": name, "context": {"cluster": name, "user": "bench"}});
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": clusters,
        "contexts": CLUSTERS.map(context),
        "users": [{"name": "bench", "user": {"token": "sandbox"}}],
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::row::{Row, Run};
    use super::missed;

    #[test]
    fn each_target_is_told_when_it_is_missed() {
        let row = |wall, peak, requests| {
            let run = Run {
                wall: Duration::from_millis(wall),
                cpu: Duration::ZERO,
                peak,
                requests,
            };
            Row::of("x", &[run]).unwrap()
        };
        assert!(missed(&row(900, 29_000_000, 30), 500).is_empty());
        assert_eq!(missed(&row(1_100, 31_000_000, 99), 500).len(), 3);
        assert!(missed(&row(2_900, 60_000_000, 50), 10_000).is_empty());
        assert!(
            missed(&row(9_000, 90_000_000, 500), 77).is_empty(),
            "no target"
        );
    }
}

//! The chart with shorter waits, and the values of a cluster that only this machine has.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::images::Images;
use crate::checkout;
use crate::company::{CALLER, CLUSTERS, HOME};
use crate::images::Reference;
use crate::nodes::{NodeCluster, Pair};

/// Waits of production, each with what it becomes: file, text, other text. Nothing else of a file is
/// touched: rules and routes are those that are installed.
const WAITS: [(&str, &str, &str); 12] = [
    (
        "files/rules/monitoring-jobs.yaml",
        " for: 15m\n",
        " for: 5s\n",
    ),
    (
        "files/rules/monitoring-jobs.yaml",
        " for: 3m\n",
        " for: 5s\n",
    ),
    (
        "files/rules/monitoring-jobs.yaml",
        " for: 24h\n",
        " for: 5s\n",
    ),
    (
        "files/rules/monitoring-jobs.yaml",
        "interval: 1m\n",
        "interval: 5s\n",
    ),
    (
        "files/rules/monitoring-jobs.yaml",
        " for: 1m\n",
        " for: 5s\n",
    ),
    (
        "files/alertmanager-template.yaml",
        "group_wait: 30s",
        "group_wait: 1s",
    ),
    (
        "files/alertmanager-template.yaml",
        "group_wait: 1m",
        "group_wait: 1s",
    ),
    (
        "files/alertmanager-template.yaml",
        "group_interval: 5m",
        "group_interval: 5s",
    ),
    (
        "templates/servers.yaml",
        "scrapeInterval: 30s",
        "scrapeInterval: 5s",
    ),
    (
        "templates/servers.yaml",
        "evaluationInterval: 30s",
        "evaluationInterval: 5s",
    ),
    ("templates/servers.yaml", " interval: 30s", " interval: 5s"),
    (
        "templates/pushgateway.yaml",
        "interval: 30s",
        "interval: 5s",
    ),
];

/// A copy of the chart below `directory` that does not let people wait.
pub(super) fn hasty_copy(directory: &Path) -> Result<PathBuf> {
    let chart = directory.join("chart");
    copy(&checkout::file("k8s/chart"), &chart)?;
    for (file, long, short) in WAITS {
        let path = chart.join(file);
        let text = fs::read_to_string(&path).with_context(|| format!("reading {file}"))?;
        ensure!(
            text.contains(long),
            "{file} has no `{}` to shorten",
            long.trim()
        );
        fs::write(&path, text.replace(long, short)).with_context(|| format!("writing {file}"))?;
    }
    Ok(chart)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("creating {}", to.display()))?;
    for item in fs::read_dir(from).with_context(|| format!("reading {}", from.display()))? {
        let item = item.with_context(|| format!("reading {}", from.display()))?;
        let copied = to.join(item.file_name());
        if item.path().is_dir() {
            copy(&item.path(), &copied)?;
        } else {
            fs::copy(item.path(), &copied)
                .with_context(|| format!("copying {}", item.path().display()))?;
        }
    }
    Ok(())
}

/// What is not as in `k8s/values/CLUSTER.yaml`: addresses, images, and how often the jobs run.
pub(super) fn values(pair: &Pair, whole: &NodeCluster, images: &Images) -> Value {
    let side = whole.side();
    let peer = pair.both().into_iter().find(|it| it.side() != side);
    let image = |reference: &Reference| {
        json!({
            "repository": reference.name.repository(), "digest": reference.digest.to_string(),
        })
    };
    let outside = side.outside();
    let peer_address = peer.map(|it| format!("{}/32", it.side().node()));
    let peers: Vec<Value> = peer.into_iter().map(server).collect();
    let mut values = json!({
        "api": {
            "server": format!("https://{}", side.node()),
            "certificateAuthority": STANDARD.encode(whole.cluster().ca_pem()),
        },
        "apiServerCidrs": {"own": [format!("{}/32", side.node())], "peers": [peer_address]},
        "peers": peers,
        "image": image(&images.suite),
        "pushgateway": {"image": image(&images.pushgateway)},
        "prometheus": {"image": image(&images.prometheus), "resources": small("256Mi")},
        "alertmanager": {"image": image(&images.alertmanager), "resources": small("64Mi")},
        "environment": {
            "AWS_ENDPOINT_URL": format!("http://{outside}"),
            "AWS_ACCESS_KEY_ID": CALLER,
            "AWS_SECRET_ACCESS_KEY": "sandbox-secret-access-key",
            "AWS_EC2_METADATA_DISABLED": "true",
        },
        "networkPolicies": {
            "dnsCidrs": [format!("{}/32", side.node())],
            "outside": [{"cidr": format!("{outside}/32")}],
            "outsidePorts": [80, 8080],
        },
        "jobs": {"check-consistency": often(), "rotate-credentials": often()},
    });
    if whole.cluster().name() == HOME
        && let Some(jobs) = values.get_mut("jobs").and_then(Value::as_object_mut)
    {
        jobs.insert("export-cloudwatch".to_owned(), often());
        // Upstream's dashboards are on a server that is not of this machine.
        jobs.insert("sync-dashboards".to_owned(), json!({"enabled": false}));
    }
    values
}

/// The shortest schedule that leaves a run time to end.
fn often() -> Value {
    json!({
        "schedule": "*/2 * * * *", "startingDeadlineSeconds": 60, "activeDeadlineSeconds": 120,
        "resources": {"requests": {"cpu": "20m", "memory": "32Mi"}, "limits": {"memory": "256Mi"}},
    })
}

fn small(memory: &str) -> Value {
    json!({"requests": {"cpu": "20m", "memory": memory}, "limits": {"memory": "2Gi"}})
}

fn server(peer: &NodeCluster) -> Value {
    json!({
        "name": peer.cluster().name(),
        "server": format!("https://{}", peer.side().node()),
        "certificateAuthority": STANDARD.encode(peer.cluster().ca_pem()),
    })
}

/// The names of the two clusters, the home of the jobs first.
pub(super) fn names() -> [&'static str; 2] {
    let [other, home] = CLUSTERS;
    [home, other]
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::hasty_copy;

    #[test]
    fn every_wait_that_is_shortened_is_one_of_the_chart() {
        let directory = TempDir::new().unwrap();
        let chart = hasty_copy(directory.path()).unwrap();
        assert!(chart.join("values.schema.json").is_file());
    }
}

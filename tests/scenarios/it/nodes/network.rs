//! Whom the network policies let through, seen by pods that try.

use std::time::Duration;

use anyhow::{Context as _, Result};
use sandbox::images::{Image, small_program};
use sandbox::kubernetes::Cluster;
use sandbox::nodes::NodeCluster;
use scenarios::wait;
use serde_json::json;
use tempfile::TempDir;

use super::{field, told};

/// Pods start in seconds and try for twenty.
const PATIENCE: Duration = Duration::from_mins(1);

/// Tries once a second until three attempts in a row end as expected: the rules for a new pod are in force a
/// moment after it has begun, and until then it may reach everybody; and one attempt alone may fail on a busy
/// machine, whatever the rules.
const REACH: &str = r#"
use std::net::TcpStream;
use std::time::Duration;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let address = arguments[0].parse().unwrap();
    let mut in_a_row = 0;
    for _ in 0..20 {
        let attempt = TcpStream::connect_timeout(&address, Duration::from_secs(1));
        println!("{attempt:?}");
        let expected = attempt.is_ok() == (arguments[1] == "open");
        in_a_row = if expected { in_a_row + 1 } else { 0 };
        if in_a_row == 3 {
            return;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    std::process::exit(1);
}
"#;

/// Each of the jobs reaches what it needs, and nobody else reaches that.
pub(super) async fn each_reaches_what_it_needs(home: &NodeCluster) -> Result<()> {
    let directory = TempDir::new()?;
    let archive = directory.path().join("reach.tar");
    let program = small_program("reach", REACH).await?;
    let image = Image::of_files("registry.local/reach:v1", &["/bin/reach"], vec![program])?;
    let image = image.write(&archive)?.to_string();
    home.import(&archive).await?;
    let cluster = home.cluster();
    let service = |name: &'static str| async move {
        let path = format!("/api/v1/namespaces/monitoring/services/{name}");
        let address = field(cluster, &path, "/spec/clusterIP").await?;
        address.with_context(|| format!("there is no service {name}"))
    };
    let gateway = format!(
        "{}:9091",
        service("prod-monitoring-prometheus-pushgateway").await?
    );
    let alertmanager = format!(
        "{}:9093",
        service("prod-monitoring-prometheus-alertmanager").await?
    );
    let peer = "10.78.0.1:443".to_owned();
    let tries = [
        ("stranger-gateway", "default", "", &gateway, false),
        ("stranger-alertmanager", "default", "", &alertmanager, false),
        (
            "export-gateway",
            "monitoring",
            "export-cloudwatch",
            &gateway,
            true,
        ),
        (
            "export-peer",
            "monitoring",
            "export-cloudwatch",
            &peer,
            false,
        ),
        ("check-peer", "monitoring", "check-consistency", &peer, true),
    ];
    for (name, namespace, job, address, allowed) in tries {
        let arguments = [address.as_str(), if allowed { "open" } else { "refused" }];
        let pod = pod(name, namespace, job, &image, &arguments);
        cluster.apply(&[&pod]).await?;
    }
    for (name, namespace, _, address, allowed) in tries {
        let expected = if allowed { "open" } else { "refused" };
        let as_expected = succeeded(cluster, namespace, name).await?;
        assert!(as_expected, "{name} to {address} is not {expected}");
        told(&format!("{name} to {address}: {expected}"));
    }
    Ok(())
}

fn pod(name: &str, namespace: &str, job: &str, image: &str, arguments: &[&str]) -> String {
    let labels = if job.is_empty() {
        json!({})
    } else {
        json!({
            "app.kubernetes.io/name": job,
            "app.kubernetes.io/part-of": "monitoring-jobs",
            "monitoring-jobs.toolchain.private/variant": "run",
        })
    };
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels},
        "spec": {
            "restartPolicy": "Never", "automountServiceAccountToken": false,
            "securityContext": {
                "runAsNonRoot": true, "runAsUser": 65532,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [{
                "name": "reach", "image": image, "args": arguments,
                "imagePullPolicy": "IfNotPresent",
                "securityContext": {
                    "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]},
                },
            }],
        },
    })
    .to_string()
}

async fn succeeded(cluster: &Cluster, namespace: &str, name: &str) -> Result<bool> {
    let path = format!("/api/v1/namespaces/{namespace}/pods/{name}");
    let mut phase = String::new();
    wait::until_within(PATIENCE, &format!("{name} has ended"), async || {
        phase = field(cluster, &path, "/status/phase")
            .await?
            .unwrap_or_default();
        Ok(matches!(phase.as_str(), "Succeeded" | "Failed"))
    })
    .await?;
    Ok(phase == "Succeeded")
}

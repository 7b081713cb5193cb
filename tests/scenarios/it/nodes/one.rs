//! One cluster with a node.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use sandbox::nodes::{self, NodeCluster, Side};
use sandbox::tools::Tools;
use scenarios::wait;
use serde_json::json;

use super::{Archives, field, pause, pod_of, possible, say};

/// Pods start in a second or two when nothing else goes on.
const PATIENCE: Duration = Duration::from_mins(1);

/// A Job that may be as little as the strictest standard allows.
fn job(name: &str, image: &str, arguments: &[&str]) -> String {
    json!({
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": name, "namespace": "jobs"},
        "spec": {
            "backoffLimit": 0,
            "template": {"spec": {
                "restartPolicy": "Never",
                "securityContext": {
                    "runAsNonRoot": true, "runAsUser": 65532,
                    "seccompProfile": {"type": "RuntimeDefault"},
                },
                "containers": [{
                    "name": "job", "image": image, "args": arguments,
                    "imagePullPolicy": "IfNotPresent",
                    "securityContext": {
                        "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
                        "capabilities": {"drop": ["ALL"]},
                    },
                }],
            }},
        },
    })
    .to_string()
}

const NAMESPACE: &str = "
apiVersion: v1
kind: Namespace
metadata: {name: jobs, labels: {pod-security.kubernetes.io/enforce: restricted}}
";

#[tokio::test]
#[ignore = "a whole cluster, run alone: cargo test -p scenarios --test it nodes:: -- --ignored --test-threads 1"]
async fn a_pod_ends_with_its_status_and_the_cell_leaves_nothing_behind() -> Result<()> {
    if !possible(nodes::possible())? {
        return Ok(());
    }
    let mut archives = Archives::new()?;
    archives.add(&pause().await?)?;
    let say = archives.add(&say().await?)?;
    let paths = archives.paths();
    let paths: Vec<&Path> = paths.iter().map(AsRef::as_ref).collect();
    let tools = Tools::from_process()?;
    let node = NodeCluster::start(&tools, "alone", Side::A, &paths).await?;
    let cluster = node.cluster();
    let directory = cluster.directory().to_owned();

    cluster.apply(&[NAMESPACE]).await?;
    cluster
        .apply(&[
            &job("good", &say, &["0", "hello"]),
            &job("bad", &say, &["3", "no"]),
        ])
        .await?;
    for (name, status, condition) in [("good", "0", "Complete"), ("bad", "3", "Failed")] {
        let path = format!("/apis/batch/v1/namespaces/jobs/jobs/{name}");
        wait::until_within(PATIENCE, &format!("{name} has ended"), async || {
            let conditions = field(cluster, &path, "/status/conditions").await?;
            Ok(conditions.is_some_and(|it| it.contains(&format!("\"{condition}\""))))
        })
        .await?;
        let pod = pod_of(cluster, "jobs", name).await?.context("no pod")?;
        let exit = pod.pointer("/status/containerStatuses/0/state/terminated/exitCode");
        assert_eq!(
            exit.map(ToString::to_string).as_deref(),
            Some(status),
            "{pod:#}"
        );
    }
    let log = cluster
        .kubectl(&["-n", "jobs", "logs", "job/good"], "")
        .await?;
    assert_eq!(log, "hello\n");
    let (bytes, processes) = node.resident()?;
    println!("{processes} processes, {} MiB", bytes >> 20);
    assert!(
        processes > 8,
        "etcd, API server, two controllers, containerd, kubelet, …"
    );

    drop(node);
    assert!(!directory.exists());
    let branch = format!("monitoring-jobs-{}-", std::process::id());
    let mut left = Vec::new();
    for tree in fs::read_dir("/sys/fs/cgroup")? {
        for item in fs::read_dir(tree?.path())?.flatten() {
            if item.file_name().to_string_lossy().starts_with(&branch) {
                left.push(item.path());
            }
        }
    }
    assert_eq!(left, Vec::<std::path::PathBuf>::new());
    let mounts = fs::read_to_string("/proc/self/mounts")?;
    let below = directory.to_string_lossy().into_owned();
    assert!(!mounts.contains(&below), "{mounts}");
    Ok(())
}

//! Two real API servers as clusters, with real Alertmanagers that pose as pods: what other scenarios
//! may rely on.

use std::path::Path;

use anyhow::{Context as _, Result};
use common::alertmanager::ConfigHash;
use sandbox::kubernetes::{AlertmanagerSet, AlertmanagersOptions, Client, Cluster, ClusterOptions};
use sandbox::tools::Tools;
use scenarios::wait;

mod life;
mod refusal;
mod roll;

/// What the Role of a job that looks at a replica must allow; the account `watcher` gets it.
const ROLE: &str = r#"
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: watcher, namespace: monitoring}
rules:
- {apiGroups: [""], resources: [secrets], resourceNames: [alertmanager-prod-monitoring], verbs: [get]}
- apiGroups: [""]
  resources: [pods/proxy]
  resourceNames: ["alertmanager-prod-monitoring-0:9093", "alertmanager-prod-monitoring-1:9093"]
  verbs: [get]
- {apiGroups: [monitoring.coreos.com], resources: [alertmanagers], resourceNames: [prod-monitoring], verbs: [get]}
"#;

const BINDING: &str = "
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: watcher, namespace: monitoring}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: watcher}
subjects:
- {kind: ServiceAccount, name: watcher, namespace: monitoring}
";

/// Notifies no one; the receiver's name tells configurations apart.
fn configuration(receiver: &str) -> String {
    format!("route:\n  receiver: {receiver}\nreceivers:\n- name: {receiver}\n")
}

async fn cluster(name: &str) -> Result<Cluster> {
    Cluster::start(&Tools::from_process()?, ClusterOptions::new(name)).await
}

async fn cluster_with_alertmanagers(name: &str) -> Result<(Cluster, AlertmanagerSet)> {
    let cluster = cluster(name).await?;
    let options = AlertmanagersOptions::new(configuration(name));
    let set = cluster.alertmanagers(options).await?;
    Ok((cluster, set))
}

/// The value of a metric without labels.
fn metric(exposition: &str, name: &str) -> Option<f64> {
    let of_metric = |line: &str| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok();
    exposition.lines().find_map(of_metric)
}

/// The hash of the configuration that a replica runs, read through the API server.
async fn hash(client: &Client, set: &AlertmanagerSet, replica: usize) -> Result<ConfigHash> {
    let path = format!("{}/metrics", set.proxy_path(replica));
    let value = metric(&client.text(&path).await?, "alertmanager_config_hash");
    let hash = value.and_then(ConfigHash::from_metric);
    hash.context("a replica without a configuration's hash")
}

/// How many processes have `directory` in their command line.
fn processes_of(directory: &Path) -> Result<usize> {
    let directory = directory.to_string_lossy();
    let mut count = 0;
    for entry in std::fs::read_dir("/proc")? {
        let command_line = std::fs::read(entry?.path().join("cmdline")).unwrap_or_default();
        if String::from_utf8_lossy(&command_line).contains(&*directory) {
            count += 1;
        }
    }
    Ok(count)
}

#[tokio::test]
async fn two_clusters_live_side_by_side_and_leave_nothing_behind() -> Result<()> {
    let ((east, east_set), (west, west_set)) = tokio::try_join!(
        cluster_with_alertmanagers("east"),
        cluster_with_alertmanagers("west")
    )?;
    for (cluster, set) in [(&east, &east_set), (&west, &west_set)] {
        let admin = cluster.client().await?;
        let expected = ConfigHash::of(configuration(cluster.name()).as_bytes());
        for replica in 0..2 {
            assert_eq!(hash(&admin, set, replica).await?, expected);
        }
        let version = cluster.kubectl(&["version"], "").await?;
        assert!(version.contains("Client Version: v1.34.4"), "{version}");
        assert!(version.contains("Server Version: v1.34.4"), "{version}");
        // Outside `unshare`; inside the supervisor, etcd, the API server and two replicas.
        assert_eq!(processes_of(cluster.directory())?, 6);
    }
    for (cluster, set) in [(east, east_set), (west, west_set)] {
        let directory = cluster.directory().to_owned();
        drop(cluster);
        assert!(processes_of(&directory)? > 0, "the set still needs it");
        drop(set);
        assert_eq!(processes_of(&directory)?, 0);
        assert!(!directory.exists());
    }
    Ok(())
}

#[tokio::test]
async fn rights_are_what_roles_say_and_every_call_is_in_the_audit_log() -> Result<()> {
    let (cluster, set) = cluster_with_alertmanagers("east").await?;
    let watcher = cluster
        .service_account_client("monitoring", "watcher")
        .await?;
    let resource =
        "/apis/monitoring.coreos.com/v1/namespaces/monitoring/alertmanagers/prod-monitoring";
    let paths = [
        set.config_secret_path(),
        format!("{}/metrics", set.proxy_path(0)),
        format!("{}/api/v2/status", set.proxy_path(1)),
        resource.to_owned(),
    ];
    let mark = cluster.audit_mark()?;
    for path in &paths {
        assert_eq!(watcher.status(path).await?, 403, "{path}");
    }
    let applied = cluster.apply(&[ROLE, BINDING]).await?;
    assert!(applied.contains("role.rbac.authorization.k8s.io/watcher serverside-applied"));
    wait::until("the Role is in force", async || {
        Ok(watcher.status(&paths[0]).await? == 200)
    })
    .await?;
    let admitted = cluster.audit_mark()?;
    for path in &paths {
        assert_eq!(watcher.status(path).await?, 200, "{path}");
    }
    let beyond = "/api/v1/namespaces/monitoring/secrets/alertmanager-prod-monitoring-generated";
    assert_eq!(watcher.status(beyond).await?, 403);

    let calls = |mark| -> Result<Vec<String>> {
        let calls = cluster.audit_since(mark)?;
        let account = "system:serviceaccount:monitoring:watcher";
        let own = calls.iter().filter(|call| call.user == account);
        Ok(own
            .map(|call| call.to_string().replace(account, "watcher"))
            .collect())
    };
    let refused = [
        "watcher get secrets monitoring/alertmanager-prod-monitoring 403",
        "watcher get pods/proxy monitoring/alertmanager-prod-monitoring-0:9093 403",
        "watcher get pods/proxy monitoring/alertmanager-prod-monitoring-1:9093 403",
        "watcher get alertmanagers.monitoring.coreos.com monitoring/prod-monitoring 403",
    ];
    assert_eq!(calls(mark)?[..4], refused);
    let mut allowed = refused.map(|call| call.replace("403", "200")).to_vec();
    allowed
        .push("watcher get secrets monitoring/alertmanager-prod-monitoring-generated 403".into());
    wait::until("the log is complete", async || {
        Ok(calls(admitted)?.len() == 5)
    })
    .await?;
    assert_eq!(calls(admitted)?, allowed);
    Ok(())
}

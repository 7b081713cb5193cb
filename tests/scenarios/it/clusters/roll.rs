//! How a changed Secret reaches the replicas, and how it does not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use common::alertmanager::ConfigHash;
use sandbox::kubernetes::{AlertmanagerSet, AlertmanagersOptions, Change, Cluster};
use scenarios::{shared, wait};
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use super::{cluster_with_alertmanagers, configuration, hash, metric};

/// Alertmanagers in a cluster that others use too.
async fn alertmanagers() -> Result<(Arc<Cluster>, AlertmanagerSet)> {
    let cluster = shared::cluster().await?;
    let options = AlertmanagersOptions {
        namespace: shared::namespace(),
        ..AlertmanagersOptions::new(configuration("east"))
    };
    let set = cluster.alertmanagers(options).await?;
    Ok((cluster, set))
}

#[tokio::test]
async fn a_changed_secret_reaches_every_replica_that_is_not_held_back() -> Result<()> {
    let (cluster, set) = alertmanagers().await?;
    let admin = cluster.client().await?;
    let [first, second] = [configuration("east"), configuration("second")];

    set.hold(1);
    set.configure(second.as_bytes()).await?;
    set.wait_until_running(second.as_bytes()).await?;
    let hashes = [hash(&admin, &set, 0).await?, hash(&admin, &set, 1).await?];
    assert_eq!(
        hashes,
        [&second, &first].map(|text| ConfigHash::of(text.as_bytes()))
    );
    set.release(1);
    set.wait_until_running(second.as_bytes()).await?;
    assert!(set.running_config(1).await?.contains("receiver: second"));

    // Nothing moves while the resource is paused, and nobody says so.
    set.pause_operator().await?;
    set.configure(first.as_bytes()).await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(set.running_config(0).await?.contains("receiver: second"));
    assert_eq!(set.trouble(), None);
    set.resume_operator().await?;
    set.wait_until_running(first.as_bytes()).await?;
    Ok(())
}

#[tokio::test]
async fn a_refused_configuration_leaves_the_old_one_running() -> Result<()> {
    let (_cluster, set) = alertmanagers().await?;
    let broken = b"route: {receiver: nobody}\n";
    set.configure(broken).await?;
    wait::until("the reload is refused", async || {
        let metrics = set.metrics(1).await?;
        Ok(metric(&metrics, "alertmanager_config_last_reload_successful") == Some(0.0))
    })
    .await?;
    assert_eq!(set.config_file(1)?, broken);
    assert!(set.running_config(1).await?.contains("receiver: east"));
    let trouble = set.trouble().unwrap_or_default();
    assert!(
        trouble.contains("the reload was refused with 500"),
        "{trouble}"
    );

    let mended = configuration("mended");
    set.configure(mended.as_bytes()).await?;
    set.wait_until_running(mended.as_bytes()).await?;
    Ok(())
}

#[tokio::test]
async fn a_source_that_is_missing_silences_the_replicas() -> Result<()> {
    let (cluster, set) = alertmanagers().await?;
    let admin = cluster.client().await?;
    admin.delete(&set.config_secret_path()).await?;
    wait::until("the null configuration runs", async || {
        Ok(set.running_config(0).await?.contains("receiver: \"null\""))
    })
    .await
}

#[tokio::test]
async fn pods_are_as_ready_as_their_processes_and_have_a_new_uid_after_an_eviction() -> Result<()> {
    let (cluster, set) = alertmanagers().await?;
    let admin = cluster.client().await?;
    let namespace = set.namespace();
    let pods =
        format!("/api/v1/namespaces/{namespace}/pods?labelSelector=alertmanager%3Dprod-monitoring");
    let seen = async || {
        let list = admin.get(&pods).await?;
        let items = list["items"].as_array().cloned().unwrap_or_default();
        let ready = |pod: &serde_json::Value| pod["status"]["conditions"][3]["status"] == "True";
        let of = |pod: &serde_json::Value| (pod["metadata"]["uid"].clone(), ready(pod));
        anyhow::Ok(items.iter().map(of).collect::<Vec<_>>())
    };
    let set_path =
        format!("/apis/apps/v1/namespaces/{namespace}/statefulsets/alertmanager-prod-monitoring");
    let before = seen().await?;
    assert_eq!([before[0].1, before[1].1], [true, true]);

    set.stop_replica(1).await?;
    assert_eq!(seen().await?[1], (before[1].0.clone(), false));
    assert_eq!(admin.get(&set_path).await?["status"]["readyReplicas"], 1);
    let ready = format!("{}/-/ready", set.proxy_path(1));
    assert_eq!(admin.status(&ready).await?, 503);
    set.start_replica(1).await?;
    assert_eq!(seen().await?, before);
    assert_eq!(admin.status(&ready).await?, 200);

    set.replace_pod(0).await?;
    let after = seen().await?;
    assert_ne!(after[0].0, before[0].0);
    assert_eq!((after[0].1, &after[1]), (true, &before[1]));
    Ok(())
}

#[tokio::test]
async fn an_alert_leaves_the_cell_by_an_exposed_address() -> Result<()> {
    let (cluster, set) = alertmanagers().await?;
    let outside = TcpListener::bind("127.0.0.1:0").await?;
    let inside = SocketAddr::from(([10, 77, 9, 9], 80));
    let _passage = cluster.expose(inside, outside.local_addr()?)?;
    let paging = "route:\n  receiver: pager\n  group_wait: 0s\nreceivers:\n- name: pager\n  \
                  webhook_configs:\n  - url: http://10.77.9.9/hook\n";
    set.configure(paging.as_bytes()).await?;
    set.wait_until_running(paging.as_bytes()).await?;
    let labels = [("alertname", "DiskFull"), ("severity", "page")];
    for replica in 0..set.replicas() {
        set.fire(replica, &labels, &[("summary", "no room")])
            .await?;
    }
    let (mut page, _) = outside.accept().await?;
    let mut text = String::new();
    while !text.contains("no room") {
        let mut bytes = [0; 4096];
        let count = page.read(&mut bytes).await?;
        assert_ne!(count, 0, "it ended before it was complete: {text}");
        text.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    assert!(text.starts_with("POST /hook HTTP/1.1\r\n"), "{text}");
    assert!(text.contains("\"alertname\":\"DiskFull\""), "{text}");
    Ok(())
}

#[tokio::test]
async fn the_operator_rides_out_an_api_server_that_is_down() -> Result<()> {
    let (cluster, set) = cluster_with_alertmanagers("east").await?;
    cluster.stop_api().await?;
    wait::until("the operator notices", async || Ok(set.trouble().is_some())).await?;
    cluster.start_api().await?;
    let admin = cluster.client().await?;
    let body = json!({"spec": {"configSecret": "elsewhere"}});
    let resource =
        "/apis/monitoring.coreos.com/v1/namespaces/monitoring/alertmanagers/prod-monitoring";
    admin.patch(resource, Change::Merge, &body).await?;
    // The source is now another Secret, which does not exist.
    wait::until("the operator works again", async || {
        Ok(set.running_config(1).await?.contains("receiver: \"null\""))
    })
    .await
}

//! `status`: all jobs of both clusters.

use std::fs;
use std::time::Duration;

use anyhow::Result;
use jiff::SignedDuration;
use sandbox::checkout;
use sandbox::monitoring::object;
use scenarios::wait;
use serde_json::{Value, json};

use super::scene::{CLUSTER, OTHER, Scene};

async fn document(scene: &Scene, status: i32) -> Result<Value> {
    let run = scene.run(&["status", "-o", "json"], &[]).await?;
    assert_eq!(run.status, status, "{}{}", run.stdout, run.stderr);
    Ok(serde_json::from_str(&run.stdout)?)
}

#[tokio::test]
async fn one_screen_shows_both_clusters_and_never_calls_an_unseen_one_fine() -> Result<()> {
    let scene = Scene::start().await?;
    let pushed = "# TYPE monitoring_consistency_drift gauge\n\
                  monitoring_consistency_drift{kind=\"PrometheusRule\"} 2\n\
                  monitoring_consistency_complete 1\n";
    scene.push(OTHER, "job/check-consistency", pushed).await?;
    let created = scene_time(SignedDuration::from_hours(41 * 24 + 1));
    let pushed = format!(
        "monitoring_credentials_key_created_timestamp_seconds {created}\n\
         monitoring_credentials_phase{{phase=\"idle\"}} 0\n\
         monitoring_credentials_phase{{phase=\"soak\"}} 1\n"
    );
    scene
        .push(OTHER, "job/rotate-credentials/part/state", &pushed)
        .await?;
    // In one cluster a job is gone, and in the other one suspended.
    let gone = object("apis/batch/v1", "cronjobs", "sync-dashboards");
    scene.stage.delete(OTHER, &gone).await?;
    let suspended = object("apis/batch/v1", "cronjobs", "check-consistency");
    let suspend = json!({"spec": {"suspend": true}});
    scene.stage.patch(CLUSTER, &suspended, &suspend).await?;

    let seen = document(&scene, 3).await?;
    let names = seen["clusters"].as_array().into_iter().flatten();
    let names: Vec<_> = names.map(|it| it["cluster"].clone()).collect();
    assert_eq!(names, [OTHER, CLUSTER]);
    let (prod, remoting) = (&seen["clusters"][0], &seen["clusters"][1]);
    assert_eq!(
        (prod["phase"].as_str(), prod["drift"].as_u64()),
        (Some("soak"), Some(2))
    );
    let standing = |cluster: &Value, job: &str| {
        let jobs = cluster["jobs"].as_array().into_iter().flatten();
        let mut jobs = jobs.filter(|it| it["name"] == job);
        jobs.next()
            .map(|it| it["standing"].clone())
            .unwrap_or_default()
    };
    assert_eq!(standing(prod, "sync-dashboards"), "gone");
    assert_eq!(standing(prod, "export-cloudwatch"), "well");
    assert_eq!(standing(prod, "rotate-credentials"), "well");
    assert_eq!(standing(remoting, "check-consistency"), "suspended");
    assert_eq!(remoting["jobs"].as_array().map(Vec::len), Some(2));

    let text = scene.run(&["status"], &[]).await?.stdout;
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    for words in [
        "key 41 d old  rotation soak  drift 2",
        "✗  sync-dashboards     gone",
        "2 jobs need a person",
    ] {
        assert!(text.contains(words), "{words}:\n{text}");
    }

    people_on_call_see_all_of_it(&scene).await?;

    // A cluster that is not reached stands there as such, and the other one as it is.
    scene.cluster()?.stop_api().await?;
    let seen = document(&scene, 3).await?;
    assert_eq!(standing(&seen["clusters"][0], "export-cloudwatch"), "well");
    assert_eq!(
        seen["clusters"][1]["trouble"]["code"],
        "cluster-unreachable"
    );
    let text = scene.run(&["status"], &[]).await?.stdout;
    assert!(text.contains(&format!("{CLUSTER}  not reached")), "{text}");
    let only = scene.run(&["status", "--cluster", OTHER], &[]).await?;
    assert_eq!(only.status, 3, "{}", only.stderr);
    let first = format!("first: monitoring/sync-dashboards in {OTHER} is gone");
    assert!(only.stderr.contains(&first), "{}", only.stderr);
    assert!(!only.stdout.contains(CLUSTER), "{}", only.stdout);
    // Nobody needs a person there, as far as is seen.
    let unseen = scene.run(&["status", "--cluster", CLUSTER], &[]).await?;
    assert_eq!(unseen.status, 1, "{}", unseen.stderr);
    Ok(())
}

/// With their rights, and no others. Before they have them they are refused, which is told as that.
async fn people_on_call_see_all_of_it(scene: &Scene) -> Result<()> {
    let cluster = scene.stage.cluster(OTHER)?;
    let kubeconfig = cluster.kubeconfig_for("person-on-call", Some("monitoring-jobs:operators"))?;
    let kubeconfig = kubeconfig.to_string_lossy().into_owned();
    let status = [
        "status",
        "--cluster",
        OTHER,
        "--kubeconfig",
        kubeconfig.as_str(),
    ];
    let refused = scene.run(&status, &[]).await?;
    assert_eq!(refused.status, 4, "{}", refused.stderr);
    let head = format!("{OTHER}  refused\n");
    let hint = "hint: ask somebody who administers the cluster";
    for words in [head.as_str(), hint] {
        assert!(refused.stdout.contains(words), "{}", refused.stdout);
    }
    let rights = fs::read_to_string(checkout::file("k8s/rbac/operators.yaml"))?;
    cluster.apply(&[&rights]).await?;
    let patience = Duration::from_secs(30);
    wait::until_within(patience, "people on call see all of it", async || {
        let run = scene.run(&status, &["-o", "json"]).await?;
        let seen: Value = serde_json::from_str(&run.stdout)?;
        let seen = &seen["clusters"][0];
        Ok(
            seen["trouble"].is_null()
                && seen["pushgateway_trouble"].is_null()
                && seen["drift"] == 2,
        )
    })
    .await
}

/// So long before now, in seconds since 1970.
fn scene_time(ago: SignedDuration) -> i64 {
    let text = super::scene::at(ago);
    let at: jiff::Timestamp = text.parse().unwrap_or_default();
    at.as_second()
}

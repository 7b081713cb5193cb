//! From an older umbrella chart under the same name.

mod older;

use anyhow::Result;
use sandbox::kubernetes::Change;
use serde_json::{Value, json};

use super::CLUSTER;
use super::helm::{Course, Stoppable};
use super::scene::{Scene, names};
use super::secrets::EVERYTHING;
use older::{PASSWORD, install_older};

const SECRETS: &str = "/api/v1/namespaces/monitoring/secrets";

const CONFIRMED: [&str; 4] = ["--stack", "kinds", "--confirm", CLUSTER];

/// Names of Helm's records of the older chart, and of the first of ours.
const RECORDS: [&str; 3] = [
    "sh.helm.release.v1.prod-monitoring.v1",
    "sh.helm.release.v1.prod-monitoring.v2",
    "sh.helm.release.v1.prod-monitoring.v3",
];

const VOLUME: &str = "apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: old-grafana}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
";

/// A Deployment of one program. As text it is a template, too: JSON is YAML.
fn deployment(name: &str, image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "x", "image": image}]},
            },
        },
    })
}

#[tokio::test]
async fn another_chart_is_refused_shown_object_by_object_and_then_replaced() -> Result<()> {
    let scene = Scene::start().await?;
    install_older(&scene, &[]).await?;
    let mark = scene.cluster.audit_mark()?;
    let run = scene.install(&[], 3).await?;
    assert!(
        run.stderr.contains("release-of-another-chart"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("migrate --plan"), "{}", run.stderr);
    let run = scene
        .run(&["uninstall"], &["--confirm", CLUSTER], 3)
        .await?;
    assert!(
        run.stderr.contains("release-of-another-chart"),
        "{}",
        run.stderr
    );

    let kinds = ["--stack", "kinds"];
    let planned = scene.run(&["migrate"], &["--plan"], 0).await?;
    for words in [
        "change   Service prod-monitoring-prometheus-prometheus in monitoring",
        "cannot   Deployment prod-monitoring-prometheus-pushgateway in monitoring",
        "delete   ConfigMap old-settings in monitoring",
        "ConfigMap old-settings in monitoring: nothing",
        "sh.helm.release.v1.prod-monitoring.v1 (chart version 45.25.0): .smtp_auth_password",
        "sh.helm.release.v1.prod-monitoring.v2 (chart version 45.25.0): .smtp_auth_password",
        "Secret alertmanager-prod-monitoring-prometheus-alertmanager in monitoring",
        "the cluster lacks a Deployment of prometheus-operator",
    ] {
        assert!(
            planned.stdout.contains(words),
            "{words}: {}",
            planned.stdout
        );
    }
    assert!(!planned.stdout.contains(PASSWORD) && !planned.stderr.contains(PASSWORD));
    let json = scene
        .run(&["migrate"], &["--plan", "-o", "json"], 0)
        .await?;
    let json: Value = serde_json::from_str(&json.stdout)?;
    assert_eq!(json["exposed"].as_array().map(Vec::len), Some(2), "{json}");

    // Not without a word of confirmation, and not before k8s/stack is there.
    scene.run(&["migrate"], &kinds, 2).await?;
    let run = scene.run(&["migrate"], &["--confirm", CLUSTER], 2).await?;
    assert!(run.stderr.contains("stack-missing"), "{}", run.stderr);
    assert_eq!(scene.writes_since(mark)?, []);

    let job = scene.job(&["migrate"], &[&CONFIRMED[..], &["-vv"]].concat())?;
    let job = job
        .env("RUST_LOG", EVERYTHING)
        .env("LOG_SIGNABLE_BODY", "true")
        .env("LOG_SENSITIVE_BODIES", "true");
    let run = job.run().await?;
    assert_eq!(run.status, 0, "{}\n{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("helm begins"), "{}", run.stderr);
    for said in [&run.stdout, &run.stderr, &run.termination_text] {
        assert!(!said.contains(PASSWORD));
    }
    let admin = scene.admin().await?;
    let secrets = names(&admin.get(SECRETS).await?);
    let expected = ["alertmanager-prod-monitoring", RECORDS[2]];
    assert_eq!(secrets, expected);
    let maps = names(
        &admin
            .get("/api/v1/namespaces/monitoring/configmaps")
            .await?,
    );
    assert!(!maps.contains(&"old-settings".to_owned()), "{maps:?}");
    let again = scene.install(&[], 0).await?;
    assert!(again.stdout.contains("nothing changes"), "{}", again.stdout);
    Ok(())
}

#[tokio::test]
async fn a_monitor_that_only_the_older_prometheus_takes_is_named_with_its_command() -> Result<()> {
    const MONITORS: &str = "/apis/monitoring.coreos.com/v1/namespaces/monitoring/servicemonitors";
    let scene = Scene::start().await?;
    let own = "apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata: {name: old-own, labels: {services: toolchain-monitoring}}
spec: {selector: {}, endpoints: [{port: http}]}
";
    install_older(&scene, &[("monitor.yaml", own)]).await?;
    let admin = scene.admin().await?;
    for (name, labels) in [
        ("left-out", json!({"services": "toolchain-monitoring"})),
        (
            "taken",
            json!({"services": "toolchain-monitoring", "release": "prod-monitoring"}),
        ),
    ] {
        let monitor = json!({
            "apiVersion": "monitoring.coreos.com/v1", "kind": "ServiceMonitor",
            "metadata": {"name": name, "labels": labels},
            "spec": {"selector": {}, "endpoints": [{"port": "http"}]},
        });
        admin.create(MONITORS, &monitor).await?;
    }
    let planned = scene.run(&["migrate"], &["--plan"], 0).await?;
    let label = "label servicemonitor left-out release=prod-monitoring --overwrite";
    let command = format!("kubectl --context {CLUSTER} --namespace monitoring {label}");
    for words in [
        "delete   ServiceMonitor old-own in monitoring",
        "ServiceMonitor monitoring/left-out: ",
        "it lacks release=prod-monitoring\n",
        &command,
    ] {
        assert!(
            planned.stdout.contains(words),
            "{words}: {}",
            planned.stdout
        );
    }
    // Neither what is taken nor what goes with the older chart.
    let json = scene
        .run(&["migrate"], &["--plan", "-o", "json"], 0)
        .await?;
    let json: Value = serde_json::from_str(&json.stdout)?;
    let left_out = json["left_out"].as_array().unwrap();
    let named: Vec<_> = left_out.iter().map(|it| &it["name"]).collect();
    assert_eq!(named, ["left-out"], "{json:#}");
    let lacks = json!({"labels": ["release=prod-monitoring"]});
    assert_eq!(left_out[0]["lacks"], lacks, "{json:#}");

    // Once it has what it lacks, nothing is left out.
    let label = json!({"metadata": {"labels": {"release": "prod-monitoring"}}});
    let path = format!("{MONITORS}/left-out");
    admin.patch(&path, Change::Merge, &label).await?;
    let planned = scene.run(&["migrate"], &["--plan"], 0).await?;
    assert!(!planned.stdout.contains("left-out"), "{}", planned.stdout);
    Ok(())
}

#[tokio::test]
async fn a_migration_that_is_stopped_after_helm_deletes_the_old_records_the_next_time() -> Result<()>
{
    let scene = Scene::start().await?;
    install_older(&scene, &[]).await?;
    let helm = Stoppable::new(scene.helm(), "upgrade", Course::Passes)?;
    let more = [&CONFIRMED[..], &["--no-wait", "-o", "json"]].concat();
    let running = scene
        .job_with(&helm.program(), &["migrate"], &more)?
        .start()?;
    helm.begun().await?;
    running.signal("INT")?;
    // The signal is seen before Helm goes on: the run keeps the lock alone meanwhile.
    let mark = scene.cluster.audit_mark()?;
    scenarios::wait::until_within(super::PATIENCE, "the lock is renewed", async || {
        let writes = scene.writes_since(mark)?;
        Ok(writes.iter().any(|it| it.resource == "leases"))
    })
    .await?;
    helm.go()?;
    let run = running.finish().await?;
    assert_eq!(run.status, 5, "{}\n{}", run.stdout, run.stderr);
    let account: Value = serde_json::from_str(&run.stdout)?;
    let done = account["done"].to_string();
    let last = r#""filling the Secret alertmanager-prod-monitoring","bringing the release prod-monitoring about"]"#;
    assert!(done.ends_with(last), "{done}");
    assert_eq!(account["problem"]["code"], "interrupted", "{account:#}");
    assert_eq!(account["plan"]["exposed"].as_array().map(Vec::len), Some(2));
    let admin = scene.admin().await?;
    let secrets = names(&admin.get(SECRETS).await?);
    for record in RECORDS {
        assert!(secrets.contains(&record.to_owned()), "{secrets:?}");
    }

    // Whoever installs instead is told.
    let installed = scene.install(&[], 0).await?;
    for record in &RECORDS[..2] {
        let words = format!("the record {record} of the chart kube-prometheus 45.25.0");
        assert!(installed.stdout.contains(&words), "{}", installed.stdout);
    }
    let planned = scene.run(&["migrate"], &["--plan"], 0).await?;
    let words = format!("delete   older record {}", RECORDS[0]);
    assert!(planned.stdout.contains(&words), "{}", planned.stdout);

    // At its end it looks at the cluster as an installation does. Whoever stops that leaves nothing half done.
    let mark = scene.cluster.audit_mark()?;
    let job = scene.job_with(scene.helm(), &["migrate"], &CONFIRMED)?;
    let running = job.start()?;
    scene.looked_back(mark).await?;
    running.signal("INT")?;
    let run = running.finish().await?;
    assert_eq!(run.status, 1, "{}\n{}", run.stdout, run.stderr);
    assert_eq!(run.termination["class"], "interrupted");
    let secrets = names(&admin.get(SECRETS).await?);
    assert_eq!(secrets, ["alertmanager-prod-monitoring", RECORDS[2]]);
    let run = scene.run(&["migrate"], &CONFIRMED, 2).await?;
    assert!(run.stderr.contains("no-release"), "{}", run.stderr);
    Ok(())
}

#[tokio::test]
async fn the_older_charts_own_operator_is_not_what_the_new_one_builds_on() -> Result<()> {
    const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/monitoring/deployments";
    let scene = Scene::start().await?;
    let operator = "quay.io/prometheus-operator/prometheus-operator:v0.63.0";
    let operator = deployment("old-operator", operator).to_string();
    let metrics = "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.8.0";
    let metrics = deployment("old-metrics", metrics).to_string();
    let programs = [("operator.yaml", &*operator), ("metrics.yaml", &*metrics)];
    install_older(&scene, &programs).await?;
    let admin = scene.admin().await?;
    let ready = json!({"status": {"replicas": 1, "readyReplicas": 1}});
    for name in ["old-operator", "old-metrics"] {
        let path = format!("{DEPLOYMENTS}/{name}/status");
        admin.patch(&path, Change::Merge, &ready).await?;
    }
    let mark = scene.cluster.audit_mark()?;
    let run = scene.run(&["migrate"], &["--confirm", CLUSTER], 2).await?;
    for words in [
        "stack-missing",
        "a Deployment of prometheus-operator",
        "a Deployment of kube-state-metrics",
    ] {
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
    }
    assert_eq!(scene.writes_since(mark)?, []);

    // Two that stay take their places.
    for (name, image) in [
        ("new-operator", "prometheus-operator"),
        ("new-metrics", "kube-state-metrics"),
    ] {
        let deployment = deployment(name, &format!("quay.io/x/{image}:v1"));
        admin.create(DEPLOYMENTS, &deployment).await?;
        // Not while none of its pods is ready.
        scene.run(&["migrate"], &["--confirm", CLUSTER], 2).await?;
        let path = format!("{DEPLOYMENTS}/{name}/status");
        admin.patch(&path, Change::Merge, &ready).await?;
    }
    scene.run(&["migrate"], &["--confirm", CLUSTER], 0).await?;
    Ok(())
}

#[tokio::test]
async fn neither_volumes_nor_objects_of_others_are_taken() -> Result<()> {
    const CLAIM: &str = "/api/v1/namespaces/monitoring/persistentvolumeclaims/old-grafana";
    const MAPS: &str = "/api/v1/namespaces/monitoring/configmaps";
    let scene = Scene::start().await?;
    install_older(&scene, &[("claim.yaml", VOLUME)]).await?;
    let admin = scene.admin().await?;
    let mark = scene.cluster.audit_mark()?;
    for more in [&["--plan"][..], &CONFIRMED] {
        let run = scene.run(&["migrate"], more, 3).await?;
        for words in ["volume-in-the-way", "PersistentVolumeClaim old-grafana"] {
            assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
        }
    }
    let keep = json!({"metadata": {"annotations": {"helm.sh/resource-policy": "keep"}}});
    admin.patch(CLAIM, Change::Merge, &keep).await?;
    let planned = scene.run(&["migrate"], &["--plan"], 0).await?;
    let words = "keep     the volume of old-grafana";
    assert!(planned.stdout.contains(words), "{}", planned.stdout);

    let mine = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "alertmanager-template"}, "data": {"mine": "yes"},
    });
    admin.create(MAPS, &mine).await?;
    let run = scene.run(&["migrate"], &CONFIRMED, 3).await?;
    for words in ["objects-of-others", "ConfigMap alertmanager-template"] {
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
    }
    assert_eq!(scene.writes_since(mark)?, []);
    admin
        .delete(&format!("{MAPS}/alertmanager-template"))
        .await?;
    scene.run(&["migrate"], &CONFIRMED, 0).await?;
    let claim = admin.get(CLAIM).await?;
    assert!(claim["metadata"]["deletionTimestamp"].is_null(), "{claim}");
    Ok(())
}

//! From an older umbrella chart under the same name.

use std::fs;

use anyhow::Result;
use serde_json::Value;
use tokio::process::Command;

use super::CLUSTER;
use super::scene::{Scene, names};

/// In place of the older chart: an object that both charts have, one that cannot be changed into ours, one
/// that nobody has any more, and a Secret with a password, which stands in the values too.
const TEMPLATES: [(&str, &str); 4] = [
    (
        "service.yaml",
        "apiVersion: v1
kind: Service
metadata: {name: prod-monitoring-prometheus-prometheus}
spec: {ports: [{name: old, port: 80, targetPort: 9090}], selector: {app: old}}
",
    ),
    (
        "deployment.yaml",
        "apiVersion: apps/v1
kind: Deployment
metadata: {name: prod-monitoring-prometheus-pushgateway}
spec:
  selector: {matchLabels: {app: old}}
  template:
    metadata: {labels: {app: old}}
    spec: {containers: [{name: old, image: old}]}
",
    ),
    (
        "old.yaml",
        "apiVersion: v1
kind: ConfigMap
metadata: {name: old-settings}
data: {a: b}
",
    ),
    (
        "secret.yaml",
        "apiVersion: v1
kind: Secret
metadata: {name: alertmanager-prod-monitoring-prometheus-alertmanager}
stringData: {alertmanager.yaml: \"password: {{ .Values.smtp_auth_password }}\"}
",
    ),
];

const PASSWORD: &str = "sentinel-of-an-old-password";

/// Installs the older chart twice, so that there are two records.
async fn install_older(scene: &Scene) -> Result<()> {
    let chart = scene.files().join("older");
    fs::create_dir_all(chart.join("templates"))?;
    fs::write(
        chart.join("Chart.yaml"),
        "apiVersion: v2\nname: kube-prometheus\nversion: 45.25.0\n",
    )?;
    fs::write(
        chart.join("values.yaml"),
        format!("smtp_auth_password: {PASSWORD}\n"),
    )?;
    for (name, text) in TEMPLATES {
        fs::write(chart.join("templates").join(name), text)?;
    }
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: monitoring}";
    scene.cluster.apply(&[namespace]).await?;
    for revision in 1..=2 {
        let output = Command::new(scene.helm())
            .args(["upgrade", "--install", "prod-monitoring"])
            .arg(&chart)
            .args(["--namespace", "monitoring", "--set"])
            .arg(format!("smtp_auth_password={PASSWORD}-{revision}"))
            .arg("--kubeconfig")
            .arg(scene.kubeconfig())
            .env_clear()
            .env("HOME", scene.files())
            .output()
            .await?;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "{said}");
    }
    Ok(())
}

#[tokio::test]
async fn another_chart_is_refused_shown_object_by_object_and_then_replaced() -> Result<()> {
    const SECRETS: &str = "/api/v1/namespaces/monitoring/secrets";
    let scene = Scene::start().await?;
    install_older(&scene).await?;
    let mark = scene.cluster.audit_mark()?;
    let run = scene.install(&[], 3).await?;
    assert!(
        run.stderr.contains("release-of-another-chart"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("migrate --plan"), "{}", run.stderr);

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

    let more = [&kinds[..], &["--confirm", CLUSTER]].concat();
    let run = scene.run(&["migrate"], &more, 0).await?;
    assert!(!run.stdout.contains(PASSWORD) && !run.stderr.contains(PASSWORD));
    let admin = scene.admin().await?;
    let secrets = names(&admin.get(SECRETS).await?);
    let expected = [
        "alertmanager-prod-monitoring",
        "sh.helm.release.v1.prod-monitoring.v3",
    ];
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

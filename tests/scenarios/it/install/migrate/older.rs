//! The older chart in small, and its release.

use std::fs;

use anyhow::Result;
use tokio::process::Command;

use crate::install::scene::Scene;

/// A template of a chart: its file and its text.
type Template<'a> = (&'a str, &'a str);

/// In place of the older chart: an object that both charts have, one that cannot be changed into ours, one
/// that nobody has any more, and a Secret with a password, which stands in the values too.
const TEMPLATES: [Template<'static>; 4] = [
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

pub(super) const PASSWORD: &str = "sentinel-of-an-old-password";

/// Installs the older chart twice, so that there are two records.
pub(super) async fn install_older(scene: &Scene, more: &[Template<'_>]) -> Result<()> {
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
    for (name, text) in TEMPLATES.iter().chain(more) {
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

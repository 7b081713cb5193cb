//! What is there beside the chart of the checkout: what other teams have brought, and another release.

use anyhow::Result;
use sandbox::monitoring::{NAMESPACE, object};

use super::super::scene::{CLUSTER, Scene, check_of};
use super::{Wanted, found, type_mend};

/// What other teams have brought, and the older chart's Prometheus took.
pub(super) async fn others(scene: &Scene) -> Result<()> {
    const API: &str = "apis/monitoring.coreos.com/v1";
    let kind = "apiVersion: monitoring.coreos.com/v1\nkind";
    let monitor = format!(
        "{kind}: ServiceMonitor\n\
         metadata: {{name: external-dns, namespace: {NAMESPACE}, \
         labels: {{services: toolchain-monitoring}}}}\n\
         spec: {{selector: {{matchLabels: {{app: nobody}}}}, endpoints: [{{port: http}}]}}\n"
    );
    scene.cluster()?.apply(&[&monitor]).await?;
    let title = format!("ServiceMonitor {NAMESPACE}/external-dns");
    let wanted = Wanted {
        severity: "wrong",
        object: &title,
        text: "this one leaves it out: it lacks release=prod-monitoring",
        mend: "label servicemonitor external-dns release=prod-monitoring --overwrite",
    };
    let finding = found(scene, &wanted).await?;
    type_mend(scene, &finding).await?;
    scene.wait_until_well().await?;
    let path = object(API, "servicemonitors", "external-dns");
    scene.stage.delete(CLUSTER, &path).await?;

    let rule = format!(
        "{kind}: PrometheusRule\n\
         metadata: {{name: elsewhere, namespace: default, labels: {{release: prod-monitoring}}}}\n\
         spec: {{groups: [{{name: a, rules: [{{alert: A, expr: vector(1)}}]}}]}}\n"
    );
    scene.cluster()?.apply(&[&rule]).await?;
    let wanted = Wanted {
        severity: "wrong",
        object: "PrometheusRule default/elsewhere",
        text: "it does not look into the namespace default",
        mend: "--namespace default get prometheusrule elsewhere --output json | jq ",
    };
    found(scene, &wanted).await?;
    let path = format!("/{API}/namespaces/default/prometheusrules/elsewhere");
    scene.stage.delete(CLUSTER, &path).await
}

/// After a rollback an older chart is in force than the one of the checkout.
pub(super) async fn release(scene: &Scene) -> Result<()> {
    let older = scene.older_chart()?;
    scene.helm_upgrade(&older).await?;
    let title = format!("Release {NAMESPACE}/prod-monitoring");
    let plan = format!("install-monitoring --cluster {CLUSTER} --plan");
    let wanted = Wanted {
        severity: "warning",
        object: &title,
        text: "version 0.0.1 of the chart is in force, and this checkout has ",
        mend: &plan,
    };
    // That its schedules are others is not held against it.
    found(scene, &wanted).await?;

    // What is missing is not brought by another version.
    let path = object("api/v1", "configmaps", "alertmanager-template");
    scene.stage.delete(CLUSTER, &path).await?;
    let (document, status) = scene.diagnosis().await?;
    assert_eq!(status, 3, "{document:#}");
    let mend = &check_of(&document, "objects")["findings"][0]["mend"];
    let guard = "grep --line-regexp 'version: 0.0.1' k8s/chart/Chart.yaml && install-monitoring ";
    assert!(
        mend.as_str().is_some_and(|mend| mend.starts_with(guard)),
        "{mend}"
    );
    scene.helm_upgrade(&scene.files().join("chart")).await
}

//! Away with all of it: no Secret stays behind.

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::CLUSTER;
use super::scene::{Scene, names};

const SECRETS: &str = "/api/v1/namespaces/monitoring/secrets";

#[tokio::test]
async fn an_uninstallation_leaves_no_secret_and_needs_the_clusters_name() -> Result<()> {
    let scene = Scene::start().await?;
    scene.install(&[], 0).await?;
    scene.run(&["grafana"], &[], 0).await?;
    let admin = scene.admin().await?;
    // What the operator makes of it, and the volume of a Prometheus.
    let generated = "alertmanager-prod-monitoring-prometheus-alertmanager-generated";
    let copy = serde_json::json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": generated},
        "stringData": {"alertmanager.yaml.gz": "x"},
    });
    admin.create(SECRETS, &copy).await?;
    let claim = serde_json::json!({
        "apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "prometheus-db-0"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
    });
    let claims = "/api/v1/namespaces/monitoring/persistentvolumeclaims";
    admin.create(claims, &claim).await?;
    let present = names(&admin.get(SECRETS).await?);
    for name in [
        generated,
        "alertmanager-prod-monitoring",
        "sh.helm.release.v1.prod-monitoring.v1",
    ] {
        assert!(present.contains(&name.to_owned()), "{name}: {present:?}");
    }

    let mark = scene.cluster.audit_mark()?;
    for more in [&[][..], &["--confirm", "remoting-prod-e1-1"]] {
        let run = scene.run(&["uninstall"], more, 2).await?;
        assert!(run.stderr.contains("--confirm prod-e1-1"), "{}", run.stderr);
    }
    let planned = scene.run(&["uninstall"], &["--plan"], 0).await?;
    assert_eq!(scene.writes_since(mark)?, []);
    for words in [
        "delete   CronJob check-consistency in monitoring",
        "keep     ConfigMap check-consistency in monitoring",
        "delete   Secret alertmanager-prod-monitoring:",
        "keep     the volume of prometheus-db-0: `kubectl --context prod-e1-1 --namespace monitoring delete pvc \
         prometheus-db-0`",
        "keep     the volume of prod-grafana",
        "delete   release prod-grafana: it is Grafana",
        "delete   Secret grafana-google-sign-in:",
    ] {
        assert!(
            planned.stdout.contains(words),
            "{words}: {}",
            planned.stdout
        );
    }

    scene
        .run(&["uninstall"], &["--confirm", CLUSTER], 0)
        .await?;
    assert_eq!(names(&admin.get(SECRETS).await?), Vec::<String>::new());
    assert!(names(&admin.get(claims).await?).contains(&"prometheus-db-0".to_owned()));
    let leases = "/apis/coordination.k8s.io/v1/namespaces/monitoring/leases/install";
    assert_eq!(admin.find(leases).await?, None);

    let again = scene
        .run(&["uninstall"], &["--confirm", CLUSTER], 0)
        .await?;
    assert!(again.stdout.contains("nothing changes"), "{}", again.stdout);
    Ok(())
}

#[tokio::test]
async fn a_grafana_of_another_chart_is_not_removed() -> Result<()> {
    const RECORD: &str = "sh.helm.release.v1.prod-grafana.v1";
    let scene = Scene::start().await?;
    scene.install(&[], 0).await?;
    let admin = scene.admin().await?;
    // As the old scripts have left it: people's boards are in its volume.
    let older = serde_json::json!({
        "name": "prod-grafana",
        "chart": {"metadata": {"name": "grafana", "version": "6.58.9"}},
        "manifest": "",
    });
    let record = serde_json::json!({
        "apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
        "metadata": {"name": RECORD, "labels": {
            "owner": "helm", "name": "prod-grafana", "version": "1", "status": "deployed",
        }},
        "stringData": {"release": STANDARD.encode(older.to_string())},
    });
    admin.create(SECRETS, &record).await?;

    let planned = scene.run(&["uninstall"], &["--plan"], 0).await?;
    let kept =
        "keep     the release prod-grafana with all that it has: it is the chart grafana 6.58.9";
    assert!(planned.stdout.contains(kept), "{}", planned.stdout);
    let deleted = "delete   release prod-grafana";
    assert!(!planned.stdout.contains(deleted), "{}", planned.stdout);
    scene
        .run(&["uninstall"], &["--confirm", CLUSTER], 0)
        .await?;
    assert_eq!(names(&admin.get(SECRETS).await?), [RECORD]);
    Ok(())
}

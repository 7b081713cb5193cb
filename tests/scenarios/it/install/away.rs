//! Away with all of it: no Secret stays behind.

use anyhow::Result;

use super::CLUSTER;
use super::scene::{Scene, names};

#[tokio::test]
async fn an_uninstallation_leaves_no_secret_and_needs_the_clusters_name() -> Result<()> {
    const SECRETS: &str = "/api/v1/namespaces/monitoring/secrets";
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
        "keep     the volume of prometheus-db-0",
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

//! The replicas of Alertmanager: what they run, and how many there are.

use anyhow::Result;
use sandbox::monitoring::{NAMESPACE, object};
use serde_json::json;

use super::super::scene::{ALERTMANAGER, CLUSTER, Scene};
use super::{Wanted, found};

pub(super) async fn files(scene: &Scene) -> Result<()> {
    let alertmanagers = scene.alertmanagers()?;
    let pod = alertmanagers.pod(1);
    alertmanagers.hold(1);
    let before = scene.configuration()?;
    let after = before.replace("repeat_interval: 8h", "repeat_interval: 9h");
    assert_ne!(before, after);
    alertmanagers.configure(after.as_bytes()).await?;
    let title = format!("Pod {NAMESPACE}/{pod}");
    let logs = format!("logs {pod} --container config-reloader --tail 20");
    let wanted = Wanted {
        severity: "wrong",
        object: &title,
        text: "another file than the operator has written",
        mend: &logs,
    };
    found(scene, &wanted).await?;
    alertmanagers.release(1);
    alertmanagers.wait_until_running(after.as_bytes()).await?;

    let secret = object("api/v1", "secrets", alertmanagers.config_secret());
    scene
        .stage
        .patch(
            CLUSTER,
            &secret,
            &json!({"data": {"alertmanager.yaml": null}}),
        )
        .await?;
    let (document, status) = scene.diagnosis().await?;
    assert_eq!(status, 3);
    let text = document.to_string();
    assert!(text.contains("alerts reach nobody"), "{document:#}");
    alertmanagers.configure(before.as_bytes()).await?;
    alertmanagers.wait_until_running(before.as_bytes()).await?;
    scene.wait_until_well().await
}

pub(super) async fn number(scene: &Scene) -> Result<()> {
    let alertmanagers = scene.alertmanagers()?;
    let title = format!("Alertmanager {NAMESPACE}/{ALERTMANAGER}");
    let wanted = |text, mend| Wanted {
        severity: "wrong",
        object: &title,
        text,
        mend,
    };
    let path = object("api/v1", "pods", &alertmanagers.pod(1));
    let pod = scene.stage.get(CLUSTER, &path).await?;

    // One too many, as when somebody has asked the operator for three.
    let surplus = alertmanagers.pod(2);
    let metadata = &pod["metadata"];
    let third = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": surplus, "namespace": NAMESPACE, "labels": metadata["labels"],
                     "ownerReferences": metadata["ownerReferences"]},
        "spec": {"automountServiceAccountToken": false, "nodeName": pod["spec"]["nodeName"],
                 "containers": [{"name": "alertmanager", "image": "alertmanager"}]},
    });
    let pods = format!("/api/v1/namespaces/{NAMESPACE}/pods");
    scene.stage.create(CLUSTER, &pods, &third).await?;
    let third = object("api/v1", "pods", &surplus);
    // It answers as the second one does.
    let status = json!({"status": pod["status"]});
    scene
        .stage
        .patch(CLUSTER, &format!("{third}/status"), &status)
        .await?;
    let text = format!("3 replicas run, and 2 are declared; too many: {surplus}");
    let mend = format!(
        r#"patch alertmanager {ALERTMANAGER} --type merge --patch '{{"spec":{{"replicas":2}}}}'"#
    );
    found(scene, &wanted(&text, &mend)).await?;
    scene.stage.delete(CLUSTER, &third).await?;

    // One that is gone.
    scene.stage.delete(CLUSTER, &path).await?;
    let describe = format!("describe statefulset alertmanager-{ALERTMANAGER}");
    found(scene, &wanted("1 of 2 replicas run", &describe)).await?;
    alertmanagers.replace_pod(1).await?;
    scene.wait_until_well().await
}

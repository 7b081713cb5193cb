//! Rows 34, 36 and 38: what lies in a cluster is not as the rotation can use it.

use anyhow::Result;
use sandbox::kubernetes::Change;
use scenarios::stage::{Stage, YOUNG};
use scenarios::wait;
use serde_json::json;

use super::super::shown::Shown;
use super::first;

const TEMPLATE: &str = "/api/v1/namespaces/monitoring/configmaps/alertmanager-template";

/// Row 34. The Secret is never created anew: without it Alertmanager would run on an empty file.
pub(super) async fn source(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let site = first(stage);
    let path = site.alertmanagers.config_secret_path();
    let admin = site.cluster.client().await?;
    let saved = admin.get(&path).await?;
    admin
        .patch(&path, Change::Merge, &json!({"immutable": true}))
        .await?;
    let run = stage.apply(&[YOUNG]).await?;
    shown.expect(34, &run, "alertmanager-secret", "immutable");
    admin.delete(&path).await?;
    let run = stage.apply(&[YOUNG]).await?;
    let name = site.alertmanagers.config_secret();
    shown.expect(34, &run, "alertmanager-secret", name);
    assert!(admin.find(&path).await?.is_none());
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": name}, "data": saved["data"],
    });
    admin
        .create("/api/v1/namespaces/monitoring/secrets", &secret)
        .await?;
    settle(stage).await
}

/// Row 36.
pub(super) async fn drift(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let edited = stage.company.configuration()?;
    let edited = edited.replace("ops-notify@", "dev-notify@");
    first(stage)
        .alertmanagers
        .configure(edited.as_bytes())
        .await?;
    let run = stage.apply(&[YOUNG]).await?;
    let words = "remoting-prod-e1-1 is configured differently in /receivers/1/email_configs/0/to";
    shown.expect(36, &run, "config-drift", words);
    settle(stage).await
}

/// Row 38. The template itself is wrong, so that what is written is what it should be.
pub(super) async fn reload(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let site = first(stage);
    let admin = site.cluster.client().await?;
    let broken = |text: &str| text.replacen("receiver: email\n", "receiver: nobody\n", 1);
    let change = |text: String| json!({"data": {"alertmanager.yaml": text}});
    let (template, configuration) = (stage.company.template(), stage.company.configuration()?);
    admin
        .patch(TEMPLATE, Change::Merge, &change(broken(&template)))
        .await?;
    site.alertmanagers
        .configure(broken(&configuration).as_bytes())
        .await?;
    wait::until("the reload is refused", async || {
        let metrics = site.alertmanagers.metrics(0).await?;
        Ok(metrics.contains("alertmanager_config_last_reload_successful 0"))
    })
    .await?;
    let patient = [YOUNG, "proof_timeout: 2m"];
    let run = stage.apply(&patient).await?;
    shown.expect(38, &run, "reload-failed", "its last reload failed");
    admin
        .patch(TEMPLATE, Change::Merge, &change(template))
        .await?;
    settle(stage).await
}

/// Installs the cluster anew, and waits until it runs.
async fn settle(stage: &Stage) -> Result<()> {
    let (set, text) = (&first(stage).alertmanagers, stage.company.configuration()?);
    set.configure(text.as_bytes()).await?;
    set.wait_until_running(text.as_bytes()).await
}

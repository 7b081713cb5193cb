//! Rows 32, 35, 37, 39 and 40: clusters on the way from one login to the next.

use std::cell::Cell;

use anyhow::{Context as _, Result};
use sandbox::company::Site;
use sandbox::kubernetes::Change;
use scenarios::stage::{DUE, Stage, YOUNG};
use serde_json::json;

use super::super::shown::Shown;
use super::{first, home};

/// Row 32 without a rotation under way.
pub(super) async fn away_and_nothing_to_do(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let cluster = &first(stage).cluster;
    cluster.stop_api().await?;
    let run = stage.apply(&[YOUNG]).await?;
    shown.expect(32, &run, "cluster-unreachable", "remoting-prod-e1-1");
    cluster.start_api().await
}

/// Row 35: somebody else writes all the time, until it was in the way once.
pub(super) async fn overtaken(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let site = first(stage);
    let path = site.alertmanagers.config_secret_path();
    let by_hand = format!("# by hand\n{}", stage.company.configuration()?);
    site.alertmanagers.configure(by_hand.as_bytes()).await?;
    let mark = site.cluster.audit_mark()?;
    let admin = site.cluster.client().await?;
    let name = site.alertmanagers.config_secret();
    // It looks, tries the login, looks, and looks once more right before it writes.
    let looks = || -> Result<usize> {
        let entries = site.cluster.audit_since(mark)?.into_iter();
        let ours = entries.filter(|it| it.user == "rotate-credentials" && it.name == name);
        Ok(ours.filter(|it| it.verb == "get").count())
    };
    let over = Cell::new(false);
    let noise = async {
        let mut number = 0;
        while !over.get() && looks()? < 3 {
            number += 1;
            let body = json!({"metadata": {"annotations": {"noise": number.to_string()}}});
            admin.patch(&path, Change::Merge, &body).await?;
        }
        anyhow::Ok(())
    };
    let run = async {
        let run = stage.apply(&[YOUNG]).await;
        over.set(true);
        run
    };
    let (run, noise) = tokio::join!(run, noise);
    noise?;
    let run = run?;
    shown.expect(35, &run, "done", "OVERTAKEN");
    let secret = admin.get(&path).await?;
    let held = secret.pointer("/metadata/annotations/noise");
    held.context("the other's write is gone")?;
    Ok(())
}

/// Rows 37 and 39, in one rotation that both clusters are slow to follow.
pub(super) async fn paused_and_incomplete(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let (canary, last) = (&first(stage).alertmanagers, &home(stage).alertmanagers);
    canary.pause_operator().await?;
    let run = stage.apply(&[DUE, "proof_timeout: 1m"]).await?;
    shown.expect(37, &run, "not-converged", "the custom resource is paused");
    // An unproven canary holds the others back.
    assert!(!runs_current(stage, home(stage)).await?);
    canary.resume_operator().await?;
    let text = stage.company.configuration()?;
    canary.wait_until_running(text.as_bytes()).await?;

    last.stop_replica(1).await?;
    let run = stage.apply(&[YOUNG, "proof_timeout: 1m"]).await?;
    let words = "prod-e1-1 does not run what was written";
    shown.expect(39, &run, "not-converged", words);
    last.start_replica(1).await?;
    let run = stage.apply(&[YOUNG]).await?;
    assert_eq!(run.status, 0, "{}", run.termination_text);
    assert!(runs_current(stage, home(stage)).await?);
    Ok(())
}

async fn runs_current(stage: &Stage, site: &Site) -> Result<bool> {
    let text = site.alertmanagers.running_config(0).await?;
    Ok(text.contains(&stage.current()?))
}

/// Row 32 while the old key still is the one that the cluster may need.
pub(super) async fn left_behind(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let cluster = &first(stage).cluster;
    cluster.stop_api().await?;
    let run = stage.apply(&[YOUNG]).await?;
    shown.expect(32, &run, "cluster-left-behind", "remoting-prod-e1-1");
    cluster.start_api().await
}

/// Row 40.
pub(super) async fn flapping(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let site = home(stage);
    let secret = stage.company.aws.secrets();
    let previous = secret.version_at(sandbox::company::SECRET, "AWSPREVIOUS")?;
    let previous = previous.context("no previous version")?;
    let value = secret.value(sandbox::company::SECRET, &previous)?;
    let Some(sandbox::aws::SecretValue::Text(old)) = value else {
        anyhow::bail!("the previous version is no text")
    };
    let old = stage.company.configuration_for(&old)?;
    // The rotation itself was one write.
    for number in 1..=3 {
        restore(site, &old).await?;
        let run = stage.apply(&[YOUNG]).await?;
        if number < 3 {
            assert_eq!(run.status, 0, "{number}: {}", run.termination_text);
        } else {
            shown.expect(40, &run, "flapping", "helm wrote it last in between");
        }
        assert!(
            runs_current(stage, site).await?,
            "it is rolled all the same"
        );
        stage.pass(60)?;
    }
    // A day later it is forgotten.
    stage.pass(25 * 60)?;
    let run = stage.apply(&[YOUNG]).await?;
    assert_ne!(run.termination["class"], "flapping");
    Ok(())
}

/// What a deployment tool does that still has the old configuration.
async fn restore(site: &Site, configuration: &str) -> Result<()> {
    use base64::Engine as _;
    let data = base64::engine::general_purpose::STANDARD.encode(configuration);
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "data": {"alertmanager.yaml": data},
    });
    let path = site.alertmanagers.config_secret_path();
    let admin = site.cluster.client().await?;
    admin.patch(&path, Change::Apply("helm"), &secret).await?;
    site.alertmanagers
        .wait_until_running(configuration.as_bytes())
        .await
}

//! An installation that is as it should be.

use std::time::Duration;

use anyhow::Result;
use serde_json::Value;

use super::pod::in_a_pod_it_needs_no_chart_and_no_secret_and_misses_a_cron_job_still;
use super::scene::{CLUSTER, OPERATOR, Scene};

/// In one scene, since to bring one up takes longer than all three.
#[tokio::test]
async fn well_is_what_is_seen_whole_from_outside_and_within_and_nothing_else() -> Result<()> {
    let scene = Scene::well().await?;
    Box::pin(a_green_installation_is_looked_at_without_being_touched(
        &scene,
    ))
    .await?;
    let in_a_pod = in_a_pod_it_needs_no_chart_and_no_secret_and_misses_a_cron_job_still(&scene);
    Box::pin(in_a_pod).await?;
    // At the end: the API server goes.
    let unseen = a_cluster_that_is_not_reached_or_shows_nothing_is_never_well(&scene);
    Box::pin(unseen).await
}

async fn a_green_installation_is_looked_at_without_being_touched(scene: &Scene) -> Result<()> {
    let cluster = scene.cluster()?;
    let mark = cluster.audit_mark()?;
    let (document, status) = scene.diagnosis().await?;
    assert_eq!(status, 0, "{document:#}");
    assert_eq!(document["verdict"], "well");
    let shown = serde_json::to_string_pretty(&document)?;
    insta::with_settings!({filters => FILTERS.to_vec()}, {
        insta::assert_snapshot!(shown);
    });
    let text = scene.doctor(&[]).await?.stdout;
    for line in text.lines().filter(|line| !line.contains("mend:")) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    // Whatever it does to the cluster is looking, and asking what others may.
    let own = cluster.audit_since(mark)?.into_iter();
    let own: Vec<_> = own.filter(|entry| entry.user == OPERATOR).collect();
    assert!(own.len() > 100, "{}", own.len());
    for entry in own {
        let looks = ["get", "list"].contains(&entry.verb.as_str());
        let asks = entry.verb == "create" && entry.resource == "subjectaccessreviews";
        assert!(looks || asks, "{entry:?}");
    }
    Ok(())
}

/// What differs from run to run.
const FILTERS: &[(&str, &str)] = &[
    (r#""at": "[^"]+""#, r#""at": "[now]""#),
    (
        r#""expected_from": "[^"]+""#,
        r#""expected_from": "[paths]""#,
    ),
    (r"good \d+ (s|min) ago", "good [a moment] ago"),
    (r"next \d\d:\d\dZ", "next [time]"),
    (r"in \d+ (s|min)( \d+ s)?", "in [a moment]"),
    (r"\d+ handed over", "[some] handed over"),
    (r"\d+ of \d+ objects there", "[all] objects there"),
    (r"\d+ of \d+ rights given", "[all] rights given"),
    (r"with \d+ rules in all", "with [all] rules in all"),
    (r"\d+ of \d+ PrometheusRules", "[all] PrometheusRules"),
    (r"\d+ of \d+ rules and monitors", "[all] rules and monitors"),
];

async fn a_cluster_that_is_not_reached_or_shows_nothing_is_never_well(scene: &Scene) -> Result<()> {
    let cluster = scene.cluster()?;

    // Somebody who may do nothing: every refusal says so.
    let nobody = cluster.kubeconfig_for("nobody", None)?;
    let nobody = nobody.to_string_lossy().into_owned();
    let run = scene
        .doctor(&["-o", "json", "--kubeconfig", &nobody])
        .await?;
    let document: Value = serde_json::from_str(&run.stdout)?;
    assert_eq!(
        (run.status, document["verdict"].as_str()),
        (4, Some("unseen")),
        "{document:#}"
    );
    for check in document["checks"].as_array().into_iter().flatten() {
        assert_eq!(check["standing"], "unseen", "{check:#}");
    }

    // An API server that is gone.
    cluster.stop_api().await?;
    let run = scene.doctor(&[]).await?;
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(!run.stdout.contains("well"), "{}", run.stdout);
    assert!(run.stderr.contains(CLUSTER), "{}", run.stderr);
    tokio::time::timeout(Duration::from_mins(1), cluster.start_api()).await??;
    Ok(())
}

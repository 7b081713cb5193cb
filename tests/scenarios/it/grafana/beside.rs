//! The chart's dashboards and those that `sync-dashboards` writes, in one cluster: neither touches the
//! other's, and one that would be there twice is refused.

use std::fs;

use anyhow::Result;
use sandbox::checkout;
use sandbox::dashboards::{NAMESPACE, PATH, Panel, Stage, board, bundle, generation};
use sandbox::tools::Tools;
use scenarios::job::{Finished, Job};
use serde_json::Value;
use sync_dashboards::digest::Digest;

use super::RENDERED;

/// One sync to the first cluster; `text` is what upstream has.
async fn sync(stage: &Stage, number: u32, text: &str) -> Result<Finished> {
    let commit = format!("{number:040x}");
    stage.upstream.publish("main", &commit, PATH, text);
    let upstream = stage.upstream.base_url();
    let config = format!(
        "source:\n  ref: {commit}\n  sha256: {}\n  from:\n    - github: {{raw: \"{upstream}\", api: \
         \"{upstream}\"}}\nclusters:\n  - {{name: prod-e1-1, context: prod-e1-1, kubeconfig: {}}}\n",
        Digest::of(text),
        stage.kubeconfig().display()
    );
    let path = stage.directory().join("sync-dashboards.yaml");
    fs::write(&path, config)?;
    let path = path.display().to_string();
    Job::dashboards(["apply", "--config", &path])?.run().await
}

/// Name and version of every ConfigMap that the sidecar reads.
async fn maps(stage: &Stage) -> Result<Vec<(String, String)>> {
    let admin = stage.admin("prod-e1-1").await?;
    let path =
        format!("/api/v1/namespaces/{NAMESPACE}/configmaps?labelSelector=grafana_dashboard%3D1");
    let list = admin.get(&path).await?;
    let text = |it: &Value, key: &str| it["metadata"][key].as_str().unwrap().to_owned();
    let items = list["items"].as_array().unwrap().iter();
    Ok(items
        .map(|it| (text(it, "name"), text(it, "resourceVersion")))
        .collect())
}

#[tokio::test]
async fn the_job_and_the_chart_leave_each_others_dashboards_alone() -> Result<()> {
    let stage = Stage::start(&Tools::from_process()?).await?;
    let rendered = fs::read_to_string(checkout::file(RENDERED))?;
    let documents = rendered.split("\n---\n");
    let ours: Vec<_> = documents
        .filter(|it| it.contains("grafana_dashboard: \"1\""))
        .collect();
    stage.cluster("prod-e1-1")?.apply(&ours).await?;
    let before = maps(&stage).await?;
    assert_eq!(before.len(), ours.len());
    assert!(
        before.iter().all(|(name, _)| name.starts_with("grafana-")),
        "{before:?}"
    );

    let run = sync(&stage, 1, &generation(0).text()).await?;
    assert_eq!(run.status, 0, "{}\n{}", run.stdout, run.stderr);
    let after = maps(&stage).await?;
    assert_eq!(
        after.len(),
        before.len() + generation(0).boards().len(),
        "{after:?}"
    );
    assert!(
        before.iter().all(|it| after.contains(it)),
        "{before:?} {after:?}"
    );

    // Upstream comes with one of ours.
    let panels = [Panel::new(1, "Up", "up")];
    let twin = board("monitoring-jobs", "Another title", &panels);
    let single = board("single", "Single", &panels);
    let text = bundle(&[("single", &single), ("twin", &twin)]);
    let run = sync(&stage, 2, &text).await?;
    assert_eq!(run.status, 3, "{}\n{}", run.stdout, run.stderr);
    assert!(
        run.stdout.contains("grafana-monitoring-jobs"),
        "{}",
        run.stdout
    );
    let names: Vec<_> = maps(&stage)
        .await?
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert!(
        !names.contains(&"monitoring-dashboard-twin".to_owned()),
        "{names:?}"
    );
    assert!(
        before.iter().all(|(name, _)| names.contains(name)),
        "{names:?}"
    );
    Ok(())
}

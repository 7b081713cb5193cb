//! Back to an earlier revision: the chart is that of then, the credentials are those of today.

use anyhow::Result;

use super::SECRET;
use super::scene::{KEYS, Scene};

#[tokio::test]
async fn a_rollback_brings_the_chart_back_and_no_old_password() -> Result<()> {
    const CRON: &str = "/apis/batch/v1/namespaces/monitoring/cronjobs/check-consistency";
    let scene = Scene::start().await?;
    let run = scene.run(&["rollback"], &["--plan"], 2).await?;
    assert!(run.stderr.contains("no-release"), "{}", run.stderr);

    scene.install(&[], 0).await?;
    let run = scene.run(&["rollback"], &["--plan"], 2).await?;
    assert!(run.stderr.contains("no-revision"), "{}", run.stderr);

    // A second revision: another schedule, and a template with another receiver.
    let (old, new) = ("schedule: 7,37 * * * *", "schedule: 8,38 * * * *");
    scene.edit("chart/values.yaml", old, new)?;
    let template = "chart/files/alertmanager-template.yaml";
    scene.edit(template, "repeat_interval: 8h", "repeat_interval: 9h")?;
    scene.install(&[], 0).await?;
    let admin = scene.admin().await?;
    assert_eq!(admin.get(CRON).await?["spec"]["schedule"], "8,38 * * * *");
    scene.rotate()?;
    scene.install(&[], 0).await?;

    let mark = scene.cluster.audit_mark()?;
    let planned = scene.run(&["rollback"], &["--plan"], 0).await?;
    assert_eq!(scene.writes_since(mark)?, []);
    for words in [
        "roll back from revision 2 to 1",
        "CronJob check-consistency",
        ".spec.schedule",
    ] {
        assert!(
            planned.stdout.contains(words),
            "{words}: {}",
            planned.stdout
        );
    }
    scene.run(&["rollback"], &[], 0).await?;
    assert_eq!(admin.get(CRON).await?["spec"]["schedule"], "7,37 * * * *");
    let written = scene.secret(SECRET, "alertmanager.yaml").await?;
    assert!(
        written.contains("repeat_interval: 8h"),
        "the template of then"
    );
    assert!(
        written.contains(KEYS[1].0) && !written.contains(KEYS[0].0),
        "the key of today"
    );
    Ok(())
}

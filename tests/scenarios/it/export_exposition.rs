//! What `fetch` prints is what promtool, a Pushgateway and a Prometheus take, whatever AWS's names.

use anyhow::{Context as _, Result};
use sandbox::checkout;
use sandbox::servers::Promtool;
use sandbox::tools::Tools;
use scenarios::text::redact;
use scenarios::world::World;

async fn nasty() -> Result<World> {
    let read = |path| std::fs::read_to_string(checkout::file(path)).context(path);
    let content = read("tests/scenarios/fixtures/nasty-content.yaml")?;
    World::start(
        &content,
        &read("tests/scenarios/fixtures/nasty-config.yaml")?,
    )
    .await
}

#[tokio::test]
async fn promtool_takes_what_fetch_prints() -> Result<()> {
    let promtool = Promtool::locate(&Tools::from_process()?).await?;
    for world in [World::company().await?, nasty().await?] {
        let fetched = world.job("fetch", &[])?.run().await?;
        assert_eq!(fetched.status, 0, "{}", fetched.stderr);
        // It finds fault with names that cloudwatch_exporter's users have; nothing else.
        let verdict = promtool.check_metrics(&fetched.stdout).await;
        let verdict = verdict
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        let conventions = [
            r#"should not have "_sum" suffix"#,
            r#"should not have "_count" suffix"#,
            "should not contain ':'",
        ];
        for line in verdict.lines().skip(1) {
            let is_convention = conventions
                .iter()
                .any(|convention| line.contains(convention));
            assert!(is_convention, "{line}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn names_that_nobody_takes_are_repaired_and_the_repairs_are_told() -> Result<()> {
    let world = nasty().await?;
    let fetched = world.job("fetch", &[])?.run().await?;
    insta::assert_snapshot!(fetched.stdout);
    insta::assert_snapshot!(redact(&fetched.stderr));
    Ok(())
}

#[tokio::test]
async fn a_pushgateway_takes_what_run_pushes_and_holds_what_fetch_prints() -> Result<()> {
    for world in [World::company().await?, nasty().await?] {
        let fetched = world.job("fetch", &[])?.run().await?;
        let run = world.run(&[]).await?;
        assert_eq!(run.status, 0, "{}", run.stderr);
        let printed = fetched
            .stdout
            .lines()
            .filter(|line| !line.starts_with('#'))
            .count();
        let exposition = world.gateway.exposition().await?;
        let ours = ["go_", "process_", "push", "monitoring_"];
        let held = exposition
            .lines()
            .filter(|line| !line.starts_with('#') && !ours.iter().any(|own| line.starts_with(own)));
        assert_eq!(held.count(), printed);
    }
    Ok(())
}

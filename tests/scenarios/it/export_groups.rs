//! What is written where: groups appear, change and go; those of others stay.

use anyhow::Result;
use scenarios::job::Finished;
use scenarios::text::redact;
use scenarios::world::World;

const CONTENT: &str = "
metrics:
  - namespace: AWS/ES
    dims: { DomainName: '{prod,dev}' }
    publish: { Nodes: { unit: Count, constant: 3 } }
  - namespace: AWS/EFS
    dims: { FileSystemId: fs-1 }
    publish: { ClientConnections: { unit: Count, constant: 18 } }
";

const ES_ONE_DOMAIN_LESS: &str = "
metrics:
  - namespace: AWS/ES
    dims: { DomainName: prod }
    publish: { Nodes: { unit: Count, constant: 4 } }
";

const CONFIG: &str = "
region: us-east-1
metrics:
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [DomainName], aws_statistics: [Average]}
- {aws_namespace: AWS/EFS, aws_metric_name: ClientConnections, aws_dimensions: [FileSystemId], aws_statistics: [Average]}
";

const CONFIG_WITHOUT_EFS: &str = "
region: us-east-1
metrics:
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [DomainName], aws_statistics: [Average]}
";

fn es(domain: &str, value: u32) -> String {
    format!("aws_es_nodes_average{{domain_name=\"{domain}\",instance=\"\",job=\"aws_es\"}} {value}")
}

const EFS: &str =
    "aws_efs_client_connections_average{file_system_id=\"fs-1\",instance=\"\",job=\"aws_efs\"} 18";

#[tokio::test]
async fn a_run_pushes_one_group_a_namespace_and_says_so() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let run = world.run(&[]).await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(run.stdout, "");
    insta::assert_snapshot!(redact(&run.stderr));
    let expected = [es("dev", 3), es("prod", 3), EFS.to_owned()];
    assert_eq!(world.series().await?, expected.into());
    assert_eq!(run.termination["outcome"], "ok");
    assert_eq!(run.termination["pushed"], true);
    assert_eq!(run.termination["changes"], 2);
    Ok(())
}

#[tokio::test]
async fn what_vanishes_from_cloudwatch_vanishes_with_the_next_run() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    assert_eq!(world.run(&[]).await?.status, 0);
    let before = world.push_time("aws_efs").await?;
    world.publish(ES_ONE_DOMAIN_LESS)?;
    assert_eq!(world.run(&[]).await?.status, 0);
    assert_eq!(world.series().await?, [es("prod", 4)].into());
    let after = world.push_time("aws_efs").await?;
    assert!(
        after > before,
        "the group of a silent namespace is emptied, not left: {after:?}"
    );
    Ok(())
}

/// What a CronJob's run has in its environment.
async fn run_by_cronjob(world: &World, cronjob: &str) -> Result<Finished> {
    let job = world.run_job(&[])?.env("CRONJOB_NAME", cronjob);
    job.env("POD_NAMESPACE", "monitoring").run().await
}

#[tokio::test]
async fn a_namespace_that_leaves_the_configuration_takes_its_group_along() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    assert_eq!(run_by_cronjob(&world, "export-cloudwatch").await?.status, 0);
    world.configure(CONFIG_WITHOUT_EFS)?;
    let run = run_by_cronjob(&world, "export-cloudwatch").await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    insta::assert_snapshot!(redact(&run.stderr));
    world.wait_until_gone("aws_efs").await?;
    assert_eq!(world.series().await?, [es("dev", 3), es("prod", 3)].into());
    Ok(())
}

#[tokio::test]
async fn a_run_by_hand_removes_groups_only_when_told_to() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    assert_eq!(world.run(&[]).await?.status, 0);
    world.configure(CONFIG_WITHOUT_EFS)?;
    let run = world.run(&[]).await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(
        run.stderr.contains("--remove-groups removes it"),
        "{}",
        run.stderr
    );
    assert!(world.series().await?.contains(EFS));
    assert_eq!(world.run(&["--remove-groups"]).await?.status, 0);
    world.wait_until_gone("aws_efs").await
}

#[tokio::test]
async fn the_wrong_file_removes_nothing_and_ends_with_3() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    assert_eq!(run_by_cronjob(&world, "export-cloudwatch").await?.status, 0);
    let before = world.series().await?;
    world.configure("region: us-east-1\nmetrics: []\n")?;
    let run = run_by_cronjob(&world, "export-cloudwatch").await?;
    assert_eq!(run.status, 3, "{}", run.stderr);
    let configuration = world.configuration().to_string_lossy().into_owned();
    insta::assert_snapshot!(redact(&run.stderr).replace(&configuration, "[configuration]"));
    assert_eq!(world.series().await?, before);
    Ok(())
}

#[tokio::test]
async fn a_second_cronjob_with_another_file_and_the_first_leave_each_other_alone() -> Result<()> {
    let world = World::start(CONTENT, CONFIG_WITHOUT_EFS).await?;
    let second = CONFIG.replace(
        "AWS/ES, aws_metric_name: Nodes",
        "AWS/None, aws_metric_name: Nodes",
    );
    for _ in 0..2 {
        world.configure(CONFIG_WITHOUT_EFS)?;
        let run = run_by_cronjob(&world, "export-cloudwatch").await?;
        assert_eq!(run.status, 0, "{}", run.stderr);
        world.configure(&second)?;
        let run = run_by_cronjob(&world, "export-second").await?;
        assert_eq!(run.status, 0, "{}", run.stderr);
        let expected = [es("dev", 3), es("prod", 3), EFS.to_owned()];
        assert_eq!(world.series().await?, expected.into());
    }
    Ok(())
}

#[tokio::test]
async fn a_group_of_ours_by_name_but_somebody_elses_by_content_ends_with_3() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    world.push_foreign("aws_efs", "pants_jobs 5\n").await?;
    let run = world.run(&[]).await?;
    assert_eq!(run.status, 3, "{}", run.stderr);
    insta::assert_snapshot!(redact(&run.stderr));
    assert!(world.families().await?.contains_key("pants_jobs"));
    assert_eq!(world.series().await?, [es("dev", 3), es("prod", 3)].into());
    Ok(())
}

#[tokio::test]
async fn groups_of_others_are_never_touched() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    world
        .push_foreign("pants_demo_depgraph", "pants_demo_repos 12\n")
        .await?;
    world
        .push_foreign("aws_es/shard/0", "shard_of_somebody_else 1\n")
        .await?;
    world
        .push_foreign("aws_s3", "aws_s3_from_elsewhere 1\n")
        .await?;
    for _ in 0..2 {
        assert_eq!(world.run(&[]).await?.status, 0);
        world.configure(CONFIG_WITHOUT_EFS)?;
    }
    let families = world.families().await?;
    for foreign in [
        "pants_demo_repos",
        "shard_of_somebody_else",
        "aws_s3_from_elsewhere",
    ] {
        assert!(families.contains_key(foreign), "{foreign} is gone");
    }
    Ok(())
}

#[tokio::test]
async fn a_run_of_one_namespace_leaves_the_others_and_their_numbers_alone() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    assert_eq!(world.run(&[]).await?.status, 0);
    let before = world.push_time("aws_efs").await?;
    world.publish(ES_ONE_DOMAIN_LESS)?;
    assert_eq!(world.run(&["--only", "AWS/ES"]).await?.status, 0);
    assert_eq!(
        world.series().await?,
        [es("prod", 4), EFS.to_owned()].into()
    );
    assert_eq!(world.push_time("aws_efs").await?, before);
    let families = world.families().await?;
    for family in [
        "monitoring_cloudwatch_rule_series",
        "monitoring_cloudwatch_group",
    ] {
        assert_eq!(families[family].samples.len(), 2, "{family} speaks of both");
    }
    Ok(())
}

#[tokio::test]
async fn a_family_that_the_gateway_refuses_does_not_take_the_others_with_it() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    // The same name with another type: a Pushgateway refuses whoever comes second.
    let foreign = "# TYPE aws_es_nodes_average counter\naws_es_nodes_average 1\n";
    world.push_foreign("somebody", foreign).await?;
    let more = "- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [DomainName], aws_statistics: [Maximum]}\n";
    world.configure(&format!("{CONFIG}{more}"))?;
    let run = world.run(&[]).await?;
    assert_eq!(run.status, 5, "{}", run.stderr);
    insta::assert_snapshot!(redact(&run.stderr));
    let series = world.series().await?;
    assert!(series.contains(EFS), "{series:?}");
    assert!(
        series
            .iter()
            .any(|line| line.starts_with("aws_es_nodes_maximum{")),
        "{series:?}"
    );
    assert_eq!(run.termination["class"], "family-refused");
    assert_eq!(run.termination["pushed"], false);
    Ok(())
}

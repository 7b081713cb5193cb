//! What stands for a flag: the environment as a CronJob's pod has it.

use anyhow::Result;
use scenarios::job::Job;
use scenarios::scheduled::CONTENT;
use scenarios::world::World;

use super::CONFIG;

#[tokio::test]
async fn what_a_cronjob_always_passes_can_come_from_the_environment() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let (file, cache) = (world.configuration(), world.cache());
    let with = |job: Job| {
        job.env("AWS_ENDPOINT_URL", &world.sim.endpoint())
            .env("CONFIG_FILE", &file.to_string_lossy())
            .env("PUSHGATEWAY_URL", &world.gateway.url())
            .env("CACHE_DIR", &cache.to_string_lossy())
    };
    let lint = with(Job::exporter(["lint"])?).run().await?;
    assert_eq!(lint.status, 0, "{}", lint.stderr);
    assert!(
        lint.stdout.ends_with("2 rules, 0 warnings, no errors\n"),
        "{}",
        lint.stdout
    );

    let at = ["--at", scenarios::world::NOW];
    let run = with(Job::exporter(
        ["run", "--only", "AWS/ES"].into_iter().chain(at),
    )?);
    let run = run.run().await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(world.series().await?.len(), 2);
    assert!(cache.read_dir()?.next().is_some(), "listings were kept");
    Ok(())
}

#[tokio::test]
async fn a_flag_is_stronger_than_its_variable() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let run = world
        .run_job(&["--pushgateway", &world.gateway.url()])?
        .env("PUSHGATEWAY_URL", "http://127.0.0.1:1")
        .env("CONFIG_FILE", "/does/not/exist.yaml")
        .run()
        .await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(world.series().await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn an_empty_variable_counts_as_absent() -> Result<()> {
    let world = World::start(CONTENT, CONFIG).await?;
    let file = world.configuration();
    let blank = |job: Job| {
        ["BUDGET_USD_MONTH", "CACHE_DIR", "CONFIG_FILE", "LOG_FORMAT"]
            .into_iter()
            .fold(job, Job::blank)
    };
    let run = blank(world.run_job(&[])?).run().await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.starts_with('{'), "auto is JSON: {}", run.stderr);

    for (variable, flag) in [
        ("CONFIG_FILE", "--config"),
        ("PUSHGATEWAY_URL", "--pushgateway"),
    ] {
        let given = [
            ("--config", file.to_string_lossy().into_owned()),
            ("--pushgateway", world.gateway.url()),
        ];
        let given = given.into_iter().filter(|(name, _)| *name != flag);
        let arguments = given.flat_map(|(name, value)| [name.to_owned(), value]);
        let job = Job::exporter(std::iter::once("run".to_owned()).chain(arguments))?;
        let run = job.blank(variable).run().await?;
        assert_eq!(run.status, 2, "{variable}");
        let told = "error: the following required arguments were not provided:\n  ";
        let told = format!("{told}{flag}");
        assert!(run.stderr.starts_with(&told), "{variable}: {}", run.stderr);
    }
    Ok(())
}

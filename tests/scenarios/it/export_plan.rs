//! The plan is what runs: its calls and its bill equal what AWS counts.

use anyhow::Result;
use sandbox::aws::Operation;
use scenarios::job::Finished;
use scenarios::text::redact;
use scenarios::world::World;
use serde_json::Value;

fn json(finished: &Finished) -> Result<Value> {
    assert_eq!(finished.status, 0, "{}", finished.stderr);
    Ok(serde_json::from_str(&finished.stdout)?)
}

/// Calls, queries and billed metrics of GetMetricData, as the simulated AWS counts them.
fn counted(world: &World) -> (u64, u64, u64) {
    let calls = world.sim.calls();
    let of = || calls.of(Operation::GetMetricData);
    let count = u64::try_from(calls.count(Operation::GetMetricData)).unwrap_or(u64::MAX);
    (
        count,
        of().map(|call| call.queries).sum(),
        of().map(|call| call.billed_metrics).sum(),
    )
}

fn planned(plan: &Value) -> (u64, u64, u64) {
    let number = |pointer| {
        plan.pointer(pointer)
            .and_then(Value::as_u64)
            .unwrap_or(u64::MAX)
    };
    (
        number("/get_metric_data_calls"),
        number("/queries"),
        number("/price/billed_metrics"),
    )
}

#[tokio::test]
async fn what_plan_prints_is_what_aws_counts() -> Result<()> {
    let world = World::company().await?;
    for aim in ["fastest", "fewest"] {
        let plan = json(
            &world
                .job("plan", &["-o", "json", "--calls", aim])?
                .run()
                .await?,
        )?;
        world.sim.clear_calls();
        let fetched = world.job("fetch", &["--calls", aim])?.run().await?;
        assert_eq!(fetched.status, 0, "{}", fetched.stderr);
        assert_eq!(planned(&plan), counted(&world), "{aim}");
        let listed = world.sim.calls().count(Operation::ListMetrics);
        assert_eq!(plan["list_metrics_calls"], listed, "{aim}");
    }
    Ok(())
}

#[tokio::test]
async fn the_companys_account_needs_six_listings_and_twenty_calls_or_two() -> Result<()> {
    let world = World::company().await?;
    let fast = json(&world.job("plan", &["-o", "json"])?.run().await?)?;
    assert_eq!(fast["list_metrics_calls"], 6);
    assert_eq!(planned(&fast), (20, 960, 192));
    let few = json(
        &world
            .job("plan", &["-o", "json", "--calls", "fewest"])?
            .run()
            .await?,
    )?;
    assert_eq!(planned(&few), (2, 960, 192));
    Ok(())
}

#[tokio::test]
async fn a_plan_asks_for_no_values() -> Result<()> {
    let world = World::company().await?;
    assert_eq!(
        world.job("plan", &["--every", "3m"])?.run().await?.status,
        0
    );
    assert_eq!(world.sim.calls().count(Operation::GetMetricData), 0);
    assert_eq!(world.series().await?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn a_warm_cache_makes_no_listing_and_changes_nothing() -> Result<()> {
    let world = World::company().await?;
    let cache = world.cache();
    let cache = ["--cache", &*cache.to_string_lossy()].map(str::to_owned);
    let cache: Vec<&str> = cache.iter().map(String::as_str).collect();
    let cold = world.job("fetch", &cache)?.run().await?;
    world.sim.clear_calls();
    let warm = world.job("fetch", &cache)?.run().await?;
    assert_eq!((cold.status, warm.status), (0, 0), "{}", warm.stderr);
    assert_eq!(world.sim.calls().count(Operation::ListMetrics), 0);
    assert_eq!(warm.stdout, cold.stdout);
    Ok(())
}

#[tokio::test]
async fn a_damaged_cache_is_a_cold_start_with_a_warning() -> Result<()> {
    let world = World::company().await?;
    let directory = world.cache();
    let cache = directory.to_string_lossy().into_owned();
    assert_eq!(
        world
            .job("fetch", &["--cache", &cache])?
            .run()
            .await?
            .status,
        0
    );
    for entry in std::fs::read_dir(&directory)? {
        std::fs::write(entry?.path(), "\u{0}not a cache")?;
    }
    world.sim.clear_calls();
    let run = world.job("fetch", &["--cache", &cache])?.run().await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(world.sim.calls().count(Operation::ListMetrics), 6);
    assert!(
        run.stderr
            .contains("WARN starting without it: reading the listing cache"),
        "{}",
        run.stderr
    );
    world.sim.clear_calls();
    assert_eq!(
        world
            .job("fetch", &["--cache", &cache])?
            .run()
            .await?
            .status,
        0
    );
    assert_eq!(
        world.sim.calls().count(Operation::ListMetrics),
        0,
        "it has been replaced"
    );
    Ok(())
}

#[tokio::test]
async fn a_month_that_costs_too_much_is_refused_before_anything_is_asked() -> Result<()> {
    let world = World::company().await?;
    let run = world
        .run(&["--every", "3m", "--budget-usd-month", "27"])
        .await?;
    assert_eq!(run.status, 3, "{}", run.stderr);
    insta::assert_snapshot!(redact(&run.stderr));
    assert_eq!(world.sim.calls().count(Operation::GetMetricData), 0);
    assert_eq!(world.series().await?.len(), 0);
    let within = world
        .run(&["--every", "3m", "--budget-usd-month", "28"])
        .await?;
    assert_eq!(within.status, 0, "{}", within.stderr);
    Ok(())
}

#[tokio::test]
async fn a_budget_takes_the_interval_from_the_schedule_or_asks_for_it() -> Result<()> {
    let world = World::company().await?;
    let budget = ["--budget-usd-month", "16"];
    let without = world.run(&budget).await?;
    assert_eq!(without.status, 2, "{}", without.stderr);
    assert!(
        without
            .stderr
            .ends_with("hint: give --every, or set SCHEDULE\n"),
        "{}",
        without.stderr
    );
    let scheduled = world
        .run_job(&budget)?
        .env("SCHEDULE", "2-59/5 * * * *")
        .run()
        .await?;
    assert_eq!(scheduled.status, 3, "{}", scheduled.stderr);
    assert!(
        scheduled.stderr.contains("costs $16.59"),
        "{}",
        scheduled.stderr
    );
    Ok(())
}

#[tokio::test]
async fn a_schedule_is_priced_by_its_runs_whatever_the_time_of_day() -> Result<()> {
    let world = World::company().await?;
    // Whenever this test runs: the next two runs are mostly a minute apart, and 60 a day are due.
    for schedule in ["* 16 * * *", "* 4 * * *"] {
        let plan = world.job("plan", &[])?.env("SCHEDULE", schedule);
        let plan = plan.run().await?;
        assert_eq!(plan.status, 0, "{}", plan.stderr);
        assert!(
            plan.stdout
                .contains("$0.12 a day, $3.46 a month (1,800 runs, by SCHEDULE)"),
            "{}",
            plan.stdout
        );
    }
    let json = json(
        &world
            .job("plan", &["-o", "json"])?
            .env("SCHEDULE", "* 16 * * *")
            .run()
            .await?,
    )?;
    assert_eq!(json["price"]["usd"].to_string(), "0.00192");
    assert_eq!(json["recurring"]["every_seconds"], Value::Null);
    assert_eq!(json["recurring"]["runs_per_month"], 1800.0);
    Ok(())
}

#[tokio::test]
async fn a_schedule_that_is_none_matters_only_to_a_budget() -> Result<()> {
    let world = World::company().await?;
    let plan = |more: &'static [&'static str]| -> Result<_> {
        Ok(world.job("plan", more)?.env("SCHEDULE", "whenever").run())
    };
    let without = plan(&[])?.await?;
    assert_eq!(without.status, 0, "{}", without.stderr);
    assert!(
        without
            .stderr
            .starts_with(" WARN no price of a month: schedule `whenever`: "),
        "{}",
        without.stderr
    );
    assert!(without.stdout.contains("--every 5m tells the price"));
    let flag = plan(&["--every", "5m"])?.await?;
    assert_eq!((flag.status, flag.stderr.as_str()), (0, ""));
    let budget = plan(&["--budget-usd-month", "30"])?.await?;
    assert_eq!(budget.status, 2, "{}", budget.stderr);
    Ok(())
}

#[tokio::test]
async fn an_account_without_any_of_the_metrics_is_told_apart_from_a_quiet_one() -> Result<()> {
    let world = World::company().await?;
    world.publish("metrics: []")?;
    let elsewhere = "
region: eu-west-3
metrics:
- {aws_namespace: AWS/ES, aws_metric_name: Nodes, aws_dimensions: [DomainName]}
- {aws_namespace: AWS/EFS, aws_metric_name: ClientConnections, aws_dimensions: [FileSystemId]}
";
    world.configure(elsewhere)?;
    for command in ["plan", "fetch"] {
        let run = world.job(command, &[])?.run().await?;
        assert_eq!(run.status, 0, "{command}: {}", run.stderr);
        assert_eq!(
            run.stderr,
            " WARN no rule finds a metric in eu-west-3: check `region`, and whose credentials \
             these are\n",
            "{command}"
        );
    }
    Ok(())
}

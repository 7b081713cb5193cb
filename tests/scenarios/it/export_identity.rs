//! Whose account and which region is read: the file decides, then the environment.

use anyhow::Result;
use common::clock::Clock;
use sandbox::aws::Operation;
use scenarios::job::Job;
use scenarios::text::redact;
use scenarios::world::World;

/// Two accounts and two regions with the same metric, told apart by its value.
const CONTENT: &str = "
accounts:
  - { id: 111111111111, access_keys: [AKIASANDBOX000000000] }
  - { id: 222222222222, roles: [{ name: reader }] }
metrics:
  - { namespace: AWS/EFS, account: 111111111111, dims: { Id: fs }, publish: { Load: { unit: Count, constant: 1 } } }
  - { namespace: AWS/EFS, account: 222222222222, dims: { Id: fs }, publish: { Load: { unit: Count, constant: 2 } } }
  - { namespace: AWS/EFS, account: 111111111111, region: eu-west-1, dims: { Id: fs }, publish: { Load: { unit: Count, constant: 3 } } }
";

const RULE: &str = "
metrics:
- {aws_namespace: AWS/EFS, aws_metric_name: Load, aws_dimensions: [Id], aws_statistics: [Sum]}
";

fn load(value: u32) -> String {
    format!("aws_efs_load_sum{{job=\"aws_efs\",instance=\"\",id=\"fs\"}} {value}\n")
}

async fn fetch(world: &World) -> Result<String> {
    let fetched = world.job("fetch", &[])?.run().await?;
    assert_eq!(fetched.status, 0, "{}", fetched.stderr);
    Ok(fetched.stdout)
}

#[tokio::test]
async fn the_files_region_beats_the_environments() -> Result<()> {
    let world = World::start(CONTENT, RULE).await?;
    assert!(
        fetch(&world).await?.ends_with(&load(1)),
        "us-east-1, from AWS_REGION"
    );
    world.configure(&format!("region: eu-west-1{RULE}"))?;
    assert!(fetch(&world).await?.ends_with(&load(3)));
    Ok(())
}

#[tokio::test]
async fn a_role_is_assumed_once_and_reads_its_own_account() -> Result<()> {
    let role = "role_arn: arn:aws:iam::222222222222:role/reader";
    let world = World::start(CONTENT, &format!("{role}{RULE}")).await?;
    // The credentials of the role expire by AWS's clock, so this time it must be ours.
    world.sim.set_clock(Clock::system());
    let configuration = world.configuration().to_string_lossy().into_owned();
    let job = Job::exporter(["fetch", "--config", &configuration])?;
    let fetched = job
        .env("AWS_ENDPOINT_URL", &world.sim.endpoint())
        .run()
        .await?;
    assert!(fetched.stdout.ends_with(&load(2)), "{}", fetched.stderr);
    assert_eq!(world.sim.calls().count(Operation::AssumeRole), 1);
    Ok(())
}

#[tokio::test]
async fn a_role_that_may_not_be_assumed_is_denied_with_its_name() -> Result<()> {
    let role = "role_arn: arn:aws:iam::222222222222:role/writer";
    let world = World::start(CONTENT, &format!("{role}{RULE}")).await?;
    let run = world.run(&[]).await?;
    assert_eq!(run.status, 4, "{}", run.stderr);
    insta::assert_snapshot!(redact(&run.stderr));
    Ok(())
}

#[tokio::test]
async fn without_any_region_the_error_says_where_to_write_one() -> Result<()> {
    let world = World::start(CONTENT, RULE).await?;
    let run = world.run_job(&[])?.env("AWS_REGION", "").run().await?;
    assert_eq!(run.status, 2, "{}", run.stderr);
    assert!(
        run.stderr.ends_with(
            "error: no AWS region is configured\n\n\
             hint: put `region:` into the configuration file or set AWS_REGION\n"
        ),
        "{}",
        run.stderr
    );
    Ok(())
}

#[tokio::test]
async fn an_endpoint_that_is_no_url_is_an_error_before_any_call() -> Result<()> {
    let world = World::start(CONTENT, RULE).await?;
    for variable in [
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_CLOUDWATCH",
        "AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API",
        "AWS_ENDPOINT_URL_STS",
    ] {
        let job = world.run_job(&[])?.env(variable, "localhost:4566");
        let run = job.run().await?;
        assert_eq!(run.status, 2, "{variable}: {}", run.stderr);
        assert_eq!(run.termination["class"], "aws-endpoint");
        let told = format!("error: {variable} is not an http or https URL\n\nhint: ");
        assert!(run.stderr.contains(&told), "{}", run.stderr);
    }
    assert_eq!(world.sim.calls().totals().calls, 0);
    Ok(())
}

#[tokio::test]
async fn an_endpoint_where_nobody_listens_is_named() -> Result<()> {
    let world = World::start(CONTENT, RULE).await?;
    let url = "http://127.0.0.1:1";
    let run = world.run_job(&["--deadline", "30s"])?;
    let run = run.env("AWS_ENDPOINT_URL", url).run().await?;
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert_eq!(run.termination["class"], "aws-unreachable");
    let told = "cloudwatch ListMetrics: 127.0.0.1:1: Connection refused";
    assert!(run.stderr.contains(told), "{}", run.stderr);
    Ok(())
}

#[tokio::test]
async fn a_profile_that_does_not_exist_is_named() -> Result<()> {
    let world = World::start(CONTENT, RULE).await?;
    let run = world
        .run_job(&[])?
        .env("AWS_ACCESS_KEY_ID", "")
        .env("AWS_SECRET_ACCESS_KEY", "")
        .env("AWS_PROFILE", "prod-readonly")
        .run()
        .await?;
    assert_eq!(run.status, 4, "{}", run.stderr);
    assert_eq!(run.termination["class"], "aws-no-credentials");
    let told = "no credentials in the environment, in the profile `prod-readonly`";
    assert!(run.stderr.contains(told), "{}", run.stderr);
    Ok(())
}

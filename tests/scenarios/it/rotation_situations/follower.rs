//! A follower: the same job in another cluster, which may read the secret and write its own cluster,
//! and nothing else.

use std::fs;

use anyhow::{Context as _, Result};
use sandbox::aws::{KeyStatus, Operation};
use sandbox::checkout;
use sandbox::company::{CLUSTERS, Company, Setup, home_rights};
use scenarios::job::Finished;
use scenarios::stage::{DUE, Stage, YOUNG};

/// The key that the follower signs with.
const CALLER: &str = "AKIAFOLLOWER00000000";

/// Gives the first cluster what a home has, and the follower its policy. Returns its configuration.
async fn install(stage: &Stage) -> Result<String> {
    let company = &stage.company;
    let read = |path: &str| fs::read_to_string(checkout::file(path));
    let policy = read("k8s/iam/policies/rotate-credentials-follower.json")?;
    let policy = policy.replace("ACCOUNT", "123456789012");
    company.aws.set_policy(CALLER, &policy)?;
    company.clusters[0]
        .cluster
        .apply(&[&home_rights()?])
        .await?;
    let writer = fs::read_to_string(company.rotation_config())?;
    // The writer's file with the first cluster alone, which is the follower's home.
    let (head, clusters) = writer.split_once("clusters:\n").context("no clusters")?;
    let first = clusters.split("  - name: ").nth(1).context("no cluster")?;
    Ok(format!("{head}clusters:\n  - name: {first}")
        .replace("role: writer", "role: follower")
        .replace("home: prod-e1-1", &format!("home: {}", CLUSTERS[0])))
}

async fn follow(stage: &Stage, configuration: &str) -> Result<Finished> {
    let job = stage.job(&["apply"], configuration)?;
    job.env("AWS_ACCESS_KEY_ID", CALLER).run().await
}

async fn runs(company: &Company, site: usize, key: &str) -> Result<bool> {
    let text = company.clusters[site]
        .alertmanagers
        .running_config(0)
        .await?;
    Ok(text.contains(key))
}

#[tokio::test]
async fn a_cluster_that_is_away_for_a_week_keeps_the_old_key_and_its_follower_brings_it_up()
-> Result<()> {
    let stage = Stage::open(Setup::default()).await?;
    let company = &stage.company;
    let follower = install(&stage).await?;
    let run = follow(&stage, &follower).await?;
    assert_eq!(run.status, 0, "{}\n{}", run.termination_text, run.stderr);

    // The writer gets as far as the promotion, and then it does not reach the cluster any more. Here
    // it is the writer's way that is gone, so that its kubeconfig points nowhere.
    let run = stage.run(&["apply", "--max-steps", "5"], &[DUE]).await?;
    assert_eq!(run.status, 0, "{}\n{}", run.termination_text, run.stderr);
    let (old, new) = (stage.other()?, stage.current()?);
    let reached = company.clusters[0].cluster.server_url();
    let away = |policy: &[&str]| -> Result<String> {
        let text = stage.configuration(policy)?;
        let path = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("kubeconfig: "));
        let path = path.context("no kubeconfig")?;
        let kubeconfig = fs::read_to_string(path)?;
        let nowhere = stage.file(&kubeconfig.replace(&reached, "https://127.0.0.1:9"))?;
        Ok(text.replace(path, nowhere.to_str().context("a path that is not UTF-8")?))
    };
    for day in 0..7 {
        let run = stage.job(&["apply"], &away(&[YOUNG])?)?.run().await?;
        let class = &run.termination["class"];
        assert_eq!(
            (run.status, class),
            (5, &"cluster-left-behind".into()),
            "day {day}"
        );
        assert_eq!(stage.status(&old), Some(KeyStatus::Active), "day {day}");
        // The canary's absence does not hold the other one back.
        assert!(runs(company, 1, &new).await?);
        assert!(runs(company, 0, &old).await?);
        stage.pass(24 * 60)?;
    }
    company.deliver("Week").await?;

    // The follower rolls its own cluster to a pair that it did not promote.
    company.aws.clear_calls();
    let run = follow(&stage, &follower).await?;
    assert_eq!(run.status, 0, "{}\n{}", run.termination_text, run.stderr);
    assert!(runs(company, 0, &new).await?);
    let calls = company.aws.calls();
    let reads = [Operation::DescribeSecret, Operation::GetSecretValue];
    let reading: usize = reads.iter().map(|it| calls.count(*it)).sum();
    assert_eq!(calls.calls.len(), reading, "{calls:?}");

    // As long as the writer does not see it, the old key stays.
    let run = stage.job(&["apply"], &away(&[YOUNG])?)?.run().await?;
    assert_eq!(run.status, 5, "{}", run.termination_text);
    let run = stage.apply(&[YOUNG]).await?;
    assert_eq!(run.status, 0, "{}", run.termination_text);
    stage.pass(25 * 60)?;
    let run = stage.apply(&[YOUNG, "mail_proof: off"]).await?;
    assert_eq!(run.status, 0, "{}", run.termination_text);
    assert_eq!(stage.status(&old), Some(KeyStatus::Inactive));
    company.deliver("After").await
}

#[tokio::test]
async fn a_follower_may_not_do_what_is_the_writers() -> Result<()> {
    let stage = Stage::open(Setup::default()).await?;
    let follower = install(&stage).await?;
    let key = stage.current()?;
    for words in [
        &["rollback", "--to", &key][..],
        &["adopt", &key, "--confirm", "MPLE"],
        &["abort"],
        &["resume"],
        &["hold"],
        &["unhold"],
        &["init"],
    ] {
        let job = stage
            .job(words, &follower)?
            .env("AWS_ACCESS_KEY_ID", CALLER);
        let run = job.run().await?;
        let class = &run.termination["class"];
        assert_eq!(
            (run.status, class),
            (2, &"not-possible".into()),
            "{words:?}"
        );
    }
    Ok(())
}

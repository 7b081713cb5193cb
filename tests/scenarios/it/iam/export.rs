//! The exporter under the policies of its role and of its twin's.

use anyhow::Result;
use scenarios::iam::{Policy, actions_called, assert_missed};
use scenarios::world::World;

const EXPORT: &str =
    "k8s/iam/rendered/prod-e1-1/k8s.prod-e1-1.monitoring.export-cloudwatch.service";
const TWIN: &str =
    "k8s/iam/rendered/prod-e1-1/k8s.prod-e1-1.monitoring.export-cloudwatch-plan.service";

/// Who signs the exporter's calls in the sandbox.
const CALLER: &str = "AKIASANDBOX000000000";

fn policy(directory: &str) -> Result<Policy> {
    Policy::read(&format!("{directory}/policy.json"))
}

#[tokio::test]
async fn the_exporter_uses_every_action_and_misses_each_by_its_name() -> Result<()> {
    let world = World::company().await?;
    let policy = policy(EXPORT)?;
    for action in policy.actions() {
        policy.without(&action).enforce(&world.sim, CALLER)?;
        assert_missed(&world.run(&[]).await?, &action);
    }
    policy.enforce(&world.sim, CALLER)?;
    world.sim.clear_calls();
    let run = world.run(&[]).await?;
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(actions_called(&world.sim, &policy), policy.actions());
    Ok(())
}

#[tokio::test]
async fn the_twin_plans_under_its_own_policy_and_cannot_export() -> Result<()> {
    let world = World::company().await?;
    let policy = policy(TWIN)?;
    for action in policy.actions() {
        policy.without(&action).enforce(&world.sim, CALLER)?;
        assert_missed(&world.job("plan", &[])?.run().await?, &action);
    }
    policy.enforce(&world.sim, CALLER)?;
    world.sim.clear_calls();
    let plan = world.job("plan", &[])?.run().await?;
    assert_eq!(plan.status, 0, "{}", plan.stderr);
    assert_eq!(actions_called(&world.sim, &policy), policy.actions());

    assert_missed(&world.run(&[]).await?, "cloudwatch:GetMetricData");
    Ok(())
}

//! Everything that must be seen of the whole, one after the other in one pair of clusters.

use std::time::Duration;

use anyhow::Result;
use sandbox::nodes::{self, NodeCluster};
use scenarios::wait;
use serde_json::json;

use super::installed::{all_is_well, installed};
use super::network::each_reaches_what_it_needs;
use super::{CREDENTIALS, failures, possible, retries, rights, rotation, schedules, silence};

/// A pod that is on its way.
const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test]
#[ignore = "two whole clusters, run alone: cargo test -p scenarios --test it nodes:: -- --ignored --test-threads 1"]
async fn everything_runs_whatever_goes_wrong_is_told_and_whoever_may_not_is_refused() -> Result<()>
{
    if !possible(nodes::possible())? {
        return Ok(());
    }
    let estate = Box::pin(installed()).await?;
    let home = &estate.pair.a;
    all_is_well(&estate).await?;
    let marks = [
        home.cluster().audit_mark()?,
        estate.pair.b.cluster().audit_mark()?,
    ];
    schedules::every_job_runs_by_its_schedule(&estate).await?;
    schedules::neither_differs_from_the_other(&estate).await?;
    schedules::twins_show_what_would_be_done(home).await?;
    schedules::arguments_and_environment_can_be_others(home).await?;
    strangers_are_refused(home).await?;
    each_reaches_what_it_needs(home).await?;
    rotation::replaces_the_key_while_mail_goes_out(&estate).await?;
    rights::nobody_was_refused(&estate, marks)?;
    rights::a_missing_right_is_named(home).await?;
    retries::each_status_has_its_consequence(home).await?;
    retries::an_evicted_run_is_replaced(&estate).await?;
    failures::are_told_and_taken_back(&estate).await?;
    silence::the_snitch_hears_from_both(&estate).await?;
    silence::refused_mail_is_told_elsewhere(&estate).await
}

/// A pod of nobody is not even admitted to the rotation's namespace.
async fn strangers_are_refused(home: &NodeCluster) -> Result<()> {
    let cluster = home.cluster();
    let image = cluster
        .kubectl(
            &[
                "-n",
                "monitoring",
                "get",
                "cronjob",
                "export-cloudwatch",
                "-o",
                "jsonpath={.spec.jobTemplate.spec.template.spec.containers[0].image}",
            ],
            "",
        )
        .await?;
    let stranger = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "stranger", "namespace": CREDENTIALS},
        "spec": {
            "restartPolicy": "Never",
            "securityContext": {
                "runAsNonRoot": true, "runAsUser": 65532,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [{
                "name": "job", "image": image, "command": ["/bin/rotate-credentials"],
                "securityContext": {
                    "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]},
                },
            }],
        },
    });
    let stranger = stranger.to_string();
    // A policy takes a moment until it is in force.
    wait::until_within(PATIENCE, "a stranger is refused", async || {
        let create = ["create", "--dry-run=server", "--filename=-"];
        let refused = cluster.kubectl(&create, &stranger).await;
        Ok(refused.is_err_and(|error| {
            format!("{error:#}").contains("only the rotation's service accounts have pods here")
        }))
    })
    .await
}

//! Rows about the clusters.

mod objects;
mod rolling;

use std::fs;

use anyhow::Result;
use sandbox::checkout;
use sandbox::company::{Setup, Site};
use scenarios::stage::{Stage, YOUNG};

use super::shown::Shown;
use super::table::Subject;

/// The one that is rolled first.
fn first(stage: &Stage) -> &Site {
    &stage.company.clusters[0]
}

/// The one with the Lease.
fn home(stage: &Stage) -> &Site {
    &stage.company.clusters[1]
}

#[tokio::test]
async fn clusters_that_are_away_refuse_or_do_not_follow() -> Result<()> {
    let stage = Stage::open(Setup::default()).await?;
    let mut shown = Shown::of(Subject::Clusters);
    denied(&stage, &mut shown).await?;
    objects::source(&stage, &mut shown).await?;
    objects::drift(&stage, &mut shown).await?;
    objects::reload(&stage, &mut shown).await?;
    rolling::away_and_nothing_to_do(&stage, &mut shown).await?;
    rolling::overtaken(&stage, &mut shown).await?;
    rolling::paused_and_incomplete(&stage, &mut shown).await?;
    rolling::left_behind(&stage, &mut shown).await?;
    rolling::flapping(&stage, &mut shown).await?;
    shown.complete();
    Ok(())
}

/// Row 33.
async fn denied(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let cluster = &first(stage).cluster;
    let words = [
        "delete",
        "rolebinding",
        "rotate-credentials",
        "--namespace",
        "monitoring",
    ];
    cluster.kubectl(&words, "").await?;
    let run = stage.apply(&[YOUNG]).await?;
    shown.expect(33, &run, "cluster-denied", "remoting-prod-e1-1");
    let roles = fs::read_to_string(checkout::file("k8s/rbac/rotate-credentials.yaml"))?;
    cluster.apply(&[&roles]).await?;
    Ok(())
}

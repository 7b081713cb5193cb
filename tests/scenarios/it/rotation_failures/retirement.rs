//! Rows about the old key, from convergence to its end.

use anyhow::Result;
use sandbox::aws::{Fault, FaultKind, KeyStatus, Operation};
use sandbox::company::{Setup, USER};
use scenarios::stage::{DUE, Stage, YOUNG};

use super::shown::Shown;
use super::table::Subject;

/// The clusters of this company send no canary.
const SILENT: &str = "mail_proof: off";

#[tokio::test]
async fn an_old_key_that_is_still_used_unreadable_or_brought_back_stays() -> Result<()> {
    let stage = Stage::open(Setup::default()).await?;
    let mut shown = Shown::of(Subject::Retirement);
    let installed = stage.company.configuration()?;
    let run = stage.apply(&[DUE]).await?;
    assert_eq!(run.status, 0, "{}", run.termination_text);
    let old = stage.other()?;

    still_used(&stage, &mut shown, &old).await?;
    unreadable(&stage, &mut shown, &old).await?;
    let run = stage.apply(&[YOUNG, SILENT]).await?;
    assert_eq!(run.status, 0, "{}", run.termination_text);
    assert_eq!(stage.status(&old), Some(KeyStatus::Inactive));
    reactivated(&stage, &mut shown, &old).await?;
    in_use_again(&stage, &mut shown, &old, &installed).await?;
    shown.complete();
    Ok(())
}

/// Row 41. The soak begins anew with each use.
async fn still_used(stage: &Stage, shown: &mut Shown, old: &str) -> Result<()> {
    stage.pass(120)?;
    let now = stage.company.clock.clock().now();
    stage
        .company
        .aws
        .iam()
        .mark_used(old, now, "ses", "eu-west-1");
    stage.pass(60)?;
    let run = stage.apply(&[YOUNG, SILENT]).await?;
    shown.expect(41, &run, "old-key-still-used", "by ses in eu-west-1");
    stage.pass(22 * 60)?;
    let run = stage.apply(&[YOUNG, SILENT]).await?;
    shown.expect(41, &run, "old-key-still-used", "by ses in eu-west-1");
    assert_eq!(stage.status(old), Some(KeyStatus::Active));
    Ok(())
}

/// Row 42. What IAM does not say is not taken for "never".
async fn unreadable(stage: &Stage, shown: &mut Shown, old: &str) -> Result<()> {
    stage.pass(3 * 60)?;
    let fault = Fault::new(FaultKind::Internal).on(Operation::GetAccessKeyLastUsed);
    stage.company.aws.inject(fault);
    let run = stage.apply(&[YOUNG, SILENT]).await?;
    stage.company.aws.clear_faults();
    let words = "IAM does not say when it was last used";
    shown.expect(42, &run, "last-used-unknown", words);
    assert_eq!(stage.status(old), Some(KeyStatus::Active));
    Ok(())
}

/// Row 43.
async fn reactivated(stage: &Stage, shown: &mut Shown, old: &str) -> Result<()> {
    let iam = stage.company.aws.iam();
    iam.set_status(USER, old, KeyStatus::Active)?;
    let run = stage.apply(&[YOUNG, SILENT]).await?;
    let words = "which this job had deactivated, is active again";
    shown.expect(43, &run, "reactivated", words);
    assert_eq!(stage.status(old), Some(KeyStatus::Active));
    iam.set_status(USER, old, KeyStatus::Inactive)?;
    Ok(())
}

/// Row 44. Mail comes first: the key works again before the cluster is brought back.
async fn in_use_again(stage: &Stage, shown: &mut Shown, old: &str, installed: &str) -> Result<()> {
    let set = &stage.company.clusters[1].alertmanagers;
    set.configure(installed.as_bytes()).await?;
    set.wait_until_running(installed.as_bytes()).await?;
    let run = stage.apply(&[YOUNG, SILENT]).await?;
    let words = "was deactivated, and something ran with it again";
    shown.expect(44, &run, "reactivated-for-running", words);
    assert_eq!(stage.status(old), Some(KeyStatus::Active));
    let running = set.running_config(0).await?;
    assert!(running.contains(&stage.current()?), "it is brought back");
    Ok(())
}

//! Rows 10 and 17 to 21: a rotation on the way through the secret.

use std::time::Duration;

use anyhow::{Context as _, Result};
use sandbox::aws::{Fault, FaultKind, KeyStatus, Operation};
use sandbox::company::{SECRET, USER};
use scenarios::stage::{DUE, Stage, YOUNG};

use super::super::shown::Shown;

fn refuse(code: &str, operation: Operation) -> Fault {
    let kind = FaultKind::Refuse {
        code: code.to_owned(),
        status: 400,
        message: "as asked for".to_owned(),
    };
    Fault::new(kind).on(operation).calls(1, Some(1))
}

/// Row 19.
pub(super) async fn foreign_pending(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let aws = &stage.company.aws;
    stage.offer_pair_of(&aws.iam().create_key(USER)?.id)?;
    let run = stage.apply(&[YOUNG]).await?;
    let words = "was not written by this job";
    shown.expect(19, &run, "foreign-pending", words);
    stage.forget()?;
    aws.secrets().announce(SECRET, "AWSPENDING")?;
    let run = stage.apply(&[DUE]).await?;
    shown.expect(19, &run, "foreign-pending", "has no value");
    stage.forget()
}

/// Rows 10 and 18: nobody will ever have the new key's secret, so the key goes.
pub(super) async fn refused(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let aws = &stage.company.aws;
    let put = Operation::PutSecretValue;
    aws.inject(Fault::new(FaultKind::KmsDenied).on(put));
    let run = stage.apply(&[DUE]).await?;
    shown.expect(10, &run, "kms-denied", "PutSecretValue");
    let lost = stage.other()?;
    let mark = stage.mark(&lost)?.context("no mark")?;
    assert!(mark.contains("state=orphan"), "{mark}");
    aws.clear_faults();
    let run = stage.apply(&[YOUNG]).await?;
    shown.expect(10, &run, "done", "deactivate");
    assert_eq!(stage.status(&lost), Some(KeyStatus::Inactive));
    stage.forget()?;

    aws.inject(refuse("ResourceExistsException", put));
    let run = stage.apply(&[DUE]).await?;
    let words = "holds other data under the token of this pair";
    shown.expect(18, &run, "foreign-pending", words);
    let mark = stage.mark(&stage.other()?)?.context("no mark")?;
    assert!(mark.contains("state=orphan"), "{mark}");
    stage.forget()
}

/// Rows 17 and 20, and between them what stops a rotation that is under way.
pub(super) async fn lost_and_overtaken(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let (aws, old) = (&stage.company.aws, stage.current()?);
    let lost = Fault::new(FaultKind::Reset).on(Operation::PutSecretValue);
    aws.inject(lost.calls(1, Some(1)));
    let run = stage.run(&["apply", "--max-steps", "3"], &[DUE]).await?;
    shown.expect(17, &run, "done", "AWSPENDING");
    let new = stage.other()?;

    in_the_middle(stage).await?;
    assert_eq!(stage.current()?, old);

    aws.inject(refuse(
        "InvalidParameterException",
        Operation::UpdateSecretVersionStage,
    ));
    let run = stage.apply(&[DUE]).await?;
    shown.expect(20, &run, "done", "make it AWSCURRENT");
    assert_eq!(stage.current()?, new);
    Ok(())
}

/// A secret that is scheduled for deletion, or that AWS begins to rotate, stops everything.
async fn in_the_middle(stage: &Stage) -> Result<()> {
    let secrets = stage.company.aws.secrets();
    let world = || {
        let keys = stage.company.keys()?.into_iter();
        let keys: Vec<_> = keys.map(|key| (key.id, key.status)).collect();
        let tags = stage.company.aws.iam().tags(USER)?;
        anyhow::Ok((keys, secrets.stages(SECRET)?, tags))
    };
    let before = world()?;
    secrets.schedule_deletion(SECRET, Duration::from_hours(7 * 24))?;
    let run = stage.apply(&[DUE]).await?;
    let class = &run.termination["class"];
    assert_eq!((run.status, class), (2, &"secret-deleted".into()));
    secrets.restore(SECRET)?;
    secrets.enable_rotation(SECRET)?;
    let run = stage.apply(&[DUE]).await?;
    let class = &run.termination["class"];
    assert_eq!((run.status, class), (2, &"secret-rotated-by-aws".into()));
    secrets.disable_rotation(SECRET)?;
    assert_eq!(world()?, before);
    Ok(())
}

/// Row 21.
pub(super) async fn gone_back(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let (secrets, new) = (stage.company.aws.secrets(), stage.current()?);
    let previous = secrets.version_at(SECRET, "AWSPREVIOUS")?;
    let previous = previous.context("no previous version")?;
    secrets.move_label(SECRET, "AWSCURRENT", &previous)?;
    let run = stage.apply(&[YOUNG]).await?;
    let words = "is the current key again, although";
    shown.expect(21, &run, "rolled-back", words);
    assert_ne!(stage.current()?, new);
    Ok(())
}

//! Rows about a current key that somebody took away.

use std::time::Duration;

use anyhow::Result;
use sandbox::aws::{IamDelays, KeyStatus};
use sandbox::company::{Setup, USER};
use scenarios::stage::{DUE, Stage, YOUNG};

use super::shown::Shown;
use super::table::Subject;

#[tokio::test]
async fn a_current_key_that_is_gone_is_replaced_and_a_disabled_one_never_comes_back() -> Result<()>
{
    let stage = Stage::open(Setup::default()).await?;
    let mut shown = Shown::of(Subject::Emergency);
    deleted(&stage, &mut shown).await?;
    disabled(&stage, &mut shown).await?;
    disabled_in_the_soak(&stage, &mut shown).await?;
    shown.complete();
    Ok(())
}

/// Row 12.
async fn deleted(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let (iam, old) = (stage.company.aws.iam(), stage.current()?);
    iam.delete_key(USER, &old)?;
    let foreign = [iam.create_key(USER)?.id, iam.create_key(USER)?.id];
    let run = stage.apply(&[YOUNG]).await?;
    shown.expect(
        12,
        &run,
        "current-key-gone",
        "MPLE, the current key, is gone",
    );
    for id in &foreign {
        assert_eq!(stage.status(id), Some(KeyStatus::Active));
        iam.delete_key(USER, id)?;
    }

    iam.set_delays(late());
    let run = stage.apply(&[YOUNG, "probe_window: 10s"]).await?;
    shown.expect(12, &run, "key-not-yet-valid", "does not know");
    assert_eq!(stage.current()?, old);
    iam.set_delays(IamDelays::default());
    let run = stage.apply(&[YOUNG]).await?;
    shown.expect(12, &run, "done", "make it AWSCURRENT");
    assert_ne!(stage.current()?, old);
    stage.company.deliver("Again").await?;
    stage.forget()
}

/// Row 13.
async fn disabled(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let (iam, old) = (stage.company.aws.iam(), stage.current()?);
    iam.set_status(USER, &old, KeyStatus::Inactive)?;
    let run = stage.apply(&[YOUNG]).await?;
    shown.expect(13, &run, "done", "make it AWSCURRENT");
    assert_ne!(stage.current()?, old);
    assert_eq!(stage.status(&old), Some(KeyStatus::Inactive));
    stage.company.deliver("Replaced").await?;
    stage.forget()
}

/// Row 13 as long as there is a way back: mail goes on with the old key, and a person says what next.
async fn disabled_in_the_soak(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let (iam, old) = (stage.company.aws.iam(), stage.current()?);
    let run = stage.apply(&[DUE]).await?;
    assert_eq!(run.status, 0, "{}", run.termination_text);
    let new = stage.current()?;
    iam.set_status(USER, &new, KeyStatus::Inactive)?;
    let run = stage.apply(&[YOUNG]).await?;
    shown.expect(13, &run, "rolled-back", "is the current key again");
    assert_eq!(stage.current()?, old);
    assert_eq!(stage.status(&new), Some(KeyStatus::Inactive));
    stage.company.deliver("Back").await?;
    let run = stage.apply(&[YOUNG]).await?;
    assert_eq!(
        run.termination["class"], "rolled-back",
        "until a person resumes"
    );
    Ok(())
}

/// SES learns of a key an hour late.
fn late() -> IamDelays {
    IamDelays {
        key_valid_after: Duration::from_hours(1),
        ..IamDelays::default()
    }
}

//! `resume`: a person says that what a person did is meant.

use anyhow::{Context as _, Result};
use sandbox::aws::KeyStatus;
use sandbox::company::{SECRET, Setup, USER};
use scenarios::stage::{DUE, Stage, YOUNG};

use super::{SILENT, converged, done, refused};

#[tokio::test]
async fn what_a_person_did_is_gone_on_with_once_it_is_acknowledged() -> Result<()> {
    let stage = Stage::open(Setup::default()).await?;
    let (secrets, policy) = (stage.company.aws.secrets(), [YOUNG, SILENT]);
    done(
        &stage.run(&["resume"], &policy).await?,
        "nothing is left to resume",
    );
    done(&stage.apply(&[DUE]).await?, "make it AWSCURRENT");
    let (old, new) = (stage.other()?, stage.current()?);

    // A rollback by hand: the old pair is the one to stay.
    let previous = secrets
        .version_at(SECRET, "AWSPREVIOUS")?
        .context("no previous")?;
    secrets.move_label(SECRET, "AWSCURRENT", &previous)?;
    refused(
        &stage.apply(&policy).await?,
        3,
        "rolled-back",
        "is the current key again",
    );
    let run = stage.run(&["resume"], &policy).await?;
    done(&run, "the pair that was gone back to stays");
    done(&stage.apply(&policy).await?, "");
    assert_eq!(stage.current()?, old);
    converged(&stage).await?;

    // The newer one is retired; somebody needs it after all, and is heard.
    stage.pass(25 * 60)?;
    done(&stage.apply(&policy).await?, "deactivate");
    stage
        .company
        .aws
        .iam()
        .set_status(USER, &new, KeyStatus::Active)?;
    refused(
        &stage.apply(&policy).await?,
        3,
        "reactivated",
        "is active again",
    );
    let run = stage.run(&["resume"], &policy).await?;
    done(&run, "it is retired again once nobody uses it");
    done(&stage.apply(&policy).await?, "");
    assert_eq!(stage.status(&new), Some(KeyStatus::Active));
    stage.pass(25 * 60)?;
    done(&stage.apply(&policy).await?, "deactivate");
    assert_eq!(stage.status(&new), Some(KeyStatus::Inactive));
    stage.company.deliver("Resumed").await
}

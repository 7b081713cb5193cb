//! `hold` and `unhold`: a freeze, also of a run that is at work.

use anyhow::Result;
use sandbox::aws::{KeyStatus, Operation};
use sandbox::company::{Setup, USER};
use scenarios::stage::{DUE, Stage, YOUNG};
use scenarios::wait;

use super::{SILENT, converged, done};

#[tokio::test]
async fn a_hold_stops_everything_but_mail() -> Result<()> {
    let stage = Stage::open(Setup::default()).await?;
    let aws = &stage.company.aws;
    let policy = [YOUNG, SILENT];
    done(
        &stage.run(&["unhold"], &policy).await?,
        "nobody holds the rotation",
    );
    // A run that is about to create a key sees the tag before it does.
    aws.clear_calls();
    let at_work = stage
        .job(&["apply"], &stage.configuration(&[DUE])?)?
        .start()?;
    wait::until("it looks", async || {
        Ok(aws.calls().count(Operation::ListUserTags) > 0)
    })
    .await?;
    done(&stage.run(&["hold"], &policy).await?, "hold the rotation");
    let run = at_work.finish().await?;
    done(&run, "a person holds the rotation");
    assert_eq!(aws.calls().count(Operation::CreateAccessKey), 0);
    done(&stage.apply(&[DUE]).await?, "a person holds the rotation");
    done(&stage.run(&["hold"], &policy).await?, "held already");

    done(
        &stage.run(&["unhold"], &policy).await?,
        "let the rotation go on",
    );
    let installed = stage.company.configuration()?;
    done(&stage.apply(&[DUE]).await?, "make it AWSCURRENT");
    let old = stage.other()?;
    stage.pass(25 * 60)?;
    done(&stage.apply(&policy).await?, "deactivate");

    // Held again: what runs with the deactivated key is helped, and nothing else is done.
    done(&stage.run(&["hold"], &policy).await?, "hold the rotation");
    let set = &stage.company.clusters[1].alertmanagers;
    set.configure(installed.as_bytes()).await?;
    set.wait_until_running(installed.as_bytes()).await?;
    let run = stage.apply(&policy).await?;
    assert_eq!(
        stage.status(&old),
        Some(KeyStatus::Active),
        "{}",
        run.stdout
    );
    assert!(set.running_config(0).await?.contains(&old));
    done(
        &stage.run(&["unhold"], &policy).await?,
        "let the rotation go on",
    );
    stage.apply(&policy).await?;
    converged(&stage).await?;
    let tags = aws.iam().tags(USER)?;
    assert!(
        tags.iter()
            .all(|(name, _)| name != "rotate-credentials.hold")
    );
    Ok(())
}

//! `rollback --to` and `abort`: back to the old key, after the new one is current and before.

use anyhow::{Context as _, Result};
use sandbox::aws::KeyStatus;
use sandbox::company::{SECRET, Setup};
use scenarios::stage::{DUE, Stage, YOUNG};

use super::{SILENT, converged, done, refused};

#[tokio::test]
async fn a_rollback_brings_every_cluster_back_and_retires_the_newer_key() -> Result<()> {
    let stage = Stage::open(Setup::default()).await?;
    let policy = [YOUNG, SILENT];
    done(&stage.apply(&[DUE]).await?, "make it AWSCURRENT");
    let (old, new) = (stage.other()?, stage.current()?);

    let unknown = ["rollback", "--to", "AKIANOBODYHASTHIS000"];
    let run = stage.run(&unknown, &policy).await?;
    refused(&run, 2, "not-possible", "is not a key of this user");

    // It works from within the grace too: the key is activated first.
    stage.pass(25 * 60)?;
    done(&stage.apply(&policy).await?, "deactivate");
    assert_eq!(stage.status(&old), Some(KeyStatus::Inactive));
    let back = ["rollback", "--to", old.as_str()];
    done(&stage.run(&back, &policy).await?, "make it AWSCURRENT");
    assert_eq!(stage.current()?, old);
    assert_eq!(stage.status(&old), Some(KeyStatus::Active));
    converged(&stage).await?;
    stage.company.deliver("Back").await?;
    // Typed again, it finds that it is done.
    done(&stage.run(&back, &policy).await?, "");
    assert_eq!(stage.current()?, old);

    assert_eq!(stage.status(&new), Some(KeyStatus::Active));
    stage.pass(25 * 60)?;
    done(&stage.apply(&policy).await?, "deactivate");
    assert_eq!(stage.status(&new), Some(KeyStatus::Inactive));
    stage.pass(8 * 24 * 60)?;
    done(&stage.apply(&policy).await?, "delete");
    assert_eq!(stage.company.keys()?.len(), 1);
    stage.company.deliver("Alone").await
}

#[tokio::test]
async fn an_abort_drops_the_pair_and_retires_the_key_that_never_served() -> Result<()> {
    let stage = Stage::open(Setup::default()).await?;
    let policy = [YOUNG, SILENT];
    let text = stage.company.aws.secrets().current_text(SECRET)?;
    done(
        &stage.run(&["abort"], &policy).await?,
        "nothing is left to abort",
    );
    let run = stage.run(&["apply", "--max-steps", "4"], &[DUE]).await?;
    done(&run, "AWSPENDING");
    let (old, new) = (stage.current()?, stage.other()?);
    done(
        &stage.run(&["abort"], &policy).await?,
        "the rotation is given up",
    );
    let pending = stage
        .company
        .aws
        .secrets()
        .version_at(SECRET, "AWSPENDING")?;
    assert_eq!(pending, None);
    let mark = stage.mark(&new)?.context("no mark")?;
    assert!(mark.contains("state=abandoned"), "{mark}");

    done(&stage.apply(&policy).await?, "deactivate");
    stage.pass(25 * 60)?;
    done(&stage.apply(&policy).await?, "delete");
    assert_eq!(stage.status(&new), None);
    assert_eq!(stage.current()?, old);
    assert_eq!(stage.company.aws.secrets().current_text(SECRET)?, text);

    // After the promotion there is nothing to abort: `rollback` is the way.
    done(&stage.apply(&[DUE]).await?, "make it AWSCURRENT");
    done(
        &stage.run(&["abort"], &policy).await?,
        "nothing is left to abort",
    );
    converged(&stage).await
}

//! `adopt`: a key of the user that is not ours becomes ours, and is retired.

use anyhow::Result;
use sandbox::aws::KeyStatus;
use sandbox::company::{Setup, USER};
use scenarios::stage::{DUE, Stage, YOUNG};

use super::{SILENT, converged, done, refused};

#[tokio::test]
async fn an_adopted_key_is_retired_and_makes_room_for_the_rotation() -> Result<()> {
    let stage = Stage::open(Setup::default()).await?;
    let policy = [YOUNG, SILENT];
    let key = stage.company.aws.iam().create_key(USER)?.id;
    refused(&stage.apply(&[DUE]).await?, 3, "foreign-key", "is not ours");

    let run = stage
        .run(&["adopt", &key, "--confirm", "0000"], &policy)
        .await?;
    refused(&run, 2, "not-confirmed", "--confirm is not the end of");
    let unknown = ["adopt", "AKIANOBODYHASTHIS000", "--confirm", "S000"];
    let run = stage.run(&unknown, &policy).await?;
    refused(&run, 2, "not-possible", "is not a key of this user");
    assert_eq!(stage.mark(&key)?, None);

    let last = key.get(16..).unwrap();
    let adopt = ["adopt", &key, "--confirm", last];
    done(&stage.run(&adopt, &policy).await?, "once nobody uses it");
    done(
        &stage.run(&adopt, &policy).await?,
        "nothing is left to adopt",
    );
    done(&stage.apply(&policy).await?, "");
    assert_eq!(stage.status(&key), Some(KeyStatus::Active));
    stage.pass(25 * 60)?;
    done(&stage.apply(&policy).await?, "deactivate");
    stage.pass(8 * 24 * 60)?;
    done(&stage.apply(&policy).await?, "delete");
    assert_eq!(stage.status(&key), None);
    done(&stage.apply(&[DUE]).await?, "make it AWSCURRENT");
    converged(&stage).await
}

//! `init`: the first pair of a secret that has none.

use anyhow::Result;
use sandbox::company::{SECRET, Setup, USER};
use scenarios::stage::{Stage, YOUNG};

use super::{SILENT, converged, done, refused};

#[tokio::test]
async fn a_secret_without_a_pair_gets_its_first_and_apply_brings_it_everywhere() -> Result<()> {
    let stage = Stage::open(Setup::default()).await?;
    let (aws, policy) = (&stage.company.aws, [YOUNG, SILENT]);
    let run = stage.run(&["init"], &policy).await?;
    refused(&run, 2, "not-possible", "holds the pair of");

    let old = stage.current()?;
    let text = aws.secrets().current_text(SECRET)?;
    let others = text
        .split_inclusive('\n')
        .filter(|line| !line.contains("\"email_"));
    let before: String = others.collect();
    aws.secrets().put_value(SECRET, &before)?;
    refused(
        &stage.apply(&policy).await?,
        2,
        "secret-malformed",
        "email_access_key_id",
    );
    // The user's key is of no use: AWS shows its secret to nobody.
    aws.iam().delete_key(USER, &old)?;
    let run = stage.run(&["init"], &policy).await?;
    done(&run, "`apply` brings it to the clusters");
    let key = stage.current()?;
    let after = aws.secrets().current_text(SECRET)?;
    let (head, tail) = before.split_once("\n}").unwrap();
    assert!(after.starts_with(head), "{after}");
    assert!(after.ends_with(&format!("}}{tail}")), "{after}");
    done(
        &stage.run(&["init"], &policy).await?,
        "this was done before",
    );

    done(&stage.apply(&policy).await?, "");
    assert_eq!(stage.current()?, key);
    assert_eq!(stage.company.keys()?.len(), 1);
    let mark = stage.mark(&key)?.unwrap_or_default();
    assert!(mark.contains("state=live"), "{mark}");
    converged(&stage).await?;
    stage.company.deliver("First").await
}

//! Rows about the user: what IAM does not do, and what a person does with the user's keys and tags.

use anyhow::Result;
use sandbox::aws::{Fault, FaultKind, KeyStatus, Operation};
use sandbox::company::{CALLER, OTHER_USER, Setup, USER};
use scenarios::stage::{DUE, Stage, YOUNG};

use super::shown::Shown;
use super::table::Subject;

#[tokio::test]
async fn what_iam_refuses_and_what_people_do_to_the_user() -> Result<()> {
    let stage = Stage::open(Setup::default()).await?;
    let mut shown = Shown::of(Subject::Iam);
    calls(&stage, &mut shown).await?;
    another_user(&stage, &mut shown).await?;
    foreign_keys(&stage, &mut shown).await?;
    tags(&stage, &mut shown).await?;
    lost_answer(&stage, &mut shown).await?;
    shown.complete();
    Ok(())
}

fn refuse(code: &str, status: u16, operation: Operation) -> Fault {
    let kind = FaultKind::Refuse {
        code: code.to_owned(),
        status,
        message: "as asked for".to_owned(),
    };
    Fault::new(kind).on(operation)
}

/// Rows 1 to 3.
async fn calls(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let list = Operation::ListAccessKeys;
    let faults = [
        (1, Fault::new(FaultKind::Throttle).on(list), "aws-throttled"),
        (
            1,
            Fault::new(FaultKind::Internal).on(list),
            "aws-server-error",
        ),
        (
            2,
            Fault::new(FaultKind::AccessDenied).on(list),
            "aws-denied",
        ),
        (3, refuse("NoSuchEntity", 404, list), "user-missing"),
    ];
    let words = [
        "iam ListAccessKeys",
        "iam ListAccessKeys",
        "iam ListAccessKeys",
        "the user `prod-monitoring-email-user` does not exist",
    ];
    for ((row, fault, class), words) in faults.into_iter().zip(words) {
        stage.company.aws.inject(fault);
        let run = stage.apply(&[DUE]).await?;
        stage.company.aws.clear_faults();
        shown.expect(row, &run, class, words);
    }
    assert_eq!(stage.company.keys()?.len(), 1);
    Ok(())
}

/// Row 11. The documented policy does not let the job ask whose another user's key is.
async fn another_user(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let (aws, own) = (&stage.company.aws, stage.current()?);
    let policy = stage.company.policy()?;
    let key = aws.iam().create_key(OTHER_USER)?;
    stage.store_pair_of(&key.id)?;
    let named = format!("user/{USER}\"");
    aws.set_policy(CALLER, &policy.replacen(&named, "user/*\"", 1))?;
    let run = stage.apply(&[YOUNG]).await?;
    let words = format!("belongs to user `{OTHER_USER}`");
    shown.expect(11, &run, "key-of-other-user", &words);
    aws.set_policy(CALLER, &policy)?;
    stage.store_pair_of(&own)?;
    aws.iam().delete_key(OTHER_USER, &key.id)?;
    Ok(())
}

/// Rows 14 and 15.
async fn foreign_keys(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let aws = &stage.company.aws;
    let key = aws.iam().create_key(USER)?;
    let run = stage.apply(&[DUE]).await?;
    let name = key.id.get(16..).unwrap();
    let words = format!("{name} of the same user is not ours");
    shown.expect(14, &run, "foreign-key", &words);
    let run = stage.apply(&[YOUNG]).await?;
    shown.expect(14, &run, "done", "");
    assert_eq!(stage.status(&key.id), Some(KeyStatus::Active));
    assert_eq!(stage.mark(&key.id)?, None);
    stage.forget()?;

    aws.inject(refuse("LimitExceeded", 409, Operation::CreateAccessKey));
    let run = stage.apply(&[DUE]).await?;
    shown.expect(15, &run, "foreign-key", "as many keys as IAM allows");
    // A key that a person creates in this minute must not look like ours.
    let tags = aws.iam().tags(USER)?;
    assert!(tags.iter().all(|(name, _)| !name.contains("intent")));
    stage.forget()
}

/// Rows 45 and 46.
async fn tags(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let iam = stage.company.aws.iam();
    let names: Vec<_> = (0..48).map(|number| format!("cost-{number}")).collect();
    let more: Vec<_> = names.iter().map(|name| (name.as_str(), "1")).collect();
    iam.tag(USER, &more)?;
    let run = stage.apply(&[DUE]).await?;
    shown.expect(45, &run, "tag-refused", "iam TagUser");
    assert_eq!(stage.company.keys()?.len(), 1);
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    iam.untag(USER, &names)?;

    let mark = format!("rotate-credentials.key.{}", stage.current()?);
    iam.tag(USER, &[(&mark, "v1 state=mine")])?;
    let run = stage.apply(&[DUE]).await?;
    shown.expect(46, &run, "foreign-key", "cannot be read");
    stage.forget()
}

/// Row 16: from a key that nobody has the secret of to none.
async fn lost_answer(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let lost = Fault::new(FaultKind::Reset).on(Operation::CreateAccessKey);
    stage.company.aws.inject(lost.calls(1, Some(1)));
    let run = stage.apply(&[DUE]).await?;
    shown.expect(16, &run, "new-key-unclear", "iam CreateAccessKey");
    let orphan = stage.other()?;

    stage.pass(16)?;
    let run = stage.apply(&[YOUNG]).await?;
    shown.expect(16, &run, "done", "deactivate");
    assert_eq!(stage.status(&orphan), Some(KeyStatus::Inactive));
    stage.pass(25 * 60)?;
    let run = stage.apply(&[YOUNG]).await?;
    shown.expect(16, &run, "done", "delete");
    assert_eq!(stage.status(&orphan), None);
    assert_eq!(stage.mark(&orphan)?, None);
    stage.forget()
}

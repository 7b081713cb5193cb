//! Rows about the mail server.

use std::time::Duration;

use anyhow::Result;
use jiff::tz::TimeZone;
use sandbox::aws::IamDelays;
use sandbox::company::{Setup, USER};
use sandbox::mail::{Ca, Fault, FaultKind, Reply, Stage as At};
use scenarios::job::Finished;
use scenarios::stage::{DUE, Stage, YOUNG};

use super::shown::Shown;
use super::table::Subject;

#[tokio::test]
async fn what_the_mail_server_says_and_does_not_say() -> Result<()> {
    let stage = Stage::open(Setup::default()).await?;
    let mut shown = Shown::of(Subject::Mail);
    logins(&stage, &mut shown).await?;
    distrust(&stage, &mut shown).await?;
    region(&stage, &mut shown).await?;
    assert_eq!(stage.company.aws.iam().tags(USER)?.len(), 2);
    new_pair(&stage, &mut shown).await?;
    shown.complete();
    Ok(())
}

/// The policy of a run that tries the current login, whatever there is to do.
fn trying_now(stage: &Stage) -> Result<String> {
    let now = stage.company.clock.clock().now();
    if now.to_zoned(TimeZone::UTC).minute() > 50 {
        stage.pass(15)?;
    }
    let now = stage.company.clock.clock().now().to_zoned(TimeZone::UTC);
    Ok(format!("self_check_hour: {}", now.hour()))
}

/// A run that tries the current login while this is wrong with the server.
async fn try_login(stage: &Stage, fault: Fault) -> Result<Finished> {
    stage.company.mail.inject(fault);
    let run = stage.apply(&[YOUNG, &trying_now(stage)?]).await;
    stage.company.mail.clear_faults();
    run
}

/// Rows 24, 25, 28, 29, and the silence of 30.
async fn logins(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let busy = "smtp-busy";
    let table = [
        (
            24,
            Fault::answer(At::Auth, Reply::INVALID_CREDENTIALS),
            "mail-auth-failing",
            "MPLE, the current key",
        ),
        (
            25,
            Fault::new(FaultKind::WithoutStartTls),
            "smtp-protocol",
            "STARTTLS",
        ),
        (
            25,
            Fault::new(FaultKind::WithoutAuth),
            "smtp-protocol",
            "AUTH",
        ),
        (
            25,
            Fault::answer(At::Auth, Reply::AUTH_REQUIRED),
            "smtp-protocol",
            "530",
        ),
        (
            28,
            Fault::answer(At::Greeting, Reply::TOO_MANY_CONNECTIONS),
            busy,
            "421",
        ),
        (
            28,
            Fault::answer(At::Auth, Reply::AUTH_UNAVAILABLE),
            busy,
            "454 Temporary",
        ),
        (28, Fault::answer(At::Auth, Reply::LOCAL_ERROR), busy, "451"),
        (
            29,
            Fault::answer(At::Auth, Reply::NOT_SUBSCRIBED),
            "smtp-not-subscribed",
            "not subscribed",
        ),
        (
            30,
            Fault::new(FaultKind::Silent { at: At::Auth }),
            "smtp-unreachable",
            "no answer within 10 s",
        ),
    ];
    for (row, fault, class, words) in table {
        let run = try_login(stage, fault).await?;
        shown.expect(row, &run, class, words);
    }
    Ok(())
}

/// Row 30: a server that somebody else vouches for.
async fn distrust(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let other = stage.file(Ca::generate()?.pem())?;
    let configuration = stage.configuration(&[YOUNG, &trying_now(stage)?])?;
    let job = stage.job(&["apply"], &configuration)?;
    let run = job
        .env("SSL_CERT_FILE", other.to_str().unwrap())
        .run()
        .await?;
    shown.expect(30, &run, "smtp-unreachable", "ertificate");
    Ok(())
}

/// Row 31.
async fn region(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let own = format!("localhost:{}", stage.company.mail.addr().port());
    let elsewhere = "email-smtp.eu-west-1.amazonaws.com:587";
    let configuration = stage.configuration(&[DUE])?.replace(&own, elsewhere);
    let run = stage.job(&["apply"], &configuration)?.run().await?;
    shown.expect(31, &run, "config-invalid", "us-east-1");
    Ok(())
}

/// Rows 22, 23, 26 to 28: a stored pair that does not become current.
async fn new_pair(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let (iam, mail) = (stage.company.aws.iam(), &stage.company.mail);
    let late = IamDelays {
        key_valid_after: Duration::from_hours(1),
        ..IamDelays::default()
    };
    let old = stage.current()?;
    iam.set_delays(late);
    let run = stage.apply(&[DUE, "probe_window: 10s"]).await?;
    shown.expect(22, &run, "key-not-yet-valid", "does not know");
    let new = stage.other()?;

    iam.set_delays(IamDelays::default());
    let unverified = Reply::not_verified("prometheus-alerts@example.com", "us-east-1");
    let table = [
        (
            26,
            Reply::NOT_AUTHORIZED,
            "smtp-denied",
            "is not authorized to perform",
        ),
        (
            27,
            unverified,
            "smtp-sender-not-verified",
            "Email address is not verified",
        ),
        (
            28,
            Reply::QUOTA_EXCEEDED,
            "smtp-busy",
            "Daily message quota exceeded",
        ),
        (28, Reply::SENDING_PAUSED, "smtp-busy", "Sending paused"),
    ];
    for (row, reply, class, words) in table {
        mail.inject(Fault::answer(At::Message, reply));
        let run = stage.apply(&[DUE]).await?;
        mail.clear_faults();
        shown.expect(row, &run, class, words);
        assert_eq!(stage.current()?, old);
    }

    stage.pass(16)?;
    iam.set_delays(late);
    let run = stage.apply(&[DUE]).await?;
    shown.expect(23, &run, "probe-failed", "had time to learn it");
    assert_eq!(stage.current()?, old);
    iam.set_delays(IamDelays::default());
    let run = stage.apply(&[DUE]).await?;
    assert_eq!(run.status, 0, "{}", run.termination_text);
    assert_eq!(stage.current()?, new);
    Ok(())
}

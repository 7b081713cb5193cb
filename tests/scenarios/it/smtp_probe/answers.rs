//! Every answer of SES's table, as the probe reports it.

use std::time::Duration;

use anyhow::{Context as _, Result};
use rotate_credentials::smtp::{Class, Step, Verdict};
use sandbox::mail::{Fault, FaultKind, Mechanism, Options, Reply, Senders, Stage};

use super::{RUN, Scene, USER};

#[tokio::test]
async fn a_login_that_works_is_accepted_and_sends_no_mail() -> Result<()> {
    let scene = Scene::start(Options::default())?;
    let reply = scene.auth().await;
    assert_eq!(reply.verdict, Verdict::Accepted);
    assert_eq!(reply.to_string(), "AUTH: 235 Authentication successful");
    assert_eq!(scene.server.mails(), []);
    assert_eq!(scene.server.refusals(), []);
    Ok(())
}

#[tokio::test]
async fn a_mail_that_goes_through_is_accepted_with_its_id() -> Result<()> {
    let scene = Scene::start(Options::default())?;
    let reply = scene.send().await?;
    assert_eq!(
        (reply.verdict, reply.step),
        (Verdict::Accepted, Step::Message)
    );
    assert!(
        reply.to_string().starts_with("message: 250 Ok 0100"),
        "{reply}"
    );
    let mails = scene.server.mails();
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].from, "prometheus-alerts@example.com");
    assert_eq!(
        mails[0].to,
        [format!("success+{RUN}@simulator.amazonses.com")]
    );
    assert_eq!(mails[0].subject, format!("rotate-credentials probe {RUN}"));
    assert_eq!(mails[0].user, USER);
    assert!(
        mails[0]
            .data
            .contains("\r\nDate: Tue, 24 Nov 2026 12:00:30 +0000\r\n")
    );
    assert_eq!(scene.server.refusals(), []);
    Ok(())
}

#[tokio::test]
async fn whichever_mechanism_is_offered_works() -> Result<()> {
    for mechanisms in [
        vec![Mechanism::Plain],
        vec![Mechanism::Login],
        vec![Mechanism::Login, Mechanism::Plain],
    ] {
        let scene = Scene::start(Options {
            mechanisms: mechanisms.clone(),
            ..Options::default()
        })?;
        assert_eq!(
            scene.auth().await.verdict,
            Verdict::Accepted,
            "{mechanisms:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn each_attempt_has_its_own_connection_and_one_login() -> Result<()> {
    let scene = Scene::start(Options::default())?;
    for attempt in 1..=3 {
        let reply = scene.auth_with("wrong").await;
        assert_eq!(reply.verdict, Verdict::Refused);
        assert_eq!(reply.verdict.class(), Class::Login);
        assert_eq!(
            reply.to_string(),
            "AUTH: 535 Authentication Credentials Invalid"
        );
        assert_eq!(
            (scene.server.connections(), scene.logins()),
            (attempt, attempt.try_into()?)
        );
    }
    Ok(())
}

/// Where the answer is put, the answer, and what becomes of it.
type Row = (Stage, Reply, Step, Verdict, Class);

fn rows() -> [Row; 17] {
    use {Class as C, Stage as At, Step as S, Verdict as V};
    let other = |code, text| Reply::new(code, text);
    [
        (
            At::Auth,
            Reply::NOT_SUBSCRIBED,
            S::Auth,
            V::NotSubscribed,
            C::Config,
        ),
        (
            At::Auth,
            Reply::AUTH_UNAVAILABLE,
            S::Auth,
            V::Temporary,
            C::Transient,
        ),
        (
            At::Auth,
            Reply::RATE_EXCEEDED,
            S::Auth,
            V::Temporary,
            C::Transient,
        ),
        (At::Auth, other(250, "Ok"), S::Auth, V::Protocol, C::Config),
        (
            At::Mail,
            Reply::AUTH_REQUIRED,
            S::Mail,
            V::Protocol,
            C::Config,
        ),
        (
            At::Mail,
            Reply::INVALID_ADDRESS,
            S::Mail,
            V::Protocol,
            C::Config,
        ),
        (
            At::Recipient,
            Reply::INVALID_ADDRESS,
            S::Recipient,
            V::Protocol,
            C::Config,
        ),
        (
            At::Data,
            Reply::UNAVAILABLE,
            S::Data,
            V::Temporary,
            C::Transient,
        ),
        (
            At::Message,
            Reply::RATE_EXCEEDED,
            S::Message,
            V::Throttled,
            C::Transient,
        ),
        (
            At::Message,
            Reply::QUOTA_EXCEEDED,
            S::Message,
            V::Throttled,
            C::Transient,
        ),
        (
            At::Message,
            Reply::UNAVAILABLE,
            S::Message,
            V::Temporary,
            C::Transient,
        ),
        (
            At::Message,
            Reply::LOCAL_ERROR,
            S::Message,
            V::Temporary,
            C::Transient,
        ),
        (
            At::Message,
            Reply::TIMEOUT,
            S::Message,
            V::Temporary,
            C::Transient,
        ),
        (
            At::Message,
            Reply::SENDING_PAUSED,
            S::Message,
            V::Temporary,
            C::Transient,
        ),
        (
            At::Message,
            Reply::NOT_AUTHORIZED,
            S::Message,
            V::NotAuthorized,
            C::Denied,
        ),
        (
            At::Greeting,
            Reply::TOO_MANY_CONNECTIONS,
            S::Hello,
            V::Temporary,
            C::Transient,
        ),
        (
            At::StartTls,
            Reply::TLS_UNAVAILABLE,
            S::StartTls,
            V::Temporary,
            C::Transient,
        ),
    ]
}

#[tokio::test]
async fn every_answer_of_the_table_is_told_with_code_text_and_step() -> Result<()> {
    let scene = Scene::start(Options::default())?;
    for (stage, answer, step, verdict, class) in rows() {
        scene.server.clear_faults();
        scene.server.inject(Fault::answer(stage, answer.clone()));
        let reply = scene.send().await?;
        let context = format!("{stage:?}: {answer}");
        assert_eq!((reply.verdict, reply.step), (verdict, step), "{context}");
        assert_eq!(reply.verdict.class(), class, "{context}");
        assert_eq!(reply.code, Some(answer.code), "{context}");
        let (said, told) = (answer.text.to_string(), reply.text.trim_end_matches('…'));
        assert!(
            said.starts_with(told) && told.len() >= said.len().min(190),
            "{reply}"
        );
    }
    assert_eq!(scene.server.mails(), []);
    Ok(())
}

#[tokio::test]
async fn an_unverified_sender_and_a_mail_too_long_are_matters_of_configuration() -> Result<()> {
    let scene = Scene::start(Options {
        senders: Senders::Verified(vec!["example.org".to_owned()]),
        ..Options::default()
    })?;
    assert_eq!(
        scene.auth().await.verdict,
        Verdict::Accepted,
        "a login does not show it"
    );
    let reply = scene.send().await?;
    assert_eq!(reply.verdict, Verdict::NotVerified);
    assert!(
        reply
            .text
            .ends_with("US-EAST-1: prometheus-alerts@example.com"),
        "{reply}"
    );

    let scene = Scene::start(Options {
        size_limit: 100,
        ..Options::default()
    })?;
    let reply = scene.send().await?;
    assert_eq!(reply.verdict, Verdict::Protocol);
    assert_eq!(reply.to_string(), "message: 552 Message is too long.");
    Ok(())
}

#[tokio::test]
async fn a_server_without_logins_is_asked_for_none() -> Result<()> {
    let scene = Scene::start(Options::default())?;
    scene.server.inject(Fault::new(FaultKind::WithoutAuth));
    let reply = scene.auth().await;
    assert_eq!(reply.verdict, Verdict::Protocol);
    assert_eq!(
        reply.to_string(),
        "AUTH: neither AUTH PLAIN nor AUTH LOGIN is offered"
    );
    assert_eq!(scene.server.refusals(), []);
    Ok(())
}

#[tokio::test]
async fn a_slow_server_is_waited_for_within_the_limit_of_each_step() -> Result<()> {
    let mut scene = Scene::start(Options::default())?;
    // All together take longer than one step may.
    scene
        .server
        .inject(Fault::new(FaultKind::Slow(Duration::from_millis(300))));
    scene.timeouts = super::millis(2500);
    let reply = scene.send().await?;
    assert_eq!(reply.verdict, Verdict::Accepted, "{reply}");
    Ok(())
}

#[tokio::test]
async fn what_does_not_speak_smtp_is_told_so() -> Result<()> {
    use tokio::io::AsyncWriteExt as _;
    let mut scene = Scene::start(Options::default())?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let at = listener.local_addr()?;
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await?;
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await?;
        anyhow::Ok(stream)
    });
    let tls = scene.endpoint.smarthost.tls();
    scene.endpoint = super::endpoint("127.0.0.1", at, tls, &scene.server)?;
    let reply = scene.auth().await;
    drop(serving.await?.context("serving")?);
    assert_eq!(reply.verdict, Verdict::Protocol);
    assert_eq!(reply.to_string(), "EHLO: the answer is not SMTP");
    Ok(())
}

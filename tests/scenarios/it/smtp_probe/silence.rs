//! Servers that do not answer, hang up, or are not there.

use anyhow::Result;
use common::ses::TlsMode;
use rotate_credentials::smtp::{Class, Step, Verdict};
use sandbox::mail::{Fault, FaultKind, Options, Stage};
use tokio::task::JoinSet;

use super::{Scene, endpoint, millis};

/// Where a server fails, and the step that notices.
const STAGES: [(Stage, Step); 8] = [
    (Stage::Greeting, Step::Hello),
    (Stage::Hello, Step::Hello),
    (Stage::StartTls, Step::StartTls),
    (Stage::Auth, Step::Auth),
    (Stage::Mail, Step::Mail),
    (Stage::Recipient, Step::Recipient),
    (Stage::Data, Step::Data),
    (Stage::Message, Step::Message),
];

#[tokio::test]
async fn silence_at_any_step_ends_with_the_step_s_limit() -> Result<()> {
    let mut probes = JoinSet::new();
    for (at, step) in STAGES {
        let mut scene = Scene::start(Options::default())?;
        scene.timeouts = millis(2500);
        scene.server.inject(Fault::new(FaultKind::Silent { at }));
        probes.spawn(async move { anyhow::Ok((step, scene.send().await?)) });
    }
    for probe in probes.join_all().await {
        let (step, reply) = probe?;
        assert_eq!(
            (reply.verdict, reply.step),
            (Verdict::Silent, step),
            "{reply}"
        );
        assert_eq!(reply.text, "no answer within 2.5 s");
        assert_eq!(reply.verdict.class(), Class::Transient);
    }
    Ok(())
}

#[tokio::test]
async fn silence_with_tls_from_the_first_byte_ends_too() -> Result<()> {
    let mut scene = Scene::start(Options {
        wrapper: Some(([127, 0, 0, 1], 0).into()),
        ..Options::default()
    })?;
    scene.timeouts = millis(300);
    let at = scene.server.wrapper_addr().unwrap();
    scene.endpoint = endpoint("localhost", at, TlsMode::Wrapper, &scene.server)?;
    scene.server.inject(Fault::new(FaultKind::Silent {
        at: Stage::Greeting,
    }));
    let reply = scene.auth().await;
    assert_eq!(
        (reply.verdict, reply.step),
        (Verdict::Silent, Step::Connect),
        "{reply}"
    );
    assert_eq!(reply.text, "no answer within 0.6 s");
    Ok(())
}

#[tokio::test]
async fn a_connection_that_is_cut_is_unreachable_and_proves_nothing() -> Result<()> {
    let scene = Scene::start(Options::default())?;
    for (at, step) in STAGES {
        scene.server.clear_faults();
        scene.server.inject(Fault::new(FaultKind::Cut { at }));
        let reply = scene.send().await?;
        assert_eq!(
            (reply.verdict, reply.step),
            (Verdict::Unreachable, step),
            "{at:?}: {reply}"
        );
        assert!(!reply.verdict.proves_login());
    }
    Ok(())
}

#[tokio::test]
async fn a_cut_after_the_answer_does_not_take_it_back() -> Result<()> {
    let scene = Scene::start(Options::default())?;
    let after = Fault::new(FaultKind::CutAfter { at: Stage::Auth });
    scene.server.inject(after);
    assert_eq!(scene.auth().await.verdict, Verdict::Accepted);
    let reply = scene.send().await?;
    assert_eq!(
        (reply.verdict, reply.step),
        (Verdict::Unreachable, Step::Mail),
        "{reply}"
    );
    Ok(())
}

#[tokio::test]
async fn where_nobody_listens_is_unreachable() -> Result<()> {
    let mut scene = Scene::start(Options::default())?;
    let at = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.local_addr()?
    };
    for (tls, text) in [
        (TlsMode::StartTls, "Connection refused (os error 111)"),
        (TlsMode::Wrapper, "Connection refused (os error 111)"),
    ] {
        scene.endpoint = endpoint("127.0.0.1", at, tls, &scene.server)?;
        let reply = scene.auth().await;
        assert_eq!(
            (reply.verdict, reply.step),
            (Verdict::Unreachable, Step::Connect)
        );
        assert_eq!(reply.text, text);
    }
    Ok(())
}

#[tokio::test]
async fn a_name_that_nobody_has_is_unreachable() -> Result<()> {
    let mut scene = Scene::start(Options::default())?;
    scene.timeouts = millis(2000);
    let at = scene.server.addr();
    scene.endpoint = endpoint("mail.invalid", at, TlsMode::StartTls, &scene.server)?;
    let reply = scene.auth().await;
    assert_eq!(
        (reply.verdict, reply.step),
        (Verdict::Unreachable, Step::Connect),
        "{reply}"
    );
    Ok(())
}

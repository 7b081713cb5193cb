//! No login leaves the probe unless the connection is encrypted by a server that is trusted.

use std::process::Command;

use anyhow::{Context as _, Result};
use common::ses::TlsMode;
use rotate_credentials::smtp::{Class, Reply, Step, Trust, Verdict};
use sandbox::mail::{Fault, FaultKind, Options};
use tempfile::TempDir;

use super::{PASSWORD, Scene, USER, endpoint};

fn not_encrypted(reply: &Reply, scene: &Scene) {
    assert_eq!(reply.verdict, Verdict::Tls, "{reply}");
    assert_eq!(reply.verdict.class(), Class::Transient);
    assert_eq!(scene.logins(), 0, "{reply}");
}

#[tokio::test]
async fn tls_from_the_first_byte_works_like_starttls() -> Result<()> {
    let mut scene = Scene::start(Options {
        wrapper: Some(([127, 0, 0, 1], 0).into()),
        ..Options::default()
    })?;
    let at = scene.server.wrapper_addr().context("it was asked for")?;
    scene.endpoint = endpoint("localhost", at, TlsMode::Wrapper, &scene.server)?;
    assert_eq!(scene.send().await?.verdict, Verdict::Accepted);
    assert_eq!(scene.auth_with("wrong").await.verdict, Verdict::Refused);
    assert_eq!(scene.server.mails().len(), 1);

    // STARTTLS where TLS begins at once, and the other way round.
    scene.timeouts = super::millis(1000);
    scene.endpoint = endpoint("localhost", at, TlsMode::StartTls, &scene.server)?;
    let reply = scene.auth().await;
    assert_eq!(
        (reply.verdict, reply.step),
        (Verdict::Silent, Step::Hello),
        "{reply}"
    );
    let at = scene.server.addr();
    scene.endpoint = endpoint("localhost", at, TlsMode::Wrapper, &scene.server)?;
    let reply = scene.auth().await;
    assert_eq!(
        (reply.verdict, reply.step),
        (Verdict::Tls, Step::Connect),
        "{reply}"
    );
    Ok(())
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_ends_it() -> Result<()> {
    let mut scene = Scene::start(Options {
        wrapper: Some(([127, 0, 0, 1], 0).into()),
        ..Options::default()
    })?;
    scene.endpoint.trust = Trust::System;
    let reply = scene.auth().await;
    not_encrypted(&reply, &scene);
    assert_eq!(
        reply.to_string(),
        "STARTTLS: invalid peer certificate: UnknownIssuer"
    );

    let at = scene.server.wrapper_addr().context("it was asked for")?;
    scene.endpoint = endpoint("localhost", at, TlsMode::Wrapper, &scene.server)?;
    scene.endpoint.trust = Trust::System;
    let reply = scene.auth().await;
    not_encrypted(&reply, &scene);
    assert_eq!(
        reply.to_string(),
        "connect: invalid peer certificate: UnknownIssuer"
    );
    Ok(())
}

#[tokio::test]
async fn a_certificate_for_another_name_ends_it() -> Result<()> {
    let mut scene = Scene::start(Options {
        listen: ([127, 0, 0, 2], 0).into(),
        ..Options::default()
    })?;
    let at = scene.server.addr();
    scene.endpoint = endpoint("127.0.0.2", at, TlsMode::StartTls, &scene.server)?;
    let reply = scene.auth().await;
    not_encrypted(&reply, &scene);
    assert!(
        reply.text.contains("certificate not valid for name"),
        "{reply}"
    );
    Ok(())
}

#[tokio::test]
async fn without_starttls_no_login_is_sent() -> Result<()> {
    for kind in [FaultKind::WithoutStartTls, FaultKind::Stripped] {
        let scene = Scene::start(Options::default())?;
        scene.server.inject(Fault::new(kind.clone()));
        let reply = scene.send().await?;
        assert_eq!(reply.verdict, Verdict::Protocol, "{kind:?}");
        assert_eq!(
            reply.to_string(),
            "STARTTLS: STARTTLS is not offered",
            "{kind:?}"
        );
        assert_eq!(reply.verdict.class(), Class::Config);
        assert_eq!(scene.logins(), 0, "{kind:?}");
        assert_eq!(scene.server.refusals(), [], "{kind:?}");
    }
    Ok(())
}

/// The library alone takes the forged answers for those of the encrypted server: it would report a
/// login as granted that no server has seen.
#[tokio::test]
async fn answers_forged_in_the_clear_behind_starttls_are_not_believed() -> Result<()> {
    let scene = Scene::start(Options::default())?;
    scene.server.inject(Fault::new(FaultKind::ForgedAnswers));
    let reply = scene.auth().await;
    not_encrypted(&reply, &scene);
    assert_eq!(reply.step, Step::StartTls);
    Ok(())
}

#[test]
fn the_authorities_of_the_environment_are_trusted() -> Result<()> {
    let scene = Scene::start(Options::default())?;
    let files = TempDir::new()?;
    let ca = files.path().join("ca.pem");
    std::fs::write(&ca, scene.server.ca_pem())?;
    let smarthost = scene.endpoint.smarthost.to_string();
    let probe = |file: Option<&std::path::Path>| -> Result<String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_probes-a-mail-server"));
        command.args([&smarthost, USER, PASSWORD, "10000"]);
        command
            .env_remove("SSL_CERT_DIR")
            .env_remove("SSL_CERT_FILE");
        if let Some(file) = file {
            command.env("SSL_CERT_FILE", file);
        }
        let output = command.output()?;
        assert!(output.status.success(), "{output:?}");
        let told = String::from_utf8(output.stdout)?;
        // The first is the login's.
        Ok(told.lines().next().unwrap_or_default().to_owned())
    };
    assert_eq!(
        probe(Some(&ca))?,
        "accepted: AUTH: 235 Authentication successful"
    );
    // The reason depends on whether the machine trusts anybody.
    let untrusted = probe(None)?;
    assert!(
        untrusted.starts_with("TLS failure: STARTTLS: "),
        "{untrusted}"
    );
    let missing = probe(Some(&files.path().join("no-such-file.pem")))?;
    assert!(missing.starts_with("TLS failure: STARTTLS: "), "{missing}");
    assert!(
        missing.contains("No CA certificates were loaded"),
        "{missing}"
    );
    Ok(())
}

//! Nothing that the probe writes or returns holds the login, whatever the server does.

use std::path::Path;
use std::process::{Command, Output};

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sandbox::mail::{Fault, FaultKind, Mechanism, Options, Reply, Stage};
use tempfile::TempDir;

use super::{PASSWORD, Scene, USER};

/// Milliseconds of a step.
const STEP: &str = "2000";

/// The login in every form in which SMTP carries it, whole and as the pieces that tell something.
fn forms() -> Vec<String> {
    let whole = [
        PASSWORD.to_owned(),
        STANDARD.encode(PASSWORD),
        STANDARD.encode(USER),
        plain(),
    ];
    let ends = whole.iter().flat_map(|form| {
        let stable = form.trim_end_matches('=');
        [stable.split_at(8).0, stable.split_at(stable.len() - 8).1].map(str::to_owned)
    });
    ends.chain(whole.iter().cloned()).collect()
}

fn plain() -> String {
    STANDARD.encode(format!("\0{USER}\0{PASSWORD}"))
}

fn faults() -> Vec<Fault> {
    let echo = |stage, text: String| {
        let text = text.into();
        Fault::answer(stage, Reply { code: 500, text })
    };
    vec![
        Fault::answer(Stage::Auth, Reply::AUTHENTICATED),
        echo(
            Stage::Auth,
            format!("unknown command: AUTH PLAIN {}", plain()),
        ),
        echo(
            Stage::Auth,
            format!("unknown command: AUTH PLAIN {}", plain().split_at(60).0),
        ),
        echo(Stage::Auth, format!("user {USER} password {PASSWORD}")),
        echo(
            Stage::Mail,
            format!("you said: {}", STANDARD.encode(PASSWORD)),
        ),
        echo(Stage::Message, format!("\t{PASSWORD}\x07")),
        Fault::answer(Stage::Auth, Reply::INVALID_CREDENTIALS),
        Fault::answer(Stage::Message, Reply::NOT_AUTHORIZED),
        Fault::new(FaultKind::Silent { at: Stage::Auth }).connections(1, Some(1)),
        Fault::new(FaultKind::Cut { at: Stage::Auth }),
        Fault::new(FaultKind::CutAfter { at: Stage::Auth }),
        Fault::new(FaultKind::ForgedAnswers),
    ]
}

/// In a process of its own, which logs whatever any library has to say.
fn probe(scene: &Scene, ca: &Path) -> Result<Output> {
    let smarthost = scene.endpoint.smarthost.to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_probes-a-mail-server"))
        .args([&smarthost, USER, PASSWORD, STEP])
        .env("SSL_CERT_FILE", ca)
        .output()?;
    assert!(output.status.success(), "{output:?}");
    Ok(output)
}

#[test]
fn no_log_line_and_no_reply_holds_the_login() -> Result<()> {
    let files = TempDir::new()?;
    let ca = files.path().join("ca.pem");
    let mut returned = String::new();
    for mechanism in [Mechanism::Plain, Mechanism::Login] {
        let scene = Scene::start(Options {
            mechanisms: vec![mechanism],
            ..Options::default()
        })?;
        std::fs::write(&ca, scene.server.ca_pem())?;
        for fault in faults() {
            scene.server.clear_faults();
            scene.server.inject(fault);
            let Output { stdout, stderr, .. } = probe(&scene, &ca)?;
            let (told, logged) = (String::from_utf8(stdout)?, String::from_utf8(stderr)?);
            assert_eq!(
                logged.matches("DEBUG").count(),
                2,
                "both probes are logged: {logged}"
            );
            for form in forms() {
                assert!(!logged.contains(&form), "{form} in\n{logged}");
                assert!(!told.contains(&form), "{form} in\n{told}");
            }
            assert!(!logged.contains(USER), "{logged}");
            returned.push_str(&told);
        }
    }
    // The server did say it.
    for shown in [
        "protocol error: AUTH: 500 unknown command: AUTH PLAIN …\n",
        "protocol error: AUTH: 500 user … password …\n",
        "protocol error: MAIL: 500 you said: …\n",
        "protocol error: message: 500 …\n",
        "login refused: AUTH: 535 Authentication Credentials Invalid\n",
        "silent: AUTH: no answer within 2 s\n",
        "accepted: AUTH: 235 Authentication successful\n",
    ] {
        assert!(returned.contains(shown), "{shown} in\n{returned}");
    }
    Ok(())
}

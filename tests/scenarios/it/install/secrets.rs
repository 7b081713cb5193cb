//! Secrets appear in nothing that the installation writes, however much it is asked to say: not on stdout or
//! stderr, in termination messages, in Helm's records, or in any other object than the Secrets that are
//! filled.

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::alertmanager::gunzip;
use common::secret::{ExposeSecret as _, SecretString};
use common::ses::smtp_password;

use super::CLUSTER;
use super::scene::{KEYS, MEMBERS, Scene};
use crate::rotation_secrets::forms::Sought;

/// As much as can be asked for.
pub(super) const EVERYTHING: &str =
    "trace,aws_smithy_runtime=trace,hyper=trace,kube=trace,rustls=trace";

/// The Secrets that must hold what is searched for.
const HOLDERS: [&str; 2] = ["alertmanager-prod-monitoring", "grafana-google-sign-in"];

fn sought() -> Result<Sought> {
    let mut sought = Sought::default();
    for (id, secret) in KEYS {
        sought.value(&format!("secret access key of {id}"), secret)?;
        let password = smtp_password(&SecretString::from(secret), "us-east-1");
        sought.login(&format!("password of {id}"), id, password.expose_secret())?;
    }
    for (name, value) in MEMBERS {
        if name != "grafana-google-client-id" {
            sought.value(name, value.trim_start_matches("https://"))?;
        }
    }
    Ok(sought)
}

#[tokio::test]
async fn no_command_tells_a_secret() -> Result<()> {
    let scene = Scene::start().await?;
    let sought = sought()?;
    let mut is_traced = false;
    let kinds = ["--stack", "kinds"];
    let steps: [(&[&str], &[&str], i32); 12] = [
        (&[], &["--stack", "kinds", "--plan"], 0),
        (&[], &kinds, 0),
        (&["grafana"], &["--plan"], 0),
        (&["grafana"], &[], 0),
        (&["grafana"], &["--client-secret", "nobody"], 2),
        (&[], &["--stack", "kinds", "-o", "json"], 0),
        (&[], &["--stack", "kinds", "--context", "nobody"], 2),
        (&["migrate"], &["--plan"], 2),
        (&["rollback"], &["--plan"], 0),
        (&["rollback"], &[], 0),
        (&["uninstall"], &["--plan"], 0),
        (&["uninstall"], &["--confirm", CLUSTER], 0),
    ];
    for (number, (command, more, status)) in steps.into_iter().enumerate() {
        if command == ["migrate"] {
            // Something to go back to, with another pair.
            scene.edit("values/prod-e1-1.yaml", "17 * * * *", "18 * * * *")?;
            scene.rotate()?;
            scene.install(&[], 0).await?;
        }
        let job = scene.job(command, &[more, &["-vv"]].concat())?;
        let format = if number.is_multiple_of(2) {
            "text"
        } else {
            "json"
        };
        let job = job
            .env("LOG_FORMAT", format)
            .env("RUST_LOG", EVERYTHING)
            .env("LOG_SIGNABLE_BODY", "true")
            .env("LOG_SENSITIVE_BODIES", "true");
        let run = job.run().await?;
        assert_eq!(
            run.status, status,
            "{command:?}: {}\n{}",
            run.stdout, run.stderr
        );
        // The search is not one of nothing.
        assert!(!run.stderr.is_empty(), "{command:?}");
        is_traced |= run.stderr.contains("helm begins");
        for text in [&run.stdout, &run.stderr, &run.termination_text] {
            assert_eq!(
                sought.found_in(text),
                Vec::<&str>::new(),
                "{command:?} {more:?}"
            );
        }
        objects(&scene, &sought).await?;
    }
    assert!(is_traced, "it was not asked to say everything");
    // What API servers were asked, and the records of what they said.
    for entry in scene.cluster.directory().read_dir()? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "log") {
            let log = String::from_utf8_lossy(&std::fs::read(&path)?).into_owned();
            assert_eq!(
                sought.found_in(&log),
                Vec::<&str>::new(),
                "{}",
                path.display()
            );
        }
    }
    Ok(())
}

/// Searches every object of the namespace; Helm's records unpacked too.
async fn objects(scene: &Scene, sought: &Sought) -> Result<()> {
    let admin = scene.admin().await?;
    for kind in ["secrets", "configmaps", "events"] {
        let path = format!("/api/v1/namespaces/monitoring/{kind}");
        let list = admin.get(&path).await?;
        for object in list["items"].as_array().context("no list")? {
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            if kind == "secrets" && HOLDERS.contains(&name) {
                // The search does find what is there.
                assert_ne!(
                    sought.found_in(&object.to_string()),
                    Vec::<&str>::new(),
                    "{name}"
                );
                continue;
            }
            let mut text = object.to_string();
            if let Some(record) = object["data"]["release"].as_str() {
                text += &unpacked(record)?;
            }
            assert_eq!(sought.found_in(&text), Vec::<&str>::new(), "{kind} {name}");
        }
    }
    Ok(())
}

/// What Helm keeps: JSON, compressed, in Base64, in a Secret's Base64.
fn unpacked(record: &str) -> Result<String> {
    let packed = STANDARD.decode(STANDARD.decode(record)?)?;
    Ok(gunzip(&packed)?.expose_secret().to_owned())
}

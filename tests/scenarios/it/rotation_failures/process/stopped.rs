//! Rows 48 to 50: a run that does not begin, or does not come to its end.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use sandbox::aws::{Fault, FaultKind, Operation};
use scenarios::job::Finished;
use scenarios::stage::{DUE, Stage, YOUNG};
use scenarios::wait;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::shown::Shown;

/// The pod of the first of two runs.
const POD: &str = "rotate-credentials-29401937-first";

/// What the kubelet of the home cluster runs, as far as the API server knows. Returns its uid.
async fn create_pod(stage: &Stage) -> Result<String> {
    let (namespace, account) = ("monitoring-credentials", "rotate-credentials");
    let home = &stage.company.clusters[1].cluster;
    // A pod needs its account.
    home.service_account_token(namespace, account).await?;
    let container = json!({
        "name": "run", "image": "suite",
        "securityContext": {
            "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]},
        },
    });
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": POD},
        "spec": {
            "serviceAccountName": account, "automountServiceAccountToken": false,
            "securityContext": {
                "runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
        },
    });
    let pods = format!("/api/v1/namespaces/{namespace}/pods");
    let pod = home.client().await?.create(&pods, &pod).await?;
    let uid = pod.pointer("/metadata/uid").and_then(Value::as_str);
    Ok(uid.context("a pod without uid")?.to_owned())
}

/// Row 48.
pub(super) async fn second(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let aws = &stage.company.aws;
    aws.clear_calls();
    let slow = FaultKind::Delay(Duration::from_secs(3));
    aws.inject(
        Fault::new(slow)
            .on(Operation::ListAccessKeys)
            .calls(1, Some(1)),
    );
    let configuration = stage.configuration(&[YOUNG])?;
    let uid = create_pod(stage).await?;
    let first = stage.job(&["apply"], &configuration)?;
    let at_work = first.in_a_pod_called(POD).env("POD_UID", &uid).start()?;
    wait::until("the first run is at work", async || {
        Ok(aws.calls().count(Operation::ListAccessKeys) > 0)
    })
    .await?;
    let run = stage.apply(&[YOUNG]).await?;
    shown.expect(48, &run, "done", "skipped: ");
    assert_eq!(run.termination["outcome"], "skipped_locked");
    assert_eq!(at_work.finish().await?.status, 0);
    assert_eq!(aws.calls().count(Operation::ListAccessKeys), 1);
    aws.clear_faults();
    Ok(())
}

/// Row 49 with nothing written.
pub(super) async fn told(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let aws = &stage.company.aws;
    aws.clear_calls();
    let configuration = stage.configuration(&[DUE])?;
    let run = stage.job(&["apply"], &configuration)?.start()?;
    wait::until("it looks", async || {
        Ok(aws.calls().count(Operation::ListUserTags) > 0)
    })
    .await?;
    run.signal("TERM")?;
    let run = run.finish().await?;
    shown.expect(49, &run, "interrupted", "stopped by a signal");
    assert_eq!(stage.company.keys()?.len(), 1);
    Ok(())
}

/// Row 49 by the run's own clock.
pub(super) async fn out_of_time(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let run = stage.run(&["apply", "--deadline", "1s"], &[DUE]).await?;
    shown.expect(49, &run, "deadline", "time was over");
    assert_eq!(stage.company.keys()?.len(), 1);
    Ok(())
}

/// Row 49 while something is written that is not proven.
pub(super) async fn told_while_rolling(stage: &Stage, shown: &mut Shown) -> Result<()> {
    let old = stage.current()?;
    let canary = &stage.company.clusters[0].alertmanagers;
    canary.pause_operator().await?;
    let configuration = stage.configuration(&[DUE])?;
    let run = stage.job(&["apply"], &configuration)?.start()?;
    let admin = stage.company.clusters[0].cluster.client().await?;
    let path = canary.config_secret_path();
    let written = admin.get(&path).await?["data"].clone();
    // It waits for keys twice before it writes.
    for _ in 0..2 {
        let seen = wait::until("the new login is written", async || {
            Ok(admin.get(&path).await?["data"] != written)
        });
        if seen.await.is_ok() {
            break;
        }
    }
    run.signal("TERM")?;
    let run = run.finish().await?;
    shown.expect(49, &run, "interrupted", "stopped by a signal");
    assert_ne!(stage.current()?, old);
    canary.resume_operator().await
}

/// Row 50. The job has no panic to offer; one of the same making has.
pub(super) fn panic(shown: &mut Shown) -> Result<()> {
    let directory = TempDir::new()?;
    let message = directory.path().join("termination");
    let output = Command::new(env!("CARGO_BIN_EXE_panics-in-its-run"))
        .args(["apply", "--config", "none.yaml"])
        .env_clear()
        .env("TERMINATION_LOG", &message)
        .output()?;
    let termination_text = std::fs::read_to_string(message)?;
    let run = Finished {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout)?,
        stderr: String::from_utf8(output.stderr)?,
        termination: serde_json::from_str(&termination_text)?,
        termination_text,
    };
    shown.expect(50, &run, "panic", "a bug in this program");
    assert!(!run.termination_text.contains("nothing is well"));
    assert!(!run.stdout.contains("nothing is well"));
    Ok(())
}

//! How a cluster falls silent, comes back, and ends.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Result;
use sandbox::kubernetes::{Cluster, ClusterOptions, Encryption};
use sandbox::tools::{Tool, Tools};
use serde_json::json;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use super::processes_of;

const MINUTE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn an_api_server_refuses_falls_silent_and_comes_back_with_what_it_knew() -> Result<()> {
    let options = ClusterOptions {
        encryption: Encryption::Secretbox,
        ..ClusterOptions::new("west")
    };
    let cluster = Cluster::start(&Tools::from_process()?, options).await?;
    let address = cluster.server_url().replace("https://", "");
    let admin = cluster.client().await?;
    let secrets = "/api/v1/namespaces/default/secrets";
    let secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "kept"},
        "stringData": {"word": "plain-words"},
    });
    admin.create(secrets, &secret).await?;

    cluster.stop_api().await?;
    let refused = TcpStream::connect(&address).await.map(drop);
    assert_eq!(
        refused.unwrap_err().kind(),
        std::io::ErrorKind::ConnectionRefused
    );
    cluster.start_api().await?;
    assert_eq!(cluster.server_url(), format!("https://{address}"));
    let kept = cluster
        .client()
        .await?
        .get(&format!("{secrets}/kept"))
        .await?;
    assert_eq!(kept["data"]["word"], "cGxhaW4td29yZHM=");

    cluster.pause()?;
    TcpStream::connect(&address).await?;
    let silent = cluster.client().await?;
    let asked = timeout(Duration::from_millis(500), silent.text("/version"));
    assert!(asked.await.is_err(), "it answered");
    cluster.resume()?;
    assert!(silent.text("/version").await?.contains("v1.34.4"));
    // Whoever shows nothing is nobody, not `system:anonymous`.
    let anonymous = reqwest::Client::builder()
        .danger_accept_invalid_certs(true)
        .build()?;
    let answer = anonymous
        .get(format!("https://{address}/version"))
        .send()
        .await?;
    assert_eq!(answer.status(), 401);

    let stored = std::fs::read(cluster.directory().join("etcd/member/snap/db"))?;
    let found = |text: &[u8]| stored.windows(text.len()).any(|window| window == text);
    assert!(found(b"/registry/secrets/default/kept") && !found(b"plain-words"));
    Ok(())
}

#[tokio::test]
async fn a_killed_program_takes_its_cluster_with_it() -> Result<()> {
    // Built here if need be: the victim is not given the time.
    for tool in [Tool::Etcd, Tool::KubeApiserver] {
        Tools::from_process()?.locate(tool).await?;
    }
    let files = TempDir::new()?;
    let output = files.path().join("output");
    let mut victim = Command::new(env!("CARGO_BIN_EXE_starts-a-cluster"))
        .stdout(std::fs::File::create(&output)?)
        .stderr(Stdio::inherit())
        .spawn()?;
    let directory = loop {
        let text = std::fs::read_to_string(&output)?;
        if let Some(line) = text.strip_suffix('\n') {
            break PathBuf::from(line);
        }
        assert!(
            victim.try_wait()?.is_none(),
            "the victim ended by itself: {text}"
        );
        sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(processes_of(&directory)?, 4);
    victim.kill()?;
    victim.wait()?;
    let started = Instant::now();
    while processes_of(&directory)? > 0 || directory.exists() {
        assert!(started.elapsed() < MINUTE, "{}", directory.display());
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

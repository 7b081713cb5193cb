//! Programs judge how they are called: ours by their own command lines, kubectl, helm and amtool by being
//! run against a server that is not there. What they say then is about the server, or else about a flag.

use std::process::Stdio;

use anyhow::{Context as _, Result};
use clap::{Command, CommandFactory as _};
use sandbox::tools::{Tool, Tools};

use super::commands::{Words, commands};
use super::{PAGES, page};

/// Where nobody listens.
const NOWHERE: &str = "apiVersion: v1
kind: Config
current-context: prod-e1-1
clusters: [{name: nowhere, cluster: {server: \"http://127.0.0.1:1\"}}]
users: [{name: nobody, user: {}}]
contexts:
  - {name: prod-e1-1, context: {cluster: nowhere, user: nobody}}
  - {name: remoting-prod-e1-1, context: {cluster: nowhere, user: nobody}}
";

/// How the programs complain about how they are called.
const COMPLAINTS: [&str; 9] = [
    "unknown flag",
    "unknown shorthand",
    "unknown command",
    "unknown long flag",
    "unknown short flag",
    "unexpected ",
    "requires ",
    "invalid argument",
    "is required",
];

fn program(name: &str) -> Option<Command> {
    match name {
        "install-monitoring" => Some(install_monitoring::cli::Cli::command()),
        "export-cloudwatch" => Some(export_cloudwatch::cli::Cli::command()),
        "rotate-credentials" => Some(rotate_credentials::cli::Cli::command()),
        "sync-dashboards" => Some(sync_dashboards::cli::Cli::command()),
        "check-consistency" => Some(check_consistency::cli::Cli::command()),
        _ => None,
    }
}

/// What is wrong with the call of a program of ours, if it is one.
fn refused_by_ours(words: &[String]) -> Option<String> {
    let program = program(words.first()?)?;
    let error = program.clone().try_get_matches_from(words).err()?;
    if !error.to_string().contains("--config <FILE>") {
        return Some(error.to_string());
    }
    // In a pod the configuration comes from the environment.
    let mut words = words.to_vec();
    words.extend(["--config", "config.yaml"].map(str::to_owned));
    let error = program.try_get_matches_from(words).err()?;
    Some(error.to_string())
}

/// What is wrong with the call of somebody else's program, if it is one that is at hand.
async fn refused_by_others(words: &[String]) -> Result<Option<String>> {
    let (name, arguments) = words.split_first().context("an empty command")?;
    let tool = match name.as_str() {
        "kubectl" => Tool::Kubectl,
        "helm" => Tool::Helm,
        "amtool" => Tool::Amtool,
        _ => return Ok(None),
    };
    let path = Tools::from_process()?.locate(tool).await?;
    let home = tempfile::tempdir()?;
    let kubeconfig = home.path().join("config");
    std::fs::write(&kubeconfig, NOWHERE)?;
    let arguments = arguments.iter().map(|it| {
        // The forwarded port of the guide.
        it.replace("localhost:9093", "127.0.0.1:1")
    });
    let output = tokio::process::Command::new(path)
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .env("KUBECONFIG", &kubeconfig)
        .current_dir(home.path())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let complains = COMPLAINTS.iter().any(|it| said.contains(it));
    Ok(complains.then_some(said))
}

async fn refused(words: &Words) -> Result<Option<String>> {
    match refused_by_ours(words) {
        Some(said) => Ok(Some(said)),
        None => refused_by_others(words).await,
    }
}

#[tokio::test]
async fn every_program_takes_the_flags_that_it_is_given() -> Result<()> {
    let mut wrong = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for path in PAGES {
        for words in commands(&page(path)?) {
            if seen.insert(words.clone())
                && let Some(said) = refused(&words).await?
            {
                wrong.push(format!("{path}: {}: {said}", words.join(" ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(seen.len() > 60, "{}", seen.len());
    Ok(())
}

#[tokio::test]
async fn a_flag_that_a_program_does_not_know_is_told() -> Result<()> {
    for line in [
        "kubectl get pods --namespaces monitoring",
        "kubectl logs job/check-now --tails 3",
        "kubectl gets pods",
        "kubectl annotate prometheusrule",
        "helm upgrade --install prod-monitoring k8s/stack --namespaces monitoring",
        "helm histories prod-monitoring",
        "amtool --alertmanager.uri http://localhost:9093 alert query x",
        "install-monitoring doctor --clusters prod-e1-1",
        "install-monitoring --plan",
        "export-cloudwatch plan --config x --evry 5m",
        "rotate-credentials rollback",
    ] {
        let words = line.split(' ').map(str::to_owned).collect();
        assert!(refused(&words).await?.is_some(), "{line}");
    }
    Ok(())
}

//! Programs judge how they are called: ours by their own command lines, kubectl, helm and amtool by being
//! run against a server that is not there. What they say then is about the server, or else about a flag. Of
//! AWS's services, operations and parameters botocore has the models; curl's flags are a list.

use std::collections::BTreeSet;
use std::fs;
use std::process::Stdio;

use anyhow::{Context as _, Result};
use clap::{Command, CommandFactory as _};
use sandbox::checkout;
use sandbox::peers::Boto3;
use sandbox::tools::{Tool, Tools};

use super::commands::{Words, planted};
use super::{PAGES, PASTED, VARIABLES, typed};

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

/// What kubectl says of a call that it has understood: nobody listens, nothing is piped in, and it is run in
/// an empty directory. Whatever else it says is about the call.
const UNDERSTOOD: [&str; 3] = ["was refused", "no objects passed to", "error: the path \""];

/// Commands of helm that reach for a registry and not for the cluster: they are asked for their help instead,
/// which comes after the flags were read.
const TO_REGISTRIES: [&str; 2] = ["push", "registry"];

/// The flags of curl that the pages have, of which its manual says these and what follows them.
const CURL: [&str; 8] = [
    "--data-urlencode",
    "--fail",
    "--get",
    "--retry",
    "--retry-connrefused",
    "--retry-delay",
    "--show-error",
    "--silent",
];

/// How helm and amtool complain about how they are called.
const COMPLAINTS: [&str; 11] = [
    "context \"",
    "flag needs an argument",
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
    fs::write(&kubeconfig, NOWHERE)?;
    let registry = arguments
        .first()
        .is_some_and(|it| name == "helm" && TO_REGISTRIES.contains(&it.as_str()));
    let arguments = arguments.iter().map(|it| {
        // The forwarded port of the guide.
        it.replace("localhost:9093", "127.0.0.1:1")
    });
    let arguments = arguments.chain(registry.then(|| "--help".to_owned()));
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
    let complains = if name == "kubectl" {
        !output.status.success() && !UNDERSTOOD.iter().any(|it| said.contains(it))
    } else {
        COMPLAINTS.iter().any(|it| said.contains(it))
    };
    Ok(complains.then_some(said))
}

/// What is wrong with the call of curl, if it is one.
fn refused_by_curl(words: &[String]) -> Option<String> {
    let (_, arguments) = words.split_first().filter(|(name, _)| *name == "curl")?;
    let mut flags = arguments.iter().filter(|it| it.starts_with('-'));
    let unknown = flags.find(|it| !CURL.contains(&it.as_str()))?;
    Some(format!("is {unknown} a flag of curl?"))
}

async fn refused(words: &Words) -> Result<Option<String>> {
    let named = |word: &String| {
        let variables = VARIABLES.iter();
        variables.fold(word.clone(), |word, (name, cluster)| {
            word.replace(name, cluster)
        })
    };
    let words: Words = words.iter().map(named).collect();
    match refused_by_ours(&words).or_else(|| refused_by_curl(&words)) {
        Some(said) => Ok(Some(said)),
        None => refused_by_others(&words).await,
    }
}

#[tokio::test]
async fn every_program_takes_the_flags_that_it_is_given() -> Result<()> {
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for path in PAGES {
        for words in typed(path)? {
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
        "kubectl create job x",
        "kubectl create job --from=cronjob/x",
        "kubectl scale deployment x",
        "kubectl --context prod-e1-2 get pods",
        "helm upgrade --install prod-monitoring k8s/stack --namespaces monitoring",
        "helm histories prod-monitoring",
        "helm push a.tgz oci://b --plains",
        "amtool --alertmanager.uri http://localhost:9093 alert query x",
        "curl --silence localhost:9090",
        "install-monitoring doctor --clusters prod-e1-1",
        "install-monitoring --plan",
        "export-cloudwatch plan --config x --evry 5m",
        "rotate-credentials rollback",
    ] {
        assert!(refused(&planted(line)).await?.is_some(), "{line}");
    }
    Ok(())
}

/// A page whose first line was not typed: the shell leaves the name of the cluster out.
#[tokio::test]
async fn without_the_name_of_a_cluster_nothing_runs() -> Result<()> {
    let mut seen = BTreeSet::new();
    for path in PASTED {
        for words in typed(path)? {
            let variable = |it: &&String| VARIABLES.iter().any(|(name, _)| it.as_str() == *name);
            let left: Words = words.iter().filter(|it| !variable(it)).cloned().collect();
            if left.len() < words.len() && seen.insert(left.clone()) {
                assert!(refused(&left).await?.is_some(), "{}", words.join(" "));
            }
        }
    }
    assert!(seen.len() > 50, "{}", seen.len());
    Ok(())
}

/// What botocore's models say against calls of AWS, each with its complaint; `None` without a Python.
async fn refused_by_aws(calls: &[Words]) -> Result<Option<Vec<String>>> {
    let Some(boto3) = Boto3::locate(&Tools::from_process()?).await? else {
        return Ok(None);
    };
    let path = "tests/scenarios/it/operations/aws_calls.py";
    let check = fs::read_to_string(checkout::file(path)).context(path)?;
    // The text of JSON is a literal of Python too.
    let calls = serde_json::to_string(&serde_json::to_string(calls)?)?;
    let script = format!("CALLS = {calls}\n{check}");
    let output = boto3.run(&script, "http://127.0.0.1:1").await?;
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{said}");
    Ok(Some(serde_json::from_slice(&output.stdout)?))
}

#[tokio::test]
async fn aws_has_the_operations_and_their_parameters() -> Result<()> {
    let mut calls = BTreeSet::new();
    for path in PAGES {
        let typed = typed(path)?.into_iter();
        calls.extend(typed.filter(|words| words.first().is_some_and(|it| it == "aws")));
    }
    assert!(calls.len() > 15, "{}", calls.len());
    let calls: Vec<Words> = calls.into_iter().collect();
    let Some(wrong) = refused_by_aws(&calls).await? else {
        return Ok(());
    };
    assert_eq!(wrong, Vec::<String>::new());

    let wrong = [
        "aws iams list-access-keys --user-name x",
        "aws iam list-access-key --user-name x",
        "aws iam list-access-keys --username x",
        "aws iam delete-access-key --user-name x",
        "aws secretsmanager restore-secret",
        "aws logs tail /a --sinces 1h",
        "aws eks create-access-entry",
        "aws iam",
    ];
    let told = refused_by_aws(&wrong.map(planted))
        .await?
        .unwrap_or_default();
    assert_eq!(told.len(), wrong.len(), "{told:#?}");
    Ok(())
}

//! One TLS stack, one HTTP stack: what is linked into the jobs, as cargo resolves it.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::Result;
use sandbox::checkout;

/// What comes in when somebody enables a crate's default features: a second TLS stack, OpenSSL,
/// or the HTTP stack of ten years ago.
const UNWANTED: [&str; 7] = [
    "ring ",
    "openssl ",
    "openssl-sys ",
    "native-tls ",
    "hyper v0.14",
    "rustls v0.21",
    "h2 v0.3",
];

/// What cargo prints when asked for the tree of the workspace with these arguments.
fn tree(arguments: &[&str]) -> Result<String> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--workspace", "--prefix", "none", "--locked"])
        .args(arguments)
        .current_dir(checkout::file(""))
        .output()?;
    let errors = String::from_utf8(tree.stderr)?;
    assert!(tree.status.success(), "{errors}");
    Ok(String::from_utf8(tree.stdout)?)
}

#[test]
fn there_is_one_tls_stack_and_no_old_http() -> Result<()> {
    let packages = tree(&["-e", "normal"])?;
    let starting_with = |start: &str| packages.lines().find(|line| line.starts_with(start));
    for unwanted in UNWANTED {
        assert_eq!(starting_with(unwanted), None, "`cargo tree -i` tells why");
    }
    for wanted in ["rustls v0.23", "hyper v1.", "export-cloudwatch v"] {
        assert!(starting_with(wanted).is_some(), "{wanted} in\n{packages}");
    }
    Ok(())
}

/// What only tests depend on unifies features too. Were there a crate for which that makes a difference, it and all
/// that stands on it would be compiled twice: for the tests, and for the programs that they run.
#[test]
fn programs_and_tests_share_each_compiled_crate() -> Result<()> {
    const WITH_FEATURES: [&str; 2] = ["--format", "{p} [{f}]"];
    let crates = |text: &str| -> BTreeSet<String> {
        let lines = text.lines().map(|line| line.trim_end_matches(" (*)"));
        lines.map(str::to_owned).collect()
    };
    let tests = crates(&tree(&WITH_FEATURES)?);
    let programs = [&WITH_FEATURES[..], &["--edges", "no-dev"]].concat();
    let programs = crates(&tree(&programs)?);
    let twice: Vec<&String> = programs.difference(&tests).collect();
    assert!(twice.is_empty(), "{twice:#?}");
    Ok(())
}

/// Features unify, so that one dependency anywhere could switch it on for all.
#[test]
fn the_mail_library_is_built_without_the_log_that_holds_the_login() -> Result<()> {
    let features = tree(&["-e", "features", "-i", "lettre"])?;
    let enabled = |name: &str| features.contains(&format!("lettre feature \"{name}\""));
    assert!(enabled("smtp-transport"), "{features}");
    assert!(!enabled("tracing"), "{features}");
    Ok(())
}

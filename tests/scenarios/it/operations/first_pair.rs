//! The first pair of a company that sends its mail otherwise until now: `rotate-credentials init` is typed at a
//! terminal, before any chart is there, with a configuration and a Lease that the page makes.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use common::cluster::Access;
use rotate_credentials::config::{Config, Role};
use sandbox::checkout;

use super::commands::{Block, blocks};
use super::{MIGRATION, page};
use crate::chart::documents::documents;

/// The file that the page makes.
const FILE: &str = "first-pair.yaml";

/// The block with the first pair.
fn block() -> Result<Block> {
    let mut found = blocks(&page(MIGRATION)?).into_iter();
    let block = found.find(|it| {
        let mut lines = it.lines.iter();
        lines.any(|line| line.starts_with("rotate-credentials init "))
    });
    block.context("no block with `rotate-credentials init`")
}

/// What lines of shell print in a directory with the checkout's `k8s`.
fn shell(script: &str, directory: &Path) -> Result<String> {
    let output = Command::new("sh")
        .args(["-e", "-c", script])
        .current_dir(directory)
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{script}: {said}");
    Ok(String::from_utf8(output.stdout)?)
}

#[test]
fn the_first_pair_is_made_from_a_terminal_with_a_lease_of_its_own() -> Result<()> {
    let block = block()?;
    let directory = tempfile::tempdir()?;
    symlink(checkout::file("k8s"), directory.path().join("k8s"))?;
    let writes = |line: &&String| line.ends_with(&format!("> {FILE}"));
    let lines: Vec<&str> = block
        .lines
        .iter()
        .filter(writes)
        .map(String::as_str)
        .collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    shell(&lines.join("\n"), directory.path())?;
    let config = Config::load(&directory.path().join(FILE))?;

    // As the chart has it, but for the way to the cluster that it would run in.
    let installed = Config::load(&checkout::file("k8s/chart/files/rotate-credentials.yaml"))?;
    assert_eq!((config.role, &config.home), (Role::Writer, &installed.home));
    assert_eq!(
        (&config.user, &config.secret, &config.policy),
        (&installed.user, &installed.secret, &installed.policy)
    );
    assert!(
        installed
            .clusters
            .iter()
            .any(|it| it.access == Access::InCluster)
    );
    for cluster in &config.clusters {
        let access = Access::Kubeconfig {
            path: None,
            context: Some(cluster.name.to_string()),
        };
        assert_eq!(cluster.access, access);
    }

    // The Lease is the one that the block makes, in the cluster that the rotation is at home in.
    let made = block.lines.iter().position(|it| it.ends_with(" |"));
    let made = made.context("nothing is piped to kubectl")?;
    let create = format!("kubectl --context {} create --filename -", config.home);
    assert_eq!(block.lines.get(made + 1), Some(&create));
    let manifest = block.lines.get(made).and_then(|it| it.strip_suffix('|'));
    let manifest = shell(manifest.unwrap_or_default(), directory.path())?;
    let lease = documents(&manifest)?.pop().context("no manifest")?;
    assert_eq!(lease["kind"], "Lease");
    assert_eq!(lease["metadata"]["name"], config.lease.name.as_str());
    let namespace = config.lease.namespace.as_str();
    assert_eq!(lease["metadata"]["namespace"], namespace);
    // The chart's own comes later.
    assert_ne!(config.lease, installed.lease);
    Ok(())
}

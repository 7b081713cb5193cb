//! Machines without user namespaces.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use common::env::Env;
use sandbox::kubernetes::{Cluster, ClusterOptions, NoCell};
use sandbox::tools::Tools;
use tempfile::TempDir;

/// Enters a user namespace in which the kernel allows no further one, and asks for one there.
const NO_MORE: &str = r#"#!/bin/sh
exec unshare --user --map-root-user sh -c '
  echo 0 >/proc/sys/user/max_user_namespaces && exec unshare "$@"' -- "$@"
"#;

/// Another process writes the program: one that this process has open for writing cannot be
/// executed as long as a child that is just being started has inherited it.
fn write_program(path: &Path, text: &str) -> Result<()> {
    let mut shell = Command::new("/bin/sh")
        .args(["-c", "cat >\"$0\" && chmod 755 \"$0\""])
        .arg(path)
        .stdin(Stdio::piped())
        .spawn()?;
    let mut input = shell.stdin.take().context("a shell without input")?;
    input.write_all(text.as_bytes())?;
    drop(input);
    assert!(shell.wait()?.success());
    Ok(())
}

#[tokio::test]
async fn a_kernel_that_refuses_is_quoted_and_the_way_out_named() -> Result<()> {
    let directory = TempDir::new()?;
    write_program(&directory.path().join("unshare"), NO_MORE)?;
    let process = Env::from_process();
    let path = process.get("PATH").context("no PATH")?;
    let path = format!("{}:{path}", directory.path().display());
    let home = process.get("HOME").context("no HOME")?;
    let env: Env = [("PATH", path.as_str()), ("HOME", home)]
        .into_iter()
        .collect();
    let refused = Cluster::start(&Tools::new(env)?, ClusterOptions::new("nowhere")).await;
    let error = refused.unwrap_err();
    assert!(matches!(error.downcast_ref(), Some(NoCell::Refused { .. })));
    let text = format!("{error:#}");
    assert!(
        text.starts_with(
            "starting the cluster nowhere: the clusters of the sandbox need user and network \
             namespaces, which this machine refuses (unshare: unshare failed: No space left on \
             device): "
        ),
        "{text}"
    );
    assert!(text.contains("system call unshare"), "{text}");
    Ok(())
}

//! Cargo's part.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use common::env::Env;
use tempfile::TempDir;
use tokio::process::Command;

use super::Profile;
use crate::checkout;
use crate::tools::progress::Progress;

/// What release builds are built for. Naming it keeps the flags away from build scripts and procedural
/// macros, which cannot be linked statically.
#[cfg(target_arch = "x86_64")]
pub(super) const TARGET: &str = "x86_64-unknown-linux-gnu";
#[cfg(target_arch = "aarch64")]
pub(super) const TARGET: &str = "aarch64-unknown-linux-gnu";

/// Programs that were just built, in a directory of their own: in `target/`, another build with other
/// features may take their place at any time. Intermediate artifacts are shared all the same.
#[derive(Debug)]
pub struct Built {
    directory: TempDir,
    below: PathBuf,
}

impl Built {
    /// The file of this program.
    pub fn path(&self, program: &str) -> PathBuf {
        self.directory.path().join(&self.below).join(program)
    }
}

/// Builds these programs, each in the package of its name.
///
/// # Errors
/// When a build fails; the text has cargo's words.
pub async fn programs(profile: Profile, names: &[&str], env: &Env) -> Result<Built> {
    let progress = Progress::building(format_args!("{} programs", names.len()));
    let directory = tempfile::tempdir().context("a directory for the programs")?;
    let below = match profile {
        Profile::Release | Profile::Auditable => {
            release(profile, names, directory.path(), env).await?;
            Path::new(TARGET).join("release")
        }
        Profile::Dev => {
            dev(names, directory.path(), env).await?;
            PathBuf::from("stripped")
        }
    };
    progress.done();
    Ok(Built { directory, below })
}

/// By one call, so that the programs share the features of what they share, and with it its code.
async fn release(profile: Profile, names: &[&str], directory: &Path, env: &Env) -> Result<()> {
    let mut command = cargo(env);
    if profile == Profile::Auditable {
        command.arg("auditable");
    }
    command.args(["build", "--locked", "--quiet", "--bins", "--release"]);
    command.args(["--target", TARGET]);
    command.env("CARGO_ENCODED_RUSTFLAGS", static_flags(env));
    command.arg("--target-dir").arg(directory);
    for name in names {
        command.args(["--package", name]);
    }
    succeed(command).await
}

/// As parts of the workspace, as [`build`](crate::programs::build) has them, so that what scenarios have built is not
/// built again. The lines of their source are left out: they are two thirds of the files.
async fn dev(names: &[&str], directory: &Path, env: &Env) -> Result<()> {
    let mut command = cargo(env);
    command.args(["build", "--locked", "--quiet", "--workspace"]);
    command.arg("--target-dir").arg(directory);
    for name in names {
        command.args(["--bin", name]);
    }
    succeed(command).await?;
    let stripped = directory.join("stripped");
    fs::create_dir_all(&stripped).with_context(|| stripped.display().to_string())?;
    for name in names {
        let mut strip = Command::new("strip");
        strip
            .arg("--strip-debug")
            .arg("-o")
            .arg(stripped.join(name))
            .arg(directory.join("debug").join(name))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        succeed(strip).await?;
    }
    Ok(())
}

async fn succeed(mut command: Command) -> Result<()> {
    let shown = command.as_std().get_program().display().to_string();
    let output = command.output().await;
    let output = output.with_context(|| format!("starting {shown}"))?;
    ensure!(
        output.status.success(),
        "{shown} ended with {}:\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}

/// cargo, in this checkout.
pub(super) fn cargo(env: &Env) -> Command {
    let mut command = Command::new(env.get("CARGO").unwrap_or("cargo"));
    command
        .current_dir(checkout::file(""))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Links the C library statically, and keeps the directories of this machine out of the programs: the
/// texts of panics and logs name source files.
fn static_flags(env: &Env) -> OsString {
    let mut flags = OsString::from("-Ctarget-feature=+crt-static");
    let home = |name: &str| env.get(name).map(PathBuf::from);
    let cargo = home("CARGO_HOME").or_else(|| Some(home("HOME")?.join(".cargo")));
    let top = checkout::file("");
    let hidden = [(cargo.as_deref(), "/cargo"), (Some(top.as_path()), "/src")];
    for (directory, shown) in hidden {
        let Some(directory) = directory.and_then(|directory| directory.canonicalize().ok()) else {
            continue;
        };
        flags.push("\u{1f}--remap-path-prefix=");
        flags.push(directory);
        flags.push("=");
        flags.push(shown);
    }
    flags
}

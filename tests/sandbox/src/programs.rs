//! Programs of this workspace, built when something wants to run them.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

/// Builds the program `name` with the profile of this process.
///
/// It is built as a part of the whole workspace. Cargo unifies features among the packages that it is asked for, so
/// that for a package alone everything down to `hyper` would be compiled once more, although `cargo test --workspace`
/// has just done so. Therefore each program has the feature `sandbox` of `common`: it takes the system's time unless
/// a variable names another clock. A release is built by itself and lacks it.
///
/// # Errors
/// When it does not compile; the text has cargo's words.
pub fn build(name: &str) -> Result<PathBuf> {
    let build = escargot::CargoBuild::new()
        .arg("--workspace")
        .bin(name)
        .current_release();
    let run = build.run().with_context(|| format!("building {name}"))?;
    Ok(run.path().to_owned())
}

//! What git says about the files that are to be written.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use common::trouble::Trouble;

use crate::verdict;

/// How a path is not as it was committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dirt {
    /// Git has never had it.
    New,
    /// It has been changed or deleted.
    Changed,
}

/// Which of these paths have changes that are not committed; none where there is no git or no
/// repository. `folder` exists or its nearest parent that does is taken.
pub(super) fn dirty(
    folder: &Path,
    paths: &BTreeSet<PathBuf>,
) -> Result<BTreeMap<PathBuf, Dirt>, Trouble> {
    let Some(folder) = folder.ancestors().find(|it| it.is_dir()) else {
        return Ok(BTreeMap::new());
    };
    let Some(root) = repository(folder) else {
        return Ok(BTreeMap::new());
    };
    let failed = |text: &str| {
        let root = root.display();
        verdict::DIRTY_TREE.because(format!("asking git about {root}: {text}"))
    };
    let mut command = Command::new("git");
    command.arg("-C").arg(&root).env_clear();
    for name in ["PATH", "HOME"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
        .envs([("LC_ALL", "C"), ("GIT_TERMINAL_PROMPT", "0")])
        .envs([("GIT_OPTIONAL_LOCKS", "0"), ("GIT_LITERAL_PATHSPECS", "1")])
        .args(["status", "--porcelain", "-z", "--untracked-files=all"])
        .args(["--no-renames", "--"])
        .args(paths)
        .stdin(Stdio::null());
    let output = match command.output() {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(failed(&error.to_string())),
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(failed(said.lines().next().unwrap_or("it failed")));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let lines = said.split('\0').filter_map(|line| {
        let (code, path) = line.split_at_checked(3)?;
        let dirt = match code.trim_end() {
            "??" | "A" => Dirt::New,
            _ => Dirt::Changed,
        };
        Some((root.join(path), dirt))
    });
    Ok(lines.collect())
}

/// The root of the work tree around a folder.
pub(super) fn repository(folder: &Path) -> Option<PathBuf> {
    let folder = folder.canonicalize().ok()?;
    let root = folder.ancestors().find(|it| it.join(".git").exists());
    root.map(Path::to_owned)
}

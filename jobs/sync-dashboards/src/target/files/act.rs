//! Carries out a plan for the folder, one step after the other. Every file appears whole or not at all.

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use common::trouble::Trouble;

use super::FilesConfig;
use super::git::{self, Dirt};
use super::look::{TEMPORARY, is_temporary, plain, unreadable};
use super::plan::{FilesPlan, Step, What};
use crate::digest::Digest;
use crate::verdict;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    /// Dashboards that were written.
    pub files: usize,
    /// Dashboards that were deleted.
    pub deleted: usize,
    /// Whether the chart's version was raised.
    pub chart: bool,
    /// Whether the lock was written.
    pub lock: bool,
}

/// Acts.
///
/// # Errors
/// When nothing may be written, or a step fails: what comes after it is not done, and the next run goes
/// on from there.
pub fn apply(plan: &FilesPlan, config: &FilesConfig) -> Result<Written, Trouble> {
    apply_first(plan, config, plan.steps.len())
}

/// Whether [`apply`] would begin. It refuses a release that Helm could not keep, and changes that nobody
/// has committed.
///
/// # Errors
/// When it would refuse.
pub fn check(plan: &FilesPlan, config: &FilesConfig) -> Result<(), Trouble> {
    if plan.steps.is_empty() {
        return Ok(());
    }
    check_release(plan, config)?;
    check_tree(plan, config)
}

/// As [`apply`]; `written` says what was done also when it fails.
///
/// # Errors
/// As [`apply`].
pub fn apply_counted(
    plan: &FilesPlan,
    config: &FilesConfig,
    written: &mut Written,
) -> Result<(), Trouble> {
    carry_out_first(plan, config, plan.steps.len(), written)
}

/// Only the first steps, as if it had crashed after them.
pub(super) fn apply_first(
    plan: &FilesPlan,
    config: &FilesConfig,
    steps: usize,
) -> Result<Written, Trouble> {
    let mut written = Written::default();
    carry_out_first(plan, config, steps, &mut written)?;
    Ok(written)
}

fn carry_out_first(
    plan: &FilesPlan,
    config: &FilesConfig,
    steps: usize,
    written: &mut Written,
) -> Result<(), Trouble> {
    check(plan, config)?;
    if plan.open() > 0 {
        make_folder(&config.dir)?;
    }
    sweep(&config.dir);
    sweep(folder(&config.lock_path()));
    for step in plan.steps.iter().take(steps) {
        carry_out(step)?;
        match step.what {
            What::Write(_) => written.files += 1,
            What::Delete => written.deleted += 1,
            What::Chart(_) => written.chart = true,
            What::Lock(_) => written.lock = true,
        }
    }
    Ok(())
}

fn check_release(plan: &FilesPlan, config: &FilesConfig) -> Result<(), Trouble> {
    let limit = config.release_limit_bytes;
    match plan.release {
        Some(size) if size > limit => Err(verdict::RELEASE_TOO_LARGE.because(format!(
            "the chart's release would have about {size} bytes, more than {limit}; nothing was written"
        ))),
        Some(_) | None => Ok(()),
    }
}

/// Nothing is overwritten that is not committed, unless we have written it ourselves.
fn check_tree(plan: &FilesPlan, config: &FilesConfig) -> Result<(), Trouble> {
    if config.allow_dirty {
        return Ok(());
    }
    let mut paths = BTreeSet::new();
    let mut ours = BTreeSet::new();
    for step in &plan.steps {
        let path = real(&step.path)?;
        if step.ours {
            ours.insert(path.clone());
        }
        paths.insert(path);
    }
    let dirty = git::dirty(&plain(&config.dir)?, &paths)?;
    let mut dirty = dirty.into_iter().filter(|(path, dirt)| {
        paths.contains(path) && !(*dirt == Dirt::New && ours.contains(path))
    });
    let Some((first, _)) = dirty.next() else {
        return Ok(());
    };
    let more = match dirty.count() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let text = format!(
        "{}{more} would be written and has changes that are not committed",
        first.display()
    );
    Err(verdict::DIRTY_TREE.because(text))
}

/// The path with its folder's links followed, as git names it.
fn real(path: &Path) -> Result<PathBuf, Trouble> {
    let path = plain(path)?;
    let Some(there) = path.ancestors().skip(1).find(|it| it.is_dir()) else {
        return Ok(path);
    };
    let below = path.strip_prefix(there).unwrap_or(&path);
    let real = there
        .canonicalize()
        .map_err(|error| unreadable(there, &error))?;
    Ok(real.join(below))
}

fn make_folder(dir: &Path) -> Result<(), Trouble> {
    fs::create_dir_all(dir).map_err(|error| unwritable(dir, &format!("making the folder: {error}")))
}

/// Removes what a run has left that was killed in the middle of a write. Helm would pack it.
fn sweep(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| is_temporary(&entry.path())) {
        fs::remove_file(entry.path()).ok();
    }
}

fn carry_out(step: &Step) -> Result<(), Trouble> {
    check_unchanged(step)?;
    match &step.what {
        What::Write(bytes) | What::Chart(bytes) | What::Lock(bytes) => {
            replace_file(&step.path, bytes)
        }
        What::Delete => {
            fs::remove_file(&step.path)
                .map_err(|error| unwritable(&step.path, &error.to_string()))?;
            sync_folder(folder(&step.path));
            Ok(())
        }
    }
}

/// Just before it is written, the file is still what was decided on.
fn check_unchanged(step: &Step) -> Result<(), Trouble> {
    let path = &step.path;
    let is_dashboard = matches!(step.what, What::Write(_) | What::Delete);
    let there = if is_dashboard && path.is_symlink() {
        None
    } else {
        match fs::read(path) {
            Ok(bytes) => Some(Some(Digest::of(bytes))),
            Err(error) if error.kind() == ErrorKind::NotFound => Some(None),
            // Something on the way is no folder: writing says so.
            Err(error) if error.kind() == ErrorKind::NotADirectory => Some(None),
            Err(error) => return Err(unreadable(path, &error)),
        }
    };
    if there == Some(step.over) {
        return Ok(());
    }
    let text = format!("{} was changed while this ran", path.display());
    Err(verdict::CHANGED_MEANWHILE.because(text))
}

/// Replaces a file by one with this content, or makes it: whoever reads it sees the old or the new one.
/// Its permissions stay, and a link to a file goes on leading to it.
///
/// # Errors
/// When it cannot be written; then it is as it was.
pub fn replace_file(path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
    let target = if path.is_symlink() {
        path.canonicalize()
            .map_err(|error| unwritable(path, &error.to_string()))?
    } else {
        path.to_owned()
    };
    let failed = |error: std::io::Error| unwritable(path, &error.to_string());
    let mode = match fs::metadata(&target) {
        Ok(metadata) => Some(metadata.permissions()),
        Err(_) => None,
    };
    let mut file = tempfile::Builder::new()
        .prefix(TEMPORARY)
        .suffix(".tmp")
        // As any new file: the process's mask takes away from it.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder(&target))
        .map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    if let Some(mode) = mode {
        file.as_file().set_permissions(mode).map_err(failed)?;
    }
    file.as_file().sync_all().map_err(failed)?;
    file.persist(&target).map_err(|error| failed(error.error))?;
    sync_folder(folder(&target));
    Ok(())
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    }
}

/// So that no later write survives a power cut that this one does not. Not every file system can; then
/// the order is its own affair.
fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        folder.sync_all().ok();
    }
}

fn unwritable(path: &Path, text: &str) -> Trouble {
    verdict::TARGET_UNWRITABLE.because(format!("writing {}: {text}", path.display()))
}

//! Looks at the folder, the lock and the chart. Changes nothing.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use common::trouble::Trouble;

use super::chart::Manifest;
use super::lock::Lock;
use super::{Bump, FilesConfig};
use crate::desired::Desired;
use crate::digest::Digest;
use crate::key::Key;
use crate::verdict;

/// How the names of files begin that are not yet in their place.
pub(super) const TEMPORARY: &str = ".sync-dashboards-";

/// What is there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observed {
    /// The folder's own files by name, without those of its folders.
    pub(super) files: BTreeMap<String, Held>,
    /// The lock, with the digest of its bytes.
    pub(super) lock: Option<(Lock, Digest)>,
    pub(super) chart: Option<Chart>,
}

/// One file of the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Held {
    Bytes(Vec<u8>),
    /// A symbolic link: whatever it leads to is not ours.
    Link,
}

/// The chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chart {
    /// `Chart.yaml`, when its version is raised.
    pub(super) manifest: Option<Manifest>,
    /// Every file but `Chart.yaml`, the lock and the folder's own, by path.
    pub(super) files: BTreeMap<String, Vec<u8>>,
}

impl Observed {
    /// The texts in the folder that are not the wanted ones.
    pub fn texts_that_differ(&self, desired: &Desired) -> BTreeMap<Key, String> {
        let dashboards = desired.dashboards.values();
        dashboards
            .filter_map(|dashboard| {
                let Held::Bytes(bytes) = self.files.get(dashboard.key.as_str())? else {
                    return None;
                };
                let text = String::from_utf8_lossy(bytes);
                // Whether a file ends with a newline is no difference to show.
                let same = text.strip_suffix('\n').unwrap_or(&text)
                    == dashboard.text.strip_suffix('\n').unwrap_or(&dashboard.text);
                (!same).then(|| (dashboard.key.clone(), text.into_owned()))
            })
            .collect()
    }
}

/// Looks.
///
/// # Errors
/// When something cannot be read, the lock or the chart is malformed, or the folder is not where it
/// seems to be.
pub fn observe(config: &FilesConfig) -> Result<Observed, Trouble> {
    check_place(config)?;
    let files = folder(&config.dir)?;
    let path = config.lock_path();
    let lock = match fs::read(&path) {
        Ok(bytes) => Some((Lock::read(&path, &bytes)?, Digest::of(&bytes))),
        Err(error) if is_missing(&error) => None,
        Err(error) => return Err(unreadable(&path, &error)),
    };
    let chart = config.chart.as_deref().map(|path| chart(path, config));
    Ok(Observed {
        files,
        lock,
        chart: chart.transpose()?,
    })
}

fn folder(dir: &Path) -> Result<BTreeMap<String, Held>, Trouble> {
    let mut files = BTreeMap::new();
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(files),
        Err(error) => return Err(unreadable(dir, &error)),
    };
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(dir, &error))?;
        let path = entry.path();
        let kind = entry
            .file_type()
            .map_err(|error| unreadable(&path, &error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if kind.is_symlink() {
            files.insert(name, Held::Link);
        } else if kind.is_file() && !name.starts_with(TEMPORARY) {
            let bytes = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
            files.insert(name, Held::Bytes(bytes));
        }
    }
    Ok(files)
}

fn chart(path: &Path, config: &FilesConfig) -> Result<Chart, Trouble> {
    let manifest = if config.bump == Bump::None {
        None
    } else {
        let bytes = fs::read(path).map_err(|error| {
            let text = format!("reading {}: {error}", path.display());
            verdict::CHART_MALFORMED.because(text)
        })?;
        Some(Manifest::read(path, bytes)?)
    };
    let mut files = BTreeMap::new();
    if let Some(root) = config.chart_dir() {
        let folder = plain(&config.dir)?;
        let mut walk = Walk {
            root: plain(root)?,
            skipped: vec![plain(path)?, plain(&config.lock_path())?],
            folder,
            files: &mut files,
        };
        let root = walk.root.clone();
        walk.enter(&root)?;
    }
    Ok(Chart { manifest, files })
}

/// Collects a chart's files.
struct Walk<'a> {
    root: PathBuf,
    skipped: Vec<PathBuf>,
    folder: PathBuf,
    files: &'a mut BTreeMap<String, Vec<u8>>,
}

impl Walk<'_> {
    fn enter(&mut self, dir: &Path) -> Result<(), Trouble> {
        for entry in fs::read_dir(dir).map_err(|error| unreadable(dir, &error))? {
            let entry = entry.map_err(|error| unreadable(dir, &error))?;
            let path = entry.path();
            let name = entry.file_name();
            let ours = dir == self.folder;
            if name == ".git" || self.skipped.contains(&path) {
                continue;
            }
            let failed = |error| unreadable(&path, &error);
            let kind = entry.file_type().map_err(failed)?;
            let bytes = if kind.is_dir() {
                self.enter(&path)?;
                continue;
            } else if kind.is_symlink() && !ours {
                let target = fs::read_link(&path).map_err(failed)?;
                target.as_os_str().as_encoded_bytes().to_vec()
            } else if kind.is_file() && !ours && !is_temporary(&path) {
                fs::read(&path).map_err(failed)?
            } else {
                continue;
            };
            let below = path.strip_prefix(&self.root).unwrap_or(&path);
            self.files
                .insert(below.to_string_lossy().into_owned(), bytes);
        }
        Ok(())
    }
}

/// Whether Helm's `dashboards/*.json` finds a file of that name.
pub(super) fn is_dashboard(name: &str) -> bool {
    name.strip_suffix(".json").is_some()
}

/// Whether a file was on its way to its place.
pub(super) fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy());
    name.is_some_and(|name| name.starts_with(TEMPORARY))
}

/// The folder and the chart lie in the repository that their paths lead through.
fn check_place(config: &FilesConfig) -> Result<(), Trouble> {
    let dir = plain(&config.dir)?;
    let parent = dir.parent().unwrap_or(&dir);
    let repositories = |path: &Path| {
        let roots = path.ancestors().filter(|it| it.join(".git").exists());
        roots.map(Path::to_owned).collect::<Vec<_>>()
    };
    let mut roots = repositories(parent);
    if roots.is_empty() {
        roots.push(parent.to_owned());
    }
    inside(&dir, &roots)?;
    let lock = plain(&config.lock_path())?;
    inside(&lock, &roots)?;
    match &config.chart {
        Some(chart) => {
            let chart = plain(chart)?;
            inside(&chart, &repositories(&chart))?;
            // One repository holds all that is written, so that git can be asked about all of it.
            let (one, two) = (repositories(parent), repositories(&chart));
            if one.first() != two.first() {
                let text = format!(
                    "{} and {} are not in one repository",
                    chart.display(),
                    dir.display()
                );
                return Err(verdict::TARGET_UNSAFE.because(text));
            }
            Ok(())
        }
        None => Ok(()),
    }
}

fn inside(path: &Path, roots: &[PathBuf]) -> Result<(), Trouble> {
    // What is not there yet lies where the nearest folder lies that is. A link that leads nowhere is
    // there, and it cannot be said where.
    let there = path.ancestors().find(|it| it.symlink_metadata().is_ok());
    let Some(there) = there else {
        return Ok(());
    };
    let real = there.canonicalize().map_err(|error| {
        verdict::TARGET_UNSAFE.because(format!("following {}: {error}", there.display()))
    })?;
    for root in roots {
        let root = root
            .canonicalize()
            .map_err(|error| unreadable(root, &error));
        // A parent that is not there yet leads nowhere.
        let Ok(root) = root else { continue };
        if !real.starts_with(&root) {
            let text = format!(
                "{} leads to {}, out of {}",
                path.display(),
                real.display(),
                root.display()
            );
            return Err(verdict::TARGET_UNSAFE.because(text));
        }
    }
    Ok(())
}

/// The absolute path without `.` and `..`; links stay.
pub(super) fn plain(path: &Path) -> Result<PathBuf, Trouble> {
    let absolute = std::path::absolute(path).map_err(|error| unreadable(path, &error))?;
    let mut plain = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => plain.push(part),
        }
    }
    Ok(plain)
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound)
}

pub(super) fn unreadable(path: &Path, error: &io::Error) -> Trouble {
    verdict::TARGET_UNWRITABLE.because(format!("reading {}: {error}", path.display()))
}

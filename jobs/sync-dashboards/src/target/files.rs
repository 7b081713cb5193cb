//! The target in a repository: one file for each dashboard in a folder, and a lock file beside the
//! folder that says which of them are ours.
//!
//! What is written has the names and bytes that upstream gives, so that a folder filled by hand or by a
//! script is taken over without a change. A file is ours when the lock lists it; a file that holds
//! exactly what is wanted is as good as ours; everything else is somebody's own and is never touched.

mod act;
mod adopt;
mod chart;
mod decide;
mod entry;
mod finish;
mod git;
mod known;
mod lock;
mod look;
mod orphan;
mod plan;
mod release;
#[cfg(test)]
mod tests;
mod twins;

use std::path::{Path, PathBuf};

use crate::dashboard::Dashboard;

pub use act::{Written, apply, apply_counted, check, replace_file};
pub use adopt::adopt;
pub use known::Known;
pub use look::{Observed, observe};
pub use plan::{FilesPlan, plan};

/// How the chart's version is raised when its content changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bump {
    /// 1.3.0 becomes 1.3.1.
    #[default]
    Patch,
    /// 1.3.0 becomes 1.4.0.
    Minor,
    /// It is not.
    None,
}

/// What is configured about the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilesConfig {
    /// The folder for dashboards; it is made if there is none.
    pub dir: PathBuf,
    /// The `Chart.yaml` of the chart that deploys them.
    pub chart: Option<PathBuf>,
    /// How its version is raised.
    pub bump: Bump,
    /// Whether a file ends with a newline, which upstream's texts do not.
    pub final_newline: bool,
    /// Name of the lock file in the parent of [`Self::dir`], where `dashboards/*.json` does not find it.
    pub lock: String,
    /// From this estimated size of Helm's release on, in bytes, there is a warning.
    pub release_warn_bytes: usize,
    /// Over this size, in bytes, nothing is written.
    pub release_limit_bytes: usize,
    /// Whether changes that are not committed may be overwritten.
    pub allow_dirty: bool,
}

/// How the lock is called.
const LOCK: &str = "dashboards.lock.json";

/// From here on it is time to think about Helm's limit.
const RELEASE_WARN: usize = 700_000;

/// What a `Secret` holds at most.
const RELEASE_LIMIT: usize = 1024 * 1024;

impl FilesConfig {
    /// The defaults for a folder: no chart, no final newline.
    pub fn new(dir: PathBuf) -> Self {
        Self {
            dir,
            chart: None,
            bump: Bump::default(),
            final_newline: false,
            lock: LOCK.to_owned(),
            release_warn_bytes: RELEASE_WARN,
            release_limit_bytes: RELEASE_LIMIT,
            allow_dirty: false,
        }
    }

    /// Where the lock is.
    fn lock_path(&self) -> PathBuf {
        match (self.dir.file_name(), self.dir.parent()) {
            (Some(_), Some(parent)) => parent.join(&self.lock),
            // The parent of `.` is not what stands before it.
            (_, _) => self.dir.join("..").join(&self.lock),
        }
    }

    /// The chart's directory.
    fn chart_dir(&self) -> Option<&Path> {
        let parent = self.chart.as_ref()?.parent()?;
        Some(if parent.as_os_str().is_empty() {
            Path::new(".")
        } else {
            parent
        })
    }

    /// The bytes of a dashboard's file.
    fn bytes(&self, dashboard: &Dashboard) -> Vec<u8> {
        let mut bytes = dashboard.text.clone().into_bytes();
        if self.final_newline && bytes.last() != Some(&b'\n') {
            bytes.push(b'\n');
        }
        bytes
    }
}

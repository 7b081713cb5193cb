//! Which image the clusters run: one line in each cluster's values.
//!
//! Lines are edited, not documents, so that every comment and the order of all else stay.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use tempfile::NamedTempFile;

use super::Digest;

/// A file and what it was made to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The file.
    pub path: PathBuf,
    /// What the line said before.
    pub before: String,
    /// What it says now.
    pub after: String,
}

impl Edit {
    /// Whether the file was written.
    pub fn is_change(&self) -> bool {
        self.before != self.after
    }
}

/// Makes `image.digest` of every file in `folder/values` this one, and nothing else. All files are read
/// before the first is written.
///
/// # Errors
/// When a file has no such line or more than one, or cannot be read or written.
pub fn write_digest(folder: &Path, digest: &Digest) -> Result<Vec<Edit>> {
    let values = folder.join("values");
    let entries = fs::read_dir(&values).with_context(|| format!("reading {}", values.display()))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            paths.push(path);
        }
    }
    paths.sort();
    ensure!(!paths.is_empty(), "{} holds no values", values.display());
    let planned: Result<Vec<_>> = paths
        .into_iter()
        .map(|path| plan(path, digest_line, |_| Ok(digest.to_string())))
        .collect();
    planned?.into_iter().map(carry_out).collect()
}

/// Counts the last part of the version in `folder/chart/Chart.yaml` up by one.
///
/// # Errors
/// When there is no such line, the version is not of three numbers, or the file cannot be read or
/// written.
pub fn bump_chart(folder: &Path) -> Result<Edit> {
    let path = folder.join("chart").join("Chart.yaml");
    carry_out(plan(path, version_line, next_patch)?)
}

/// Whether a line is the one that is looked for; `section` is the line without indentation above it.
type Wanted = fn(section: &str, line: &str) -> bool;

fn digest_line(section: &str, line: &str) -> bool {
    let child = line.trim_start();
    section.split(" #").next().unwrap_or_default().trim_end() == "image:"
        && child.len() < line.len()
        && child.starts_with("digest:")
}

fn version_line(_section: &str, line: &str) -> bool {
    line.starts_with("version:")
}

fn next_patch(version: &str) -> Result<String> {
    let numbers: Option<Vec<u64>> = version.split('.').map(|part| part.parse().ok()).collect();
    match numbers.as_deref() {
        Some([major, minor, patch]) => Ok(format!("{major}.{minor}.{}", patch.saturating_add(1))),
        Some(_) | None => anyhow::bail!("the version `{version}` is not of three numbers"),
    }
}

struct Plan {
    edit: Edit,
    text: String,
}

fn plan(path: PathBuf, wanted: Wanted, new: impl Fn(&str) -> Result<String>) -> Result<Plan> {
    let shown = path.display().to_string();
    let text = fs::read_to_string(&path).with_context(|| format!("reading {shown}"))?;
    let (before, after, text) = replace(&text, wanted, new).with_context(|| shown)?;
    let edit = Edit {
        path,
        before,
        after,
    };
    Ok(Plan { edit, text })
}

/// The text with the value of the one wanted line replaced; also the old and the new value.
fn replace(
    text: &str,
    wanted: Wanted,
    new: impl Fn(&str) -> Result<String>,
) -> Result<(String, String, String)> {
    let mut section = "";
    let mut found: Option<(usize, String, String)> = None;
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.split('\n')) {
        if !line.starts_with([' ', '#']) && !line.is_empty() {
            section = line;
        }
        if !wanted(section, line) {
            lines.push(line.to_owned());
            continue;
        }
        if let Some((former, ..)) = &found {
            anyhow::bail!("lines {former} and {number} both say which; one must go");
        }
        let (key, rest) = line.split_once(':').unwrap_or((line, ""));
        let (value, comment) = rest.split_once(" #").unwrap_or((rest, ""));
        let before = value.trim().trim_matches(['"', '\'']).to_owned();
        let after = new(&before)?;
        let comment = match comment {
            "" => String::new(),
            comment => format!(" #{comment}"),
        };
        lines.push(format!("{key}: {after}{comment}"));
        found = Some((number, before, after));
    }
    let (_, before, after) = found.context(
        "the line is missing; values need `digest:` below `image:`, a chart needs `version:`",
    )?;
    Ok((before, after, lines.join("\n")))
}

fn carry_out(plan: Plan) -> Result<Edit> {
    let Plan { edit, text } = plan;
    if edit.is_change() {
        let doing = || format!("writing {}", edit.path.display());
        let parent = edit.path.parent().unwrap_or(Path::new("."));
        let rights = fs::metadata(&edit.path).with_context(doing)?.permissions();
        let mut file = NamedTempFile::new_in(parent).with_context(doing)?;
        file.write_all(text.as_bytes()).with_context(doing)?;
        file.as_file().set_permissions(rights).with_context(doing)?;
        file.persist(&edit.path).with_context(doing)?;
    }
    Ok(edit)
}

#[cfg(test)]
mod tests;

//! A chart that changed has another version: whoever goes by versions takes a changed chart with the old one for
//! what is installed already.
//!
//! An annotation in `Chart.yaml` holds the version and a digest of everything else that is in the chart. The rule:
//! whoever changes the chart raises `version` (patch: its content; minor: new values; major: values that went or
//! have another name) and has the annotation written anew by running this file's test with `UPDATE_RENDERED=1`.
//! Without a digest that fits, the gate fails; and none is written for a version that the last commit has with
//! other content.
//!
//! What Helm leaves out by `.helmignore` counts for nothing. Other charts than the jobs' use the same functions.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use sandbox::checkout;
use scenarios::rendered;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// The key of the annotation. Its value: `0.2.0 sha256:…`.
const ANNOTATION: &str = "monitoring-jobs.toolchain.private/content-hash";

/// What `Chart.yaml` says.
#[derive(Debug, PartialEq, Eq)]
struct Said {
    version: String,
    /// With the version that it was made for.
    hash: String,
}

/// The value of a key of `Chart.yaml` that stands on one line, without quotes.
fn value<'a>(chart: &'a str, key: &str) -> Option<&'a str> {
    let line = chart
        .lines()
        .find_map(|line| line.trim_start().strip_prefix(key)?.strip_prefix(": "))?;
    Some(line.trim().trim_matches('"'))
}

fn said(chart: &str) -> Result<Said> {
    let version = value(chart, "version").context("Chart.yaml has no version")?;
    let hash = value(chart, ANNOTATION)
        .with_context(|| format!("Chart.yaml has no annotation {ANNOTATION}"))?;
    Ok(Said {
        version: version.to_owned(),
        hash: hash.to_owned(),
    })
}

/// Whether a line of `.helmignore` means a file: a path within the chart with at most one `*`.
fn ignored(line: &str, file: &str) -> bool {
    match line.split_once('*') {
        Some((before, after)) => file.starts_with(before) && file.ends_with(after),
        // A name without a path, in any directory.
        None => file == line || file.rsplit('/').next() == Some(line),
    }
}

/// Every file below a directory, links followed, by its path within.
fn files(directory: &Path, within: &str, found: &mut Vec<(String, PathBuf)>) -> Result<()> {
    for entry in fs::read_dir(directory).with_context(|| directory.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let inner = format!("{within}{name}");
        if path.is_dir() {
            files(&path, &format!("{inner}/"), found)?;
        } else {
            found.push((inner, path));
        }
    }
    Ok(())
}

/// The digest of what is in a chart, but for its version and the digest itself.
fn hash(chart: &Path) -> Result<String> {
    let mut all = Vec::new();
    files(chart, "", &mut all)?;
    all.sort();
    let ignore = fs::read_to_string(chart.join(".helmignore")).unwrap_or_default();
    let lines = ignore.lines().map(str::trim);
    let ignore: Vec<&str> = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let mut digest = Sha256::new();
    for (name, path) in all {
        if ignore.iter().any(|line| ignored(line, &name)) {
            continue;
        }
        let mut content = fs::read(&path).with_context(|| path.display().to_string())?;
        if name == "Chart.yaml" {
            let text = String::from_utf8(content)?;
            let kept = text.lines().filter(|line| {
                let line = line.trim_start();
                !line.starts_with("version:") && !line.starts_with(ANNOTATION)
            });
            content = kept.collect::<Vec<_>>().join("\n").into_bytes();
        }
        for part in [name.as_bytes(), &content] {
            digest.update(part.len().to_be_bytes());
            digest.update(part);
        }
    }
    let digest = digest.finalize();
    let mut text = "sha256:".to_owned();
    for byte in digest {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}

/// What is wrong with the version of a chart, in words; nothing if it is that of its content.
pub(crate) fn fault(chart: &Path) -> Result<Option<String>> {
    let said = said(&fs::read_to_string(chart.join("Chart.yaml"))?)?;
    let expected = format!("{} {}", said.version, hash(chart)?);
    let hint = "raise `version` in its Chart.yaml and run this test with UPDATE_RENDERED=1";
    Ok((said.hash != expected)
        .then(|| format!("{} is not what {} was: {hint}", chart.display(), said.hash)))
}

/// Writes the annotation anew if `UPDATE_RENDERED` is set. `path` is that of the chart in the checkout.
///
/// # Errors
/// When the last commit has the same version with other content.
pub(crate) fn update(path: &str) -> Result<()> {
    if !rendered::is_renewed() {
        return Ok(());
    }
    // What was never committed cannot have been installed.
    let committed = Command::new("git")
        .args(["show", &format!("HEAD:{path}/Chart.yaml")])
        .current_dir(checkout::file("."))
        .output();
    let committed = committed.ok().filter(|output| output.status.success());
    let committed = committed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    refresh(&checkout::file(path), committed.as_deref())
}

fn refresh(chart: &Path, committed: Option<&str>) -> Result<()> {
    let file = chart.join("Chart.yaml");
    let text = fs::read_to_string(&file)?;
    let said = said(&text)?;
    let hash = format!("{} {}", said.version, hash(chart)?);
    if let Some(Ok(before)) = committed.map(self::said) {
        ensure!(
            before.version != said.version || before.hash == hash,
            "{}: the last commit has version {} with other content; raise it",
            file.display(),
            said.version
        );
    }
    fs::write(&file, text.replace(&said.hash, &hash))?;
    Ok(())
}

#[test]
fn a_chart_that_changed_has_another_version() -> Result<()> {
    update("k8s/chart")?;
    assert_eq!(fault(&checkout::file("k8s/chart"))?, None);
    Ok(())
}

#[test]
fn every_change_of_what_helm_takes_is_seen_and_none_of_what_it_leaves_out() -> Result<()> {
    const CHART: &str = "name: x\nversion: 1.0.0\nannotations:\n  monitoring-jobs.toolchain.private/content-hash: \"\"\n";
    let directory = TempDir::new()?;
    let (chart, elsewhere) = (
        directory.path().join("chart"),
        directory.path().join("rights"),
    );
    let write = |path: &str, text: &str| fs::write(chart.join(path), text);
    fs::create_dir_all(chart.join("files/rules"))?;
    fs::create_dir(&elsewhere)?;
    std::os::unix::fs::symlink(&elsewhere, chart.join("files/rbac"))?;
    write("Chart.yaml", &CHART.replace("\"\"", "none"))?;
    write(
        ".helmignore",
        "# tests\nfiles/rules/*_test.yaml\n.DS_Store\n",
    )?;
    fs::write(elsewhere.join("a.yaml"), "a")?;

    assert!(fault(&chart)?.is_some(), "a digest of something else");
    refresh(&chart, None)?;
    assert_eq!(fault(&chart)?, None);
    write("files/rules/a_test.yaml", "left out")?;
    write("files/rules/.DS_Store", "left out")?;
    assert_eq!(fault(&chart)?, None);

    let first = fs::read_to_string(chart.join("Chart.yaml"))?;
    let changes: [&dyn Fn() -> std::io::Result<()>; 5] = [
        &|| write("values.yaml", "a: 1"),
        &|| write("values.yaml", "a: 2"),
        &|| fs::rename(chart.join("values.yaml"), chart.join("other.yaml")),
        &|| fs::write(elsewhere.join("a.yaml"), "b"),
        &|| fs::remove_file(chart.join("other.yaml")),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        change()?;
        assert!(fault(&chart)?.is_some(), "change {number} was not seen");
        // As before, and with the same version: somebody has that already.
        let refused = refresh(&chart, Some(&first)).unwrap_err().to_string();
        assert!(refused.contains("raise it"), "{refused}");
        refresh(&chart, None)?;
        assert_eq!(fault(&chart)?, None);
    }

    // A version alone is a change too, and with it content may be new.
    let text = fs::read_to_string(chart.join("Chart.yaml"))?;
    write(
        "Chart.yaml",
        &text.replace("version: 1.0.0", "version: 1.0.1"),
    )?;
    assert!(fault(&chart)?.is_some());
    refresh(&chart, Some(&first))?;
    assert_eq!(fault(&chart)?, None);
    Ok(())
}

//! The definitions of the Prometheus operator's kinds: files of its pinned Go module.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use common::env::Env;
use serde::Deserialize;

use super::build;
use super::cache::Cache;
use super::entry::Entry;
use super::go::{Go, Version};
use super::progress::Progress;

const MODULE: &str = "github.com/prometheus-operator/prometheus-operator";
const VERSION: &str = "0.85.0";
const GO_MOD: &str = include_str!("../../tools/prometheus-operator/go.mod");
const GO_SUM: &str = include_str!("../../tools/prometheus-operator/go.sum");

/// Where the module has them, one file for each kind.
const FOLDER: &str = "example/prometheus-operator-crd";

/// What `go mod download -json` prints, as far as it matters.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Downloaded {
    dir: PathBuf,
}

/// The directory that holds the definitions.
pub(super) async fn directory(env: &Env, cache: &Cache) -> Result<PathBuf> {
    let entry = Entry::new("prometheus-operator", VERSION, &[GO_MOD, GO_SUM]);
    let made = cache.ensure(&entry, async |directory: &Path| {
        let minimum = Version::demanded_by(GO_MOD);
        let minimum = minimum.context("tools/prometheus-operator/go.mod states no Go version")?;
        let go = Go::locate(env, cache, minimum).await?;
        let progress = Progress::start(
            format!("downloading the Prometheus operator's definitions {VERSION}"),
            Duration::from_secs(5),
        );
        let module = download(&go).await?;
        copy(&module.join(FOLDER), directory)?;
        progress.done();
        Ok(())
    });
    let made = made.await;
    made.with_context(|| format!("bringing the Prometheus operator's definitions {VERSION}"))
}

/// Has Go fetch the module, unless it has it, and compare it with `go.sum`.
async fn download(go: &Go) -> Result<PathBuf> {
    let sources = build::sources(GO_MOD, GO_SUM)?;
    let mut command = go.command();
    command
        .current_dir(sources.path())
        .args(["mod", "download", "-json", MODULE])
        .env("GOTOOLCHAIN", "local")
        .env("GOFLAGS", "-mod=readonly")
        .env("GOWORK", "off")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let result = command.output().await.context("starting go mod download")?;
    if !result.status.success() {
        bail!(
            "go mod download ended with {}:\n{}",
            result.status,
            build::tail(&result.stderr)
        )
    }
    let downloaded: Downloaded =
        serde_json::from_slice(&result.stdout).context("reading what go mod download printed")?;
    Ok(downloaded.dir)
}

/// Copies the files without their modes: Go's own copies are read-only.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let files = fs::read_dir(from).with_context(|| format!("reading {}", from.display()))?;
    for file in files {
        let file = file.with_context(|| format!("reading {}", from.display()))?;
        let text =
            fs::read(file.path()).with_context(|| format!("reading {}", file.path().display()))?;
        let copy = to.join(file.file_name());
        fs::write(&copy, text).with_context(|| format!("writing {}", copy.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use tempfile::TempDir;

    use super::{GO_MOD, GO_SUM, MODULE, VERSION, copy};

    #[test]
    fn the_version_is_the_one_that_go_mod_requires_and_go_sum_pins_its_content() {
        assert!(GO_MOD.contains(&format!("require {MODULE} v{VERSION}\n")));
        // Without the line, any content would do.
        assert!(GO_SUM.contains(&format!("{MODULE} v{VERSION} h1:")));
    }

    #[test]
    fn copies_can_be_removed_although_the_originals_are_read_only() {
        let (from, to) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let original = from.path().join("rules.yaml");
        fs::write(&original, "kind: CustomResourceDefinition\n").unwrap();
        fs::set_permissions(&original, fs::Permissions::from_mode(0o444)).unwrap();
        copy(from.path(), to.path()).unwrap();
        let copied = to.path().join("rules.yaml");
        assert_eq!(
            fs::read_to_string(&copied).unwrap(),
            "kind: CustomResourceDefinition\n"
        );
        assert_ne!(
            fs::metadata(&copied).unwrap().permissions().mode() & 0o200,
            0
        );
    }
}

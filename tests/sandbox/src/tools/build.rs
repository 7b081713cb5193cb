//! `go build` of one pinned module into the cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use common::env::Env;
use tempfile::TempDir;

use super::cache::Cache;
use super::catalog::{Flavour, Module, Reports};
use super::debian;
use super::entry::Entry;
use super::go::{Go, Version};
use super::path;
use super::progress::Progress;

/// The directory that holds the programs of `module`.
pub(super) async fn module(env: &Env, cache: &Cache, module: &Module) -> Result<PathBuf> {
    let entry = Entry::of_module(module);
    cache
        .ensure(&entry, async |directory: &Path| {
            let Some(minimum) = Version::demanded_by(module.go_mod) else {
                bail!("tools/{}/go.mod states no Go version", module.name)
            };
            let go = Go::locate(env, cache, minimum).await?;
            let progress = Progress::start(
                format!(
                    "building {} {} with Go {}",
                    module.name,
                    module.version,
                    go.version()
                ),
                Duration::from_secs(module.seconds),
            );
            let flags = Flags::of(env, cache, module).await?;
            compile(&go, module, &flags, directory).await?;
            progress.done();
            Ok(())
        })
        .await
}

/// How a module's flavour shows on the command line.
#[derive(Debug, Default)]
struct Flags {
    tags: &'static str,
    /// The directory that makes pkg-config find a C library; with it, C is compiled.
    libraries: Option<PathBuf>,
}

impl Flags {
    async fn of(env: &Env, cache: &Cache, module: &Module) -> Result<Self> {
        Ok(match module.flavour {
            Flavour::Plain => Self::default(),
            Flavour::Tags(tags) => Self {
                tags,
                libraries: None,
            },
            Flavour::Seccomp(tags) => {
                for (program, package) in
                    [("cc", "gcc and libc6-dev"), ("pkg-config", "pkg-config")]
                {
                    if path::find(env, program).is_none() {
                        bail!("there is no {program}: install {package}")
                    }
                }
                Self {
                    tags,
                    libraries: Some(debian::seccomp(env, cache).await?),
                }
            }
        })
    }
}

async fn compile(go: &Go, module: &Module, flavour: &Flags, directory: &Path) -> Result<()> {
    let sources = sources(module.go_mod, module.go_sum)?;
    let mut output = directory.as_os_str().to_owned();
    output.push("/"); // to `-o`, only a trailing slash says "directory"
    let mut flags = linker_flags(module);
    if flavour.libraries.is_some() {
        flags.push_str(" -linkmode external -extldflags -static");
    }
    let mut command = go.command();
    command
        .current_dir(sources.path())
        .args([
            "build",
            "-mod=readonly",
            "-trimpath",
            "-tags",
            flavour.tags,
            "-ldflags",
            &flags,
            "-o",
        ])
        .arg(output)
        .arg("tool")
        // Everything that could make the result depend on the machine.
        .env("CGO_ENABLED", "0")
        .env("GOTOOLCHAIN", "local")
        .env("GOFLAGS", "-buildvcs=false")
        .env("GOWORK", "off")
        .env_remove("GOOS")
        .env_remove("GOARCH")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if let Some(libraries) = &flavour.libraries {
        command
            .env("CGO_ENABLED", "1")
            .env("PKG_CONFIG_PATH", libraries);
    }
    let result = command.output().await.context("starting go build")?;
    if result.status.success() {
        return rename(module, directory);
    }
    bail!(
        "go build ended with {}:\n{}",
        result.status,
        tail(&result.stderr)
    )
}

/// A directory in which Go finds these two files.
pub(super) fn sources(go_mod: &str, go_sum: &str) -> Result<TempDir> {
    let sources = tempfile::tempdir().context("creating a directory for go.mod")?;
    for (name, text) in [("go.mod", go_mod), ("go.sum", go_sum)] {
        let path = sources.path().join(name);
        fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(sources)
}

/// Why Go failed: the first lines are one `go: downloading …` a dependency, the reason stands at the
/// end.
pub(super) fn tail(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines.get(lines.len().saturating_sub(12)..);
    tail.unwrap_or(&[]).join("\n")
}

fn linker_flags(module: &Module) -> String {
    let variables = match module.reports {
        Reports::PrometheusLibrary => vec![format!(
            "github.com/prometheus/common/version.Version={}",
            module.version
        )],
        Reports::Variables(variables) => variables.iter().map(ToString::to_string).collect(),
        Reports::Constant => Vec::new(),
    };
    let mut flags = "-s -w".to_owned();
    for variable in variables {
        flags.push_str(" -X ");
        flags.push_str(&variable);
    }
    flags
}

fn rename(module: &Module, directory: &Path) -> Result<()> {
    for (from, to) in module.renamed {
        fs::rename(directory.join(from), directory.join(to))
            .with_context(|| format!("renaming {from} to {to}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::catalog::Tool;
    use super::linker_flags;

    #[test]
    fn the_linker_is_told_what_each_module_reports() {
        let flags = |tool: Tool| linker_flags(tool.module());
        assert_eq!(
            flags(Tool::Alertmanager),
            "-s -w -X github.com/prometheus/common/version.Version=0.28.1"
        );
        assert_eq!(flags(Tool::Etcd), "-s -w");
        assert_eq!(
            flags(Tool::Kubectl),
            "-s -w -X k8s.io/component-base/version.gitVersion=v1.34.4 \
             -X k8s.io/component-base/version.gitMajor=1 \
             -X k8s.io/component-base/version.gitMinor=34"
        );
    }
}

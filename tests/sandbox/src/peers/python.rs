//! Python packages of exact versions, in virtual environments of their own.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::process::Command;

use super::missing::Missing;
use crate::tools::entry::Entry;
use crate::tools::progress::Progress;
use crate::tools::{Tools, path};

/// What is installed into an environment, all of it: pip is told not to look for more.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packages {
    /// The package that is wanted.
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    /// It and what it stands on, as `name==version`.
    pub(super) requirements: &'static [&'static str],
}

impl Packages {
    /// Makes the environment in the cache, once for each version of Python, and returns its
    /// interpreter. `None` where there is no Python with `venv`, after saying so.
    ///
    /// # Errors
    /// Under `CI=true` without such a Python; when the installation fails.
    pub(super) async fn bring(&self, tools: &Tools) -> Result<Option<PathBuf>> {
        let env = tools.env();
        let python = path::find(env, "python3");
        let version = match &python {
            // Debian's python3 without python3-venv has the module `venv` but not `ensurepip`.
            Some(python) => {
                let script = "import ensurepip, venv, sys; print(sys.version)";
                path::first_output(python, &["-c", script]).await
            }
            None => None,
        };
        let (Some(python), Some(version)) = (python, version) else {
            let missing = Missing {
                peer: self.name,
                what: "there is no python3 with venv on PATH".into(),
                install: "apt-get install python3-venv",
            };
            return missing.skip(env);
        };
        let own = self.requirements.iter().copied();
        let inputs: Vec<&str> = own.chain([version.as_str()]).collect();
        let entry = Entry::new(self.name, self.version, &inputs);
        let directory = tools
            .cache()
            .ensure(&entry, async |directory: &Path| {
                self.install(&python, directory).await
            })
            .await
            .with_context(|| format!("bringing {} {}", self.name, self.version))?;
        Ok(Some(interpreter(&directory)))
    }

    async fn install(&self, python: &Path, directory: &Path) -> Result<()> {
        let progress = Progress::start(
            format!("installing {} {}", self.name, self.version),
            Duration::from_secs(15),
        );
        run(python, &["-m", "venv", &directory.to_string_lossy()]).await?;
        let pip = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
        ];
        let arguments = [&pip[..], self.requirements].concat();
        run(&interpreter(directory), &arguments).await?;
        progress.done();
        Ok(())
    }
}

/// Scripts in `bin` name the directory that they were made in; the interpreter does not, so it
/// alone survives the move into the cache.
fn interpreter(directory: &Path) -> PathBuf {
    directory.join("bin/python")
}

async fn run(program: &Path, arguments: &[&str]) -> Result<()> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("starting {}", program.display()))?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        bail!(
            "{} {} failed:\n{text}",
            program.display(),
            arguments.join(" ")
        )
    }
    Ok(())
}

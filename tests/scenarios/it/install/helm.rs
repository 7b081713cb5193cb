//! A Helm that can be stopped: a script that waits before it hands on to the real one, or fails.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use scenarios::wait;
use tempfile::TempDir;

/// What becomes of the command once it may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    /// It is carried out.
    Passes,
    /// It fails and has done nothing.
    Fails,
    /// It is carried out, and is said to have failed, as when the wait for pods is over.
    FailsLate,
}

/// The script, and what it is told.
#[derive(Debug)]
pub(super) struct Stoppable {
    directory: TempDir,
}

impl Stoppable {
    /// One that waits in the command `word`, such as `upgrade`, until [`Self::go`].
    pub(super) fn new(helm: &Path, word: &str, course: Course) -> Result<Self> {
        let stoppable = Self {
            directory: TempDir::new()?,
        };
        let (begun, go) = (stoppable.file("begun"), stoppable.file("go"));
        let (begun, go, helm) = (begun.display(), go.display(), helm.display());
        let fail = "echo 'Error: it was told to fail' >&2; exit 1";
        let end = match course {
            Course::Passes => String::new(),
            Course::Fails => fail.to_owned(),
            Course::FailsLate => format!("'{helm}' \"$@\"; {fail}"),
        };
        let script = format!(
            "#!/bin/sh\n\
             if [ \"$1\" = {word} ]; then\n\
             echo $$ > '{begun}.next' && mv '{begun}.next' '{begun}'\n\
             until [ -e '{go}' ]; do sleep 0.05; done\n\
             {end}\n\
             fi\n\
             exec '{helm}' \"$@\"\n"
        );
        let program = stoppable.program();
        fs::write(&program, script)?;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
        Ok(stoppable)
    }

    /// The same where it need not wait.
    pub(super) fn at_once(helm: &Path, word: &str, course: Course) -> Result<Self> {
        let stoppable = Self::new(helm, word, course)?;
        stoppable.go()?;
        Ok(stoppable)
    }

    /// What is to be started in place of Helm.
    pub(super) fn program(&self) -> PathBuf {
        self.file("helm")
    }

    /// Waits until the command has begun. Returns its process, which becomes Helm's own.
    pub(super) async fn begun(&self) -> Result<u32> {
        let file = self.file("begun");
        wait::until_within(super::PATIENCE, "Helm is started", async || {
            Ok(file.exists())
        })
        .await?;
        let id = fs::read_to_string(file)?;
        id.trim().parse().context("no number of a process")
    }

    /// Lets it go on.
    pub(super) fn go(&self) -> Result<()> {
        Ok(fs::write(self.file("go"), "")?)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

/// Kills a process that nobody can ask to stop.
pub(super) fn kill(process: u32) -> Result<()> {
    let process = process.to_string();
    let status = Command::new("kill")
        .args(["-s", "KILL", &process])
        .status()?;
    ensure!(status.success(), "kill {process} failed");
    Ok(())
}

/// The process group that a process is in.
pub(super) fn group(process: u32) -> Result<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // After the name, which may hold anything: state, parent, group.
    let (_, rest) = stat.rsplit_once(')').context("no name in it")?;
    let group = rest.split_ascii_whitespace().nth(2);
    group
        .context("no group in it")?
        .parse()
        .context("no number")
}

//! Programs on `PATH` and the versions they report.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use common::env::Env;
use tokio::process::Command;
use tokio::time::{sleep, timeout};

/// A program that does not answer `--version` within this time is not the one that is wanted.
const PATIENCE: Duration = Duration::from_secs(10);

/// The first executable file called `name` on the `PATH` of `env`.
pub(crate) fn find(env: &Env, name: &str) -> Option<PathBuf> {
    std::env::split_paths(env.get("PATH")?)
        .map(|directory| directory.join(name))
        .find(|path| is_program(path))
}

/// Whether `path` is a file that someone may execute.
pub(crate) fn is_program(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// The version that `program` reports when it gets these arguments.
pub(crate) async fn version_of(program: &Path, arguments: &[&str]) -> Option<String> {
    first_output(program, arguments)
        .await
        .as_deref()
        .and_then(version_in)
}

/// What a program prints, stdout before stderr, when it ends well within ten seconds.
pub(crate) async fn first_output(program: &Path, arguments: &[&str]) -> Option<String> {
    let output = timeout(PATIENCE, output(program, arguments))
        .await
        .ok()?
        .ok()?;
    if !output.status.success() {
        return None;
    }
    // Programs of the Prometheus 2 line print their version to stderr.
    Some(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

/// Runs a program that may just have been unpacked: as long as a process that was being started
/// meanwhile still holds the file open for writing, the kernel refuses to execute it.
async fn output(program: &Path, arguments: &[&str]) -> io::Result<Output> {
    loop {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        match command.output().await {
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy => {
                sleep(Duration::from_millis(10)).await;
            }
            result => return result,
        }
    }
}

/// The word after `version`, without a leading `v`: `prometheus, version 3.5.0 (branch: …)`.
/// Kubernetes' servers say their name instead: `Kubernetes v1.34.4`.
fn version_in(text: &str) -> Option<String> {
    let mut words = text.split_whitespace();
    words.find(|word| {
        let word = word.trim_end_matches(':');
        word.eq_ignore_ascii_case("version") || word == "Kubernetes"
    })?;
    let version = words.next()?.trim_start_matches('v');
    version
        .starts_with(|first: char| first.is_ascii_digit())
        .then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use tempfile::TempDir;

    use super::super::script;
    use super::{find, version_in, version_of};

    #[test]
    fn versions_are_read_as_the_programs_write_them() {
        for (text, version) in [
            (
                "prometheus, version 3.5.0 (branch: HEAD, revision: 8be3a9560fbd)\n  build user: x",
                Some("3.5.0"),
            ),
            (
                "pushgateway, version 1.5.1+ds (branch: debian/sid, revision: 1.5.1)",
                Some("1.5.1+ds"),
            ),
            ("yace version v0.67.0 (branch: main)", Some("0.67.0")),
            ("Kubernetes v1.34.4", Some("1.34.4")),
            (
                "Client Version: v1.34.4\nKustomize Version: v5.7.1",
                Some("1.34.4"),
            ),
            ("etcd Version: 3.6.6\nGit SHA: Not provided", Some("3.6.6")),
            // Built without a version: fits nothing.
            ("amtool, version  (branch: , revision: unknown)", None),
            ("unknown flag: --version", None),
            ("", None),
        ] {
            assert_eq!(version_in(text).as_deref(), version, "{text}");
        }
    }

    #[tokio::test]
    async fn a_file_that_cannot_run_or_fails_reports_no_version() {
        let directory = TempDir::new().unwrap();
        let program = script::program(directory.path(), "tool", "echo 'tool, version 1.0'; exit 3");
        let env = [("PATH", directory.path().to_str().unwrap())]
            .into_iter()
            .collect();
        assert_eq!(find(&env, "tool").as_deref(), Some(program.as_path()));
        assert_eq!(
            version_of(&program, &["--version"]).await,
            None,
            "it ended with 3"
        );
        fs::set_permissions(&program, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(find(&env, "tool"), None, "it is not executable");
        assert_eq!(version_of(&program, &["--version"]).await, None);
    }
}

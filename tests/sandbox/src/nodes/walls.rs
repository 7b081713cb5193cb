//! What separates a cell with a node from the machine: namespaces for networks, mounts and processes,
//! and a branch of every tree of cgroups. Made by root, with the machine's own `unshare`.
//!
//! One process is to be killed, and the kernel ends all that runs inside and unmounts all that is
//! mounted there. Empty directories of cgroups are all that is left, and the shell that waits for that
//! process removes them.

use std::path::Path;
use std::process::Command;

use common::env::Env;

use super::no_nodes::{self, NoNodes};
use crate::tools::Tools;

/// Directories that a node's programs write to whatever they are told. The cell has its own.
const OWN: [&str; 3] = ["/run", "/var/lib", "/var/log"];

/// Arguments: the name of the branch, then what to start inside.
///
/// Signals are left to the cell: it ends when its control socket is closed.
const SCRIPT: &str = r#"
trap '' TERM INT HUP
branch=$1; shift
# Those of a sandbox that was killed before it could tidy up.
for old in /sys/fs/cgroup/*/monitoring-jobs-*; do
  number=${old##*/monitoring-jobs-}
  [ -d "$old" ] && [ ! -d "/proc/${number%-*}" ] && find "$old" -depth -type d -exec rmdir {} + 2>/dev/null
done
for tree in /sys/fs/cgroup/*; do
  [ -d "$tree" ] && [ ! -L "$tree" ] && [ ! -e "$tree/cgroup.controllers" ] || continue
  mkdir -p "$tree/$branch" || exit 1
done
for each in cpus mems; do
  cat /sys/fs/cgroup/cpuset/cpuset.$each >/sys/fs/cgroup/cpuset/$branch/cpuset.$each || exit 1
done
unshare --net --mount --pid --fork --kill-child=SIGKILL --mount-proc --propagation private -- \
  sh -c 'for each in $OWN; do mount -t tmpfs tmpfs "$each" || exit 1; done; exec "$@"' cell "$@"
status=$?
for pause in 0 0.1 0.3 1 3; do
  sleep $pause
  find /sys/fs/cgroup/*/"$branch" -depth -type d -exec rmdir {} + 2>/dev/null
  [ -z "$(find /sys/fs/cgroup/* -maxdepth 1 -name "$branch")" ] && break
done
exit $status
"#;

/// The program that starts, inside, what its further arguments name. `branch` is the name of the
/// cell's directory in every tree of cgroups.
///
/// # Errors
/// When this machine or this user cannot have a node.
pub(super) fn command(tools: &Tools, branch: &str) -> Result<Command, NoNodes> {
    no_nodes::check(tools.env())?;
    check_paths(tools.env(), &std::env::temp_dir())?;
    let mut command = Command::new("/bin/sh");
    command
        .env("OWN", OWN.join(" "))
        .args(["-c", SCRIPT, "walls", branch]);
    Ok(command)
}

/// What the cell is to use must not lie where it has directories of its own.
fn check_paths(env: &Env, temporary: &Path) -> Result<(), NoNodes> {
    let cache = env.get("XDG_CACHE_HOME").or_else(|| env.get("HOME"));
    let paths = [
        ("TMPDIR", temporary),
        ("XDG_CACHE_HOME", Path::new(cache.unwrap_or_default())),
    ];
    for (variable, path) in paths {
        if OWN.iter().any(|own| path.starts_with(own)) {
            return Err(NoNodes::Hidden {
                path: path.to_owned(),
                variable,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::check_paths;

    #[test]
    fn a_cache_that_the_cell_would_not_see_is_refused_with_the_variable_to_set() {
        let env = |home: &'static str| [("HOME", home)].into_iter().collect();
        check_paths(&env("/root"), Path::new("/tmp")).unwrap();
        let error = check_paths(&env("/var/lib/ci"), Path::new("/tmp")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "/var/lib/ci is not seen inside a node: set XDG_CACHE_HOME to a place elsewhere"
        );
        let error = check_paths(&env("/root"), Path::new("/run/tmp")).unwrap_err();
        assert!(
            error
                .to_string()
                .ends_with("set TMPDIR to a place elsewhere"),
            "{error}"
        );
    }
}

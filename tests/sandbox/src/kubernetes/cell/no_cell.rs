//! Why there is no cell on this machine, and the way out.

use std::fs;
use std::path::{Path, PathBuf};

use common::env::Env;

use crate::tools::path;

/// Directories of system programs, which an ordinary user's `PATH` often lacks.
const SYSTEM: [&str; 2] = ["/usr/sbin", "/sbin"];

/// The machine cannot give the sandbox a network of its own.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoCell {
    /// A program is not there.
    #[error(
        "the clusters of the sandbox need the program `{program}`: install the package {package}"
    )]
    Missing {
        /// What was looked for.
        program: &'static str,
        /// What holds it, in every distribution that matters.
        package: &'static str,
    },
    /// The kernel, or whoever guards it, said no.
    #[error(
        "the clusters of the sandbox need user and network namespaces, which this machine refuses ({said}): {way_out}"
    )]
    Refused {
        /// The words of the program that was refused.
        said: String,
        /// What to do.
        way_out: &'static str,
    },
}

impl NoCell {
    /// Explains a start that ended with `said`, from the switches that the kernel has for it.
    pub(super) fn refused(said: &str) -> Self {
        let switch = |name: &str| {
            let text = fs::read_to_string(Path::new("/proc/sys").join(name)).ok()?;
            text.trim().parse().ok()
        };
        Self::Refused {
            said: said.to_owned(),
            way_out: way_out(switch),
        }
    }
}

/// The first switch that stands in the way, with what turns it.
fn way_out(switch: impl Fn(&str) -> Option<u64>) -> &'static str {
    if switch("kernel/unprivileged_userns_clone") == Some(0) {
        "run `sysctl kernel.unprivileged_userns_clone=1` as root"
    } else if switch("user/max_user_namespaces") == Some(0)
        || switch("user/max_net_namespaces") == Some(0)
        || switch("user/max_pid_namespaces") == Some(0)
    {
        "run `sysctl user.max_user_namespaces=1000 user.max_net_namespaces=1000 user.max_pid_namespaces=1000` as root"
    } else if switch("kernel/apparmor_restrict_unprivileged_userns") == Some(1) {
        "run `sysctl kernel.apparmor_restrict_unprivileged_userns=0` as root"
    } else {
        "no switch of the kernel forbids it, so a limit of the container does; allow it the system call unshare (Docker: `--security-opt seccomp=unconfined --security-opt apparmor=unconfined`)"
    }
}

/// The file of `program`, which `package` installs.
pub(super) fn program(
    env: &Env,
    program: &'static str,
    package: &'static str,
) -> Result<PathBuf, NoCell> {
    path::find(env, program)
        .or_else(|| {
            SYSTEM
                .iter()
                .map(|directory| Path::new(directory).join(program))
                .find(|path| path::is_program(path))
        })
        .ok_or(NoCell::Missing { program, package })
}

#[cfg(test)]
mod tests {
    use super::{NoCell, program, way_out};

    #[test]
    fn the_way_out_names_the_switch_that_is_off() {
        for (name, value, named) in [
            (
                "kernel/unprivileged_userns_clone",
                0,
                "kernel.unprivileged_userns_clone=1",
            ),
            (
                "user/max_user_namespaces",
                0,
                "user.max_user_namespaces=1000",
            ),
            ("user/max_net_namespaces", 0, "user.max_net_namespaces=1000"),
            (
                "kernel/apparmor_restrict_unprivileged_userns",
                1,
                "apparmor_restrict_unprivileged_userns=0",
            ),
            ("kernel/unprivileged_userns_clone", 1, "seccomp=unconfined"),
        ] {
            let way_out = way_out(|asked| (asked == name).then_some(value));
            assert!(way_out.contains(named), "{name}: {way_out}");
        }
    }

    #[test]
    fn a_missing_program_is_named_with_its_package() {
        let nowhere = [("PATH", "/nowhere")].into_iter().collect();
        assert_eq!(
            program(&nowhere, "no-such-program", "some-package")
                .unwrap_err()
                .to_string(),
            "the clusters of the sandbox need the program `no-such-program`: install the package some-package"
        );
        assert!(matches!(
            program(&nowhere, "no-such-program", "some-package"),
            Err(NoCell::Missing { .. })
        ));
    }
}

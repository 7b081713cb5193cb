//! Why there are no clusters with nodes on this machine, and the way out.

use std::path::{Path, PathBuf};

use common::env::Env;

use crate::tools::path;

/// The trees of cgroups (version 1) that a kubelet wants.
const TREES: [&str; 7] = [
    "cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "pids",
];

/// What is run to make a cell, and the packages that have it.
const PROGRAMS: [(&str, &str); 5] = [
    ("unshare", "util-linux"),
    ("nsenter", "util-linux"),
    ("mount", "mount"),
    ("ip", "iproute2"),
    ("find", "findutils"),
];

/// This machine, or this user, cannot run a node.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NoNodes {
    /// An ordinary user.
    #[error("clusters with nodes need root: their containers are real")]
    NotRoot,
    /// A program is not there.
    #[error("clusters with nodes need the program `{program}`: install the package {package}")]
    Missing {
        /// Its name.
        program: &'static str,
        /// Who has it.
        package: &'static str,
    },
    /// Another kind of cgroups, or none.
    #[error(
        "clusters with nodes need the cgroup tree /sys/fs/cgroup/{tree}: they were only ever run on \
         version 1 of cgroups (`systemd.unified_cgroup_hierarchy=0` on the kernel's command line)"
    )]
    Cgroups {
        /// The first that is missing.
        tree: &'static str,
    },
    /// A directory that the cell covers by one of its own.
    #[error("{} is not seen inside a node: set {variable} to a place elsewhere", path.display())]
    Hidden {
        /// Where it is.
        path: PathBuf,
        /// What moves it.
        variable: &'static str,
    },
}

/// Says no when a node cannot be run here.
///
/// # Errors
/// The first thing that stands in the way.
pub(super) fn check(env: &Env) -> Result<(), NoNodes> {
    if !rustix::process::geteuid().is_root() {
        return Err(NoNodes::NotRoot);
    }
    for (program, package) in PROGRAMS {
        if path::find(env, program).is_none() {
            return Err(NoNodes::Missing { program, package });
        }
    }
    check_trees(Path::new("/sys/fs/cgroup"))
}

fn check_trees(root: &Path) -> Result<(), NoNodes> {
    let missing = TREES
        .into_iter()
        .find(|tree| !root.join(tree).join("cgroup.procs").exists());
    missing.map_or(Ok(()), |tree| Err(NoNodes::Cgroups { tree }))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::{NoNodes, TREES, check_trees};

    #[test]
    fn a_tree_that_is_missing_is_named() {
        let root = TempDir::new().unwrap();
        for tree in TREES {
            assert_eq!(check_trees(root.path()), Err(NoNodes::Cgroups { tree }));
            fs::create_dir(root.path().join(tree)).unwrap();
            fs::write(root.path().join(tree).join("cgroup.procs"), "").unwrap();
        }
        assert_eq!(check_trees(root.path()), Ok(()));
    }
}

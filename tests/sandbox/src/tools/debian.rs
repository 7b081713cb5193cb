//! Files of Debian's packages, unpacked into the cache and never installed.
//!
//! The node of a whole cluster needs a few programs and one library that are not written in Go. Each
//! version is the one of the machine's own release, and apt checks its signatures.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use common::env::Env;
use tokio::process::Command;

use super::cache::Cache;
use super::entry::Entry;
use super::path;
use super::progress::Progress;

/// What is wanted, and from which packages.
#[derive(Debug)]
struct Set {
    /// The cache entry's name.
    name: &'static str,
    /// Raised when the files are made in another way.
    version: &'static str,
    packages: &'static [&'static str],
    /// What says what to do where there is no apt.
    otherwise: &'static str,
}

const SECCOMP: Set = Set {
    name: "libseccomp",
    version: "1",
    packages: &["libseccomp-dev", "libseccomp2"],
    otherwise: "set MONITORING_JOBS_RUNC to a runc 1.3 that has seccomp",
};

const FIREWALL: Set = Set {
    name: "firewall",
    version: "1",
    packages: &[
        "nftables",
        "iptables",
        "ipset",
        "libbsd0",
        "libedit2",
        "libgmp10",
        "libip4tc2",
        "libip6tc2",
        "libipset13",
        "libjansson4",
        "libmd0",
        "libmnl0",
        "libnetfilter-conntrack3",
        "libnfnetlink0",
        "libnftables1",
        "libnftnl11",
        "libtinfo6",
        "libxtables12",
    ],
    otherwise: "install nftables, iptables and ipset",
};

/// The programs of [`FIREWALL`] with the file and the first argument behind each.
const PROGRAMS: [(&str, &str, &str); 8] = [
    ("nft", "nft", ""),
    ("ipset", "ipset", ""),
    ("iptables", "xtables-nft-multi", "iptables"),
    ("iptables-save", "xtables-nft-multi", "iptables-save"),
    ("iptables-restore", "xtables-nft-multi", "iptables-restore"),
    ("ip6tables", "xtables-nft-multi", "ip6tables"),
    ("ip6tables-save", "xtables-nft-multi", "ip6tables-save"),
    (
        "ip6tables-restore",
        "xtables-nft-multi",
        "ip6tables-restore",
    ),
];

/// A directory with `nft`, `ipset` and the `iptables` family; `None` when the machine has them all.
pub(super) async fn firewall(env: &Env, cache: &Cache) -> Result<Option<PathBuf>> {
    if PROGRAMS
        .iter()
        .all(|(name, ..)| path::find(env, name).is_some())
    {
        return Ok(None);
    }
    let directory = unpacked(env, cache, &FIREWALL, async |root, directory| {
        let libraries = library_folder(root)?;
        let bin = directory.join("bin");
        fs::create_dir(&bin).context("creating a directory for programs")?;
        for (name, file, first) in PROGRAMS {
            let wrapper = bin.join(name);
            fs::write(&wrapper, script(&libraries, file, first))
                .and_then(|()| fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)))
                .with_context(|| format!("writing {}", wrapper.display()))?;
        }
        Ok(())
    });
    Ok(Some(directory.await?.join("bin")))
}

/// A directory with a `libseccomp.pc` that leads to a static library.
pub(super) async fn seccomp(env: &Env, cache: &Cache) -> Result<PathBuf> {
    unpacked(env, cache, &SECCOMP, async |root, directory| {
        let library = root.join(library_folder(root)?).join("libseccomp.a");
        let version = fs::read_to_string(library.with_file_name("pkgconfig/libseccomp.pc"))
            .context("reading the package's libseccomp.pc")?;
        let version = version.lines().find(|line| line.starts_with("Version:"));
        let version = version.context("the package's libseccomp.pc has no version")?;
        // Nothing else of the package may be found: a shared library would be taken first.
        let place = directory.join("libseccomp.a");
        fs::copy(&library, &place).with_context(|| format!("copying {}", library.display()))?;
        let text = format!(
            "Name: libseccomp\nDescription: system call filters\n{version}\n\
             Libs: -L${{pcfiledir}} -lseccomp\nCflags: -I${{pcfiledir}}/root/usr/include\n"
        );
        fs::write(directory.join("libseccomp.pc"), text).context("writing libseccomp.pc")
    })
    .await
}

/// Starts a program with the libraries beside it, wherever the whole directory lies.
fn script(libraries: &Path, file: &str, first: &str) -> String {
    let libraries = libraries.display();
    format!(
        "#!/bin/sh\n\
         here=${{0%/*}}/../root\n\
         LD_LIBRARY_PATH=$here/{libraries} XTABLES_LIBDIR=$here/{libraries}/xtables \\\n\
         exec \"$here/usr/sbin/{file}\" {first} \"$@\"\n"
    )
}

/// Where the packages of this machine's kind have their libraries: `usr/lib/x86_64-linux-gnu`.
fn library_folder(root: &Path) -> Result<PathBuf> {
    let folder = format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    if root.join(&folder).is_dir() {
        return Ok(PathBuf::from(folder));
    }
    bail!("the packages have no {folder}")
}

/// The directory in which `root` holds the files of `set`, and whatever `finish` made of them.
async fn unpacked(
    env: &Env,
    cache: &Cache,
    set: &Set,
    finish: impl AsyncFnOnce(&Path, &Path) -> Result<()>,
) -> Result<PathBuf> {
    let inputs: Vec<&str> = [set.version]
        .into_iter()
        .chain(set.packages.iter().copied())
        .collect();
    let entry = Entry::new(set.name, set.version, &inputs);
    let made = cache.ensure(&entry, async |directory: &Path| {
        let find = |name: &str| {
            path::find(env, name).with_context(|| format!("there is no {name}: {}", set.otherwise))
        };
        let (apt, dpkg) = (find("apt-get")?, find("dpkg")?);
        let progress = Progress::start(
            format!("downloading {} from Debian's packages", set.name),
            Duration::from_secs(15),
        );
        let work = tempfile::tempdir().context("creating a directory for packages")?;
        download(&apt, set, work.path()).await?;
        let root = directory.join("root");
        for package in fs::read_dir(work.path().join("packages")).context("listing packages")? {
            let package = package.context("listing packages")?.path();
            let mut command = Command::new(&dpkg);
            command.arg("--extract").arg(&package).arg(&root);
            run(command).await?;
        }
        finish(&root, directory).await?;
        progress.done();
        Ok(())
    });
    made.await.with_context(|| format!("bringing {}", set.name))
}

/// Downloads the packages with lists and a cache of its own: the machine's are left alone.
async fn download(apt: &Path, set: &Set, work: &Path) -> Result<()> {
    for folder in ["lists", "cache", "packages"] {
        fs::create_dir(work.join(folder)).context("creating a directory for packages")?;
    }
    let command = |arguments: &[&str]| {
        let mut command = Command::new(apt);
        command
            .current_dir(work.join("packages"))
            .arg("-q")
            .args([
                "-o",
                &format!("Dir::State::lists={}", work.join("lists").display()),
            ])
            .args([
                "-o",
                &format!("Dir::Cache={}", work.join("cache").display()),
            ])
            // As root it would become someone who may not write here.
            .args(["-o", "APT::Sandbox::User=root"])
            .args(arguments);
        command
    };
    run(command(&["update"])).await?;
    let arguments: Vec<&str> = ["download"]
        .into_iter()
        .chain(set.packages.iter().copied())
        .collect();
    run(command(&arguments)).await
}

async fn run(mut command: Command) -> Result<()> {
    command.stdin(Stdio::null()).kill_on_drop(true);
    let shown = command.as_std().get_program().display().to_string();
    let output = command.output().await;
    let output = output.with_context(|| format!("starting {shown}"))?;
    if output.status.success() {
        return Ok(());
    }
    bail!(
        "{shown} ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    )
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use tempfile::TempDir;

    use super::super::{Tools, script as program};
    use super::{PROGRAMS, script};

    #[tokio::test]
    async fn a_machine_that_has_all_programs_gets_no_others() {
        let home = TempDir::new().unwrap();
        for (name, ..) in PROGRAMS {
            program::program(home.path(), name, "exit 0");
        }
        let there = home.path().to_str().unwrap();
        let tools = |path: &str| {
            Tools::new(
                [("PATH", path), ("XDG_CACHE_HOME", there)]
                    .into_iter()
                    .collect(),
            )
            .unwrap()
        };
        assert_eq!(tools(there).firewall().await.unwrap(), None);
        fs::remove_file(home.path().join("ipset")).unwrap();
        let error = format!("{:#}", tools(there).firewall().await.unwrap_err());
        assert_eq!(
            error,
            "bringing firewall: there is no apt-get: install nftables, iptables and ipset"
        );
    }

    #[test]
    fn a_wrapper_finds_its_program_and_libraries_wherever_it_lies() {
        let text = script(Path::new("usr/lib/x"), "xtables-nft-multi", "iptables");
        assert_eq!(
            text,
            "#!/bin/sh\nhere=${0%/*}/../root\nLD_LIBRARY_PATH=$here/usr/lib/x XTABLES_LIBDIR=$here/usr/lib/x/xtables \\\nexec \"$here/usr/sbin/xtables-nft-multi\" iptables \"$@\"\n"
        );
    }
}

//! What the image of the suite holds.

use std::collections::BTreeMap;
use std::process::Stdio;

use anyhow::{Context as _, Result};
use common::env::Env;
use tokio::process::Command;

use super::manifest::Labels;
use super::sbom::Sbom;
use super::{File, authorities, build, shared};
use crate::checkout;

/// The programs of the suite, each in the package of its name.
pub const PROGRAMS: [&str; 5] = [
    "check-consistency",
    "export-cloudwatch",
    "install-monitoring",
    "rotate-credentials",
    "sync-dashboards",
];

/// Where the list of everything that was built in lies.
pub const SBOM: &str = "/usr/share/sbom/monitoring-jobs.cdx.json";

/// The label with that place.
pub const SBOM_LABEL: &str = "monitoring-jobs.toolchain.private/sbom";

/// How the programs are built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Small and static, for production. From nothing it takes ten minutes and more.
    Release,
    /// The same with the list of crates also inside each program, where scanners look for it. Needs
    /// cargo-auditable.
    Auditable,
    /// As tests build them, for clusters on this machine: quick where the tests were built, large, and with
    /// the shared libraries that they need beside them.
    Dev,
}

/// What makes the image, besides what every image has.
#[derive(Debug)]
pub(super) struct Content {
    pub(super) files: Vec<File>,
    pub(super) labels: Labels,
}

/// Builds the programs, and gathers what goes with them. They trust `authority` (PEM) too, which may be
/// empty.
pub(super) async fn content(profile: Profile, authority: &str, env: &Env) -> Result<Content> {
    let built = build::programs(profile, &PROGRAMS, env).await?;
    let mut files = Vec::new();
    for name in PROGRAMS {
        files.push(File::program(&format!("/bin/{name}"), &built.path(name))?);
    }
    if profile == Profile::Dev {
        for name in PROGRAMS {
            files.extend(shared::libraries(&built.path(name)).await?);
        }
    }
    let sbom = Sbom::of(&PROGRAMS, &files, env).await?;
    files.push(File::bytes(SBOM, sbom.json()?)?);
    let trusted = authorities::pem() + authority;
    files.push(File::bytes(authorities::PLACE, trusted)?);
    Ok(Content {
        files,
        labels: labels(revision(env).await),
    })
}

/// What the image says of itself. `revision` is the commit that it was built from.
pub fn labels(revision: Option<String>) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let mut set = |name: &str, value: &str| labels.insert(name.to_owned(), value.to_owned());
    let standard = |name: &str| format!("org.opencontainers.image.{name}");
    set(&standard("title"), "monitoring-jobs");
    set(
        &standard("description"),
        "The scheduled jobs of monitoring operations; the command names the program",
    );
    set(&standard("version"), env!("CARGO_PKG_VERSION"));
    set(&standard("licenses"), env!("CARGO_PKG_LICENSE"));
    set(SBOM_LABEL, SBOM);
    if let Some(revision) = revision {
        set(&standard("revision"), &revision);
    }
    labels
}

/// The commit that is checked out, marked when files differ from it. None where there is no git.
async fn revision(env: &Env) -> Option<String> {
    let commit = git(env, &["rev-parse", "HEAD"]).await?;
    let changes = git(env, &["status", "--porcelain"]).await?;
    let mark = if changes.is_empty() { "" } else { "-dirty" };
    Some(format!("{commit}{mark}"))
}

async fn git(env: &Env, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(checkout::file(""))
        .env_clear()
        .envs(env.get("PATH").map(|path| ("PATH", path)))
        .envs(env.get("HOME").map(|home| ("HOME", home)))
        .env("GIT_OPTIONAL_LOCKS", "0")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .context("starting git")
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::labels;

    #[test]
    fn the_labels_say_what_it_is() {
        let known = labels(Some("0123abc".to_owned()));
        assert_eq!(known["org.opencontainers.image.title"], "monitoring-jobs");
        assert_eq!(known["org.opencontainers.image.licenses"], "Apache-2.0");
        assert_eq!(known["org.opencontainers.image.revision"], "0123abc");
        assert!(!labels(None).contains_key("org.opencontainers.image.revision"));
    }
}

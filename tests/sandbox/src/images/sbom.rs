//! The bill of materials: every crate that is in the programs, as `CycloneDX` 1.6.
//!
//! What counts is cargo's own resolution for exactly these packages on this target, so that crates of
//! tests are not in it. Crates that only take part in the build (procedural macros, build scripts and
//! what they need) are listed with the scope `excluded`. What is linked without being a crate is listed
//! too: Rust's standard library and the C library.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Stdio;

use anyhow::{Context as _, Result, ensure};
use common::env::Env;
use serde_json::{Value, json};
use tokio::process::Command;

use super::build::{TARGET, cargo};
use super::file::Content;
use super::{Digest, File};
use crate::checkout;

mod lock;
mod tree;

use tree::{Crate, Tree};

/// What the programs are made of.
#[derive(Debug)]
pub(super) struct Sbom {
    programs: Vec<Value>,
    crates: BTreeMap<Crate, Facts>,
    needs: BTreeMap<Crate, BTreeSet<Crate>>,
    toolchain: Vec<Value>,
}

#[derive(Debug)]
struct Facts {
    licence: String,
    checksum: Option<String>,
    linked: bool,
}

impl Sbom {
    /// Of the packages called `programs`; those of `files` that lie in `/bin` are listed with their
    /// hashes.
    ///
    /// # Errors
    /// When cargo or the compiler cannot be started, or `Cargo.lock` lacks a crate.
    pub(super) async fn of(programs: &[&str], files: &[File], env: &Env) -> Result<Self> {
        let linked = resolve(programs, "normal,no-proc-macro", env).await?;
        let all = resolve(programs, "normal,build", env).await?;
        let path = checkout::file("Cargo.lock");
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let sums = lock::checksums(&text);
        let mut crates = BTreeMap::new();
        for (package, licence) in &all.licences {
            let Some(checksum) = sums.get(package) else {
                anyhow::bail!("Cargo.lock has no {package}")
            };
            let facts = Facts {
                licence: licence.clone(),
                checksum: checksum.clone(),
                linked: linked.licences.contains_key(package),
            };
            crates.insert(package.clone(), facts);
        }
        Ok(Self {
            programs: files.iter().filter_map(program).collect(),
            crates,
            needs: all.needs,
            toolchain: toolchain(env).await?,
        })
    }

    /// The document. It holds no time and no random number: same programs, same bytes.
    ///
    /// # Errors
    /// None that can be provoked; writing JSON is fallible by type.
    pub(super) fn json(&self) -> Result<Vec<u8>> {
        let crates = self.crates.iter().map(|(package, facts)| {
            let purl = package.purl();
            let mut component = json!({
                "type": "library",
                "bom-ref": purl,
                "name": package.name,
                "version": package.version,
                "scope": if facts.linked { "required" } else { "excluded" },
                "licenses": [{"expression": expression(&facts.licence)}],
                "purl": purl,
            });
            if let (Some(sum), Some(fields)) = (&facts.checksum, component.as_object_mut()) {
                let hashes = json!([{"alg": "SHA-256", "content": sum}]);
                fields.insert("hashes".to_owned(), hashes);
            }
            component
        });
        let components: Vec<Value> = self
            .programs
            .iter()
            .chain(&self.toolchain)
            .cloned()
            .chain(crates)
            .collect();
        let needs = |(package, needed): (&Crate, &BTreeSet<Crate>)| {
            let needed: Vec<String> = needed.iter().map(Crate::purl).collect();
            json!({"ref": package.purl(), "dependsOn": needed})
        };
        let dependencies: Vec<Value> = self.needs.iter().map(needs).collect();
        let document = json!({
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {"component": {
                "type": "container",
                "name": "monitoring-jobs",
                "version": env!("CARGO_PKG_VERSION"),
            }},
            "components": components,
            "dependencies": dependencies,
        });
        serde_json::to_vec(&document).context("writing the bill of materials")
    }
}

/// Crates published before SPDX expressions were asked for write `MIT/Apache-2.0`.
fn expression(licence: &str) -> String {
    licence
        .split('/')
        .map(str::trim)
        .collect::<Vec<_>>()
        .join(" OR ")
}

fn program(file: &File) -> Option<Value> {
    let name = file.path().strip_prefix("bin/")?;
    let Content::Bytes(bytes) = file.content() else {
        return None;
    };
    Some(json!({
        "type": "application",
        "bom-ref": format!("file:/bin/{name}"),
        "name": name,
        "version": env!("CARGO_PKG_VERSION"),
        "hashes": [{"alg": "SHA-256", "content": Digest::of(bytes).digits()}],
    }))
}

async fn resolve(programs: &[&str], edges: &str, env: &Env) -> Result<Tree> {
    let mut command = cargo(env);
    command.args(["tree", "--locked", "--target", TARGET, "--edges", edges]);
    command.args([
        "--prefix",
        "depth",
        "--charset",
        "utf8",
        "--format",
        "\t{p}\t{l}",
    ]);
    for name in programs {
        command.args(["--package", name]);
    }
    tree::read(&output(command).await?)
}

async fn toolchain(env: &Env) -> Result<Vec<Value>> {
    let mut rustc = Command::new(env.get("RUSTC").unwrap_or("rustc"));
    rustc.arg("--version");
    let mut getconf = Command::new("getconf");
    getconf.arg("GNU_LIBC_VERSION");
    let mut components = Vec::new();
    let parts = [
        ("rust-std", "MIT OR Apache-2.0", rustc),
        ("glibc", "LGPL-2.1-or-later", getconf),
    ];
    for (name, licence, mut command) in parts {
        command.stdin(Stdio::null()).kill_on_drop(true);
        let said = output(command).await?;
        // `rustc 1.95.0 (…)`, `glibc 2.36`
        let version = said.split_whitespace().nth(1).unwrap_or_default();
        components.push(json!({
            "type": "library",
            "bom-ref": format!("pkg:generic/{name}@{version}"),
            "name": name,
            "version": version,
            "scope": "required",
            "licenses": [{"expression": licence}],
            "purl": format!("pkg:generic/{name}@{version}"),
        }));
    }
    Ok(components)
}

async fn output(mut command: Command) -> Result<String> {
    let shown = command.as_std().get_program().display().to_string();
    let output = command.output().await;
    let output = output.with_context(|| format!("starting {shown}"))?;
    ensure!(
        output.status.success(),
        "{shown} ended with {}:\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

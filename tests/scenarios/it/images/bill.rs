//! The bill of materials, against what cargo says another way.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use anyhow::{Context as _, Result};
use sandbox::checkout;
use sandbox::images::PROGRAMS;
use serde_json::Value;

/// Crates of the workspace's tests that no program may have: had they got in, tests would be part of it.
const OF_TESTS: [&str; 6] = [
    "proptest",
    "insta",
    "escargot",
    "sandbox",
    "scenarios",
    "rcgen",
];

/// The bill names each crate that is linked or takes part in the build, and nothing of the tests.
pub(super) fn names_every_crate(bill: &Value) -> Result<()> {
    assert_eq!(bill["bomFormat"], "CycloneDX");
    let components = bill["components"].as_array().context("components")?;
    let mut by_scope: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for component in components {
        let text = |key: &str| component[key].as_str().unwrap_or_default();
        if !text("purl").starts_with("pkg:cargo/") {
            continue;
        }
        let shown = format!("{} v{}", text("name"), text("version"));
        by_scope.entry(text("scope")).or_default().insert(shown);
        assert!(
            component["licenses"][0]["expression"].is_string(),
            "{component}"
        );
        // Ours come from the checkout; all others from a registry that vouches for their bytes.
        let ours = text("version") == env!("CARGO_PKG_VERSION") && component["hashes"].is_null();
        let sum = component["hashes"][0]["content"]
            .as_str()
            .unwrap_or_default();
        assert!(ours || sum.len() == 64, "{component}");
    }
    let linked = tree("normal,no-proc-macro")?;
    let all = tree("normal,build")?;
    assert!(linked.len() > 150, "{}", linked.len());
    assert_eq!(by_scope["required"], linked);
    assert_eq!(&by_scope["required"] | &by_scope["excluded"], all);
    assert!(by_scope["required"].is_disjoint(&by_scope["excluded"]));
    for name in OF_TESTS {
        let start = format!("{name} v");
        assert!(!all.iter().any(|it| it.starts_with(&start)), "{name}");
    }

    let named = |name: &str| components.iter().find(|it| it["name"] == name);
    for name in ["rust-std", "glibc"] {
        let version = named(name)
            .map(|it| it["version"].clone())
            .unwrap_or_default();
        assert!(
            version.as_str().is_some_and(|it| it.contains('.')),
            "{name}: {version}"
        );
    }
    for name in PROGRAMS {
        let program = components
            .iter()
            .find(|it| it["type"] == "application" && it["name"] == name);
        let sum = program.and_then(|it| it["hashes"][0]["content"].as_str());
        assert_eq!(sum.map(str::len), Some(64), "{name}");
    }
    Ok(())
}

/// The crates below the programs, as `cargo tree` lists them for people.
fn tree(edges: &str) -> Result<BTreeSet<String>> {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["tree", "--locked", "--prefix", "none", "--edges", edges])
        .current_dir(checkout::file(""));
    for name in PROGRAMS {
        command.args(["--package", name]);
    }
    let output = command.output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout)?;
    let lines = text.lines().filter(|line| !line.is_empty());
    Ok(lines
        .map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" "))
        .collect())
}

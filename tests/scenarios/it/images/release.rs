//! `RELEASE.md` and the workflow call `cargo image` by flags that it has.

use anyhow::{Context as _, Result};
use clap::Parser as _;
use sandbox::checkout;
use sandbox::images::command::Arguments;

const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Every `cargo image …` of a text, as words; lines that end in a backslash go on.
fn calls(text: &str) -> Vec<Vec<String>> {
    let joined = text.replace("\\\n", " ");
    let lines = joined.lines().map(str::trim);
    lines
        .filter(|line| line.starts_with("cargo image "))
        .map(|line| {
            let line = line.split(" | ").next().unwrap_or_default();
            let line = line
                .replace("sha256:DIGEST", DIGEST)
                .replace("$DIGEST", DIGEST);
            let words = line
                .split_whitespace()
                .map(|word| word.trim_matches('"').to_owned());
            words.skip(1).collect()
        })
        .collect()
}

#[test]
fn every_call_is_understood() -> Result<()> {
    for (path, expected) in [
        ("k8s/images/RELEASE.md", 2),
        (".github/workflows/release.yaml", 2),
    ] {
        let text = std::fs::read_to_string(checkout::file(path)).context(path)?;
        let calls = calls(&text);
        assert_eq!(calls.len(), expected, "{path}: {calls:?}");
        for call in calls {
            let parsed = Arguments::try_parse_from(&call);
            assert!(parsed.is_ok(), "{path}: {}", parsed.unwrap_err());
        }
    }
    Ok(())
}

#[test]
fn a_flag_that_does_not_exist_is_found() {
    let calls = calls("cargo image --tag \\\n  v1 | tee report\n");
    assert_eq!(calls, [["image", "--tag", "v1"]]);
    assert!(Arguments::try_parse_from(&calls[0]).is_err());
}

//! promtool's verdict on rules, by unit tests.

use std::fs;

use anyhow::{Result, ensure};
use sandbox::servers::Promtool;
use tempfile::TempDir;

/// Whether these rules, in a file of that name, pass these unit tests.
pub(super) async fn passes(
    promtool: &Promtool,
    name: &str,
    rules: &str,
    tests: &str,
) -> Result<bool> {
    let directory = TempDir::new()?;
    fs::write(directory.path().join(name), rules)?;
    let file = directory.path().join("test.yaml");
    fs::write(&file, tests)?;
    let Err(error) = promtool.test_rules(&file).await else {
        return Ok(true);
    };
    // A verdict on the rules, and not on a file that cannot be read.
    let text = error.to_string();
    ensure!(text.contains("got:"), "{text}");
    Ok(false)
}

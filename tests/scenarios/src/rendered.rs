//! Files that are committed as something renders them.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use sandbox::checkout;

/// Setting this has them written anew.
pub const UPDATE: &str = "UPDATE_RENDERED";

/// Whether they are to be written anew.
pub fn is_renewed() -> bool {
    std::env::var_os(UPDATE).is_some()
}

/// Compares the file at `path` in the checkout with what is rendered now. With [`UPDATE`] it is written first.
///
/// # Errors
/// When they differ; the text has the first line that does.
pub fn compare(path: &str, rendered: &str) -> Result<()> {
    let file = checkout::file(path);
    if is_renewed() {
        fs::write(&file, rendered).with_context(|| format!("writing {path}"))?;
    }
    let committed = fs::read_to_string(&file).with_context(|| format!("reading {path}"))?;
    let mut lines = committed.lines().zip(rendered.lines());
    let line = lines.find(|(old, new)| old != new);
    ensure!(
        committed == rendered,
        "{path} is out of date (run this test with {UPDATE}=1); first difference: {line:?}"
    );
    Ok(())
}

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
    same(path, &committed, rendered)
}

fn same(path: &str, committed: &str, rendered: &str) -> Result<()> {
    let mut lines = committed.lines().zip(rendered.lines());
    let line = lines.find(|(old, new)| old != new);
    ensure!(
        committed == rendered,
        "{path} is out of date (run this test with {UPDATE}=1); first difference: {line:?}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn another_text_is_told_with_its_first_other_line() {
        let committed = "a: 1\nb: 2\n";
        same("x.yaml", committed, committed).unwrap();
        let told = |rendered: &str| {
            let error = same("x.yaml", committed, rendered).unwrap_err();
            error.to_string()
        };
        let other = told("a: 1\nb: 3\n");
        assert!(other.starts_with("x.yaml is out of date"), "{other}");
        assert!(other.ends_with(r#"Some(("b: 2", "b: 3"))"#), "{other}");
        // One that ends before the other has no such line.
        for shorter in ["a: 1\n", "a: 1\nb: 2", ""] {
            assert!(told(shorter).ends_with("None"), "{shorter:?}");
        }
    }
}

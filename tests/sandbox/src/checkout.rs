//! Where the project's own files are.

use std::path::{Path, PathBuf};

/// A file of the project, by its path from the top.
pub fn file(path: &str) -> PathBuf {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    top.unwrap_or_else(|| Path::new(".")).join(path)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_top_holds_the_readme() {
        assert!(super::file("README.md").is_file());
    }
}

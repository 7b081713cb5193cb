//! What lies in an image.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

/// A file or a directory of an image. Everything belongs to root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    path: String,
    mode: u32,
    content: Content,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    Bytes(Vec<u8>),
    Directory,
}

impl File {
    /// A program: what `source` holds now, at `path`, for everyone to execute.
    ///
    /// # Errors
    /// When `path` is not absolute and plain, or `source` cannot be read.
    pub fn program(path: &str, source: &Path) -> Result<Self> {
        Self::copy(path, 0o755, source)
    }

    /// What `source` holds now, at `path`, for everyone to read.
    ///
    /// # Errors
    /// When `path` is not absolute and plain, or `source` cannot be read.
    pub fn of(path: &str, source: &Path) -> Result<Self> {
        Self::copy(path, 0o644, source)
    }

    /// These bytes at `path`, for everyone to read.
    ///
    /// # Errors
    /// When `path` is not absolute and plain.
    pub fn bytes(path: &str, bytes: impl Into<Vec<u8>>) -> Result<Self> {
        Self::new(path, 0o644, Content::Bytes(bytes.into()))
    }

    /// A directory with these rights, of which only the lowest twelve bits count. Parents of files need
    /// not be named.
    ///
    /// # Errors
    /// When `path` is not absolute and plain.
    pub fn directory(path: &str, mode: u32) -> Result<Self> {
        Self::new(path, mode & 0o7777, Content::Directory)
    }

    fn copy(path: &str, mode: u32, source: &Path) -> Result<Self> {
        let bytes = fs::read(source).with_context(|| format!("reading {}", source.display()))?;
        Self::new(path, mode, Content::Bytes(bytes))
    }

    fn new(path: &str, mode: u32, content: Content) -> Result<Self> {
        let inner = path.strip_prefix('/').unwrap_or_default();
        let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\0');
        ensure!(
            inner.split('/').all(plain),
            "`{path}` is no place in an image; one is like `/bin/prometheus`"
        );
        Ok(Self {
            path: inner.to_owned(),
            mode,
            content,
        })
    }

    /// Without the leading slash.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn mode(&self) -> u32 {
        self.mode
    }

    pub(super) fn content(&self) -> &Content {
        &self.content
    }
}

#[cfg(test)]
mod tests {
    use super::File;

    #[test]
    fn places_are_absolute_and_plain() {
        assert!(File::bytes("/etc/app/app.yaml", "a: 1").is_ok());
        for path in [
            "",
            "/",
            "bin/app",
            "/bin/",
            "/bin//app",
            "/bin/../app",
            "/./app",
        ] {
            let error = File::bytes(path, "").unwrap_err().to_string();
            assert!(error.contains("is no place in an image"), "{path}: {error}");
        }
    }

    #[test]
    fn a_file_that_is_missing_is_named() {
        let missing = std::path::Path::new("/nowhere/app");
        let error = File::program("/bin/app", missing).unwrap_err();
        assert_eq!(error.to_string(), "reading /nowhere/app");
    }
}

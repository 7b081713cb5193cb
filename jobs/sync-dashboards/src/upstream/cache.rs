//! Keeps what was fetched: `<cache>/<sha256>` holds bytes, `<cache>/etags.json` what each URL gave last.
//!
//! Nothing in it is trusted: bytes count only if they have the digest that they are named after. Whatever
//! is wrong with it is told and then as if it were not there; it never fails a run.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::local::read_file;
use crate::digest::Digest;

const INDEX: &str = "etags.json";

/// The largest index that is read, in bytes.
const INDEX_LIMIT: usize = 1 << 20;

/// A directory of files, or none.
#[derive(Debug)]
pub(super) struct Cache<'a> {
    path: Option<&'a Path>,
    /// The largest file that is read, in bytes.
    limit: usize,
}

/// What a URL gave last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    etag: Option<String>,
    sha256: Digest,
}

impl<'a> Cache<'a> {
    pub(super) fn new(path: Option<&'a Path>, limit: usize) -> Self {
        Self { path, limit }
    }

    /// For people.
    pub(super) fn shown(&self) -> String {
        let path = self.path.map(|path| path.display().to_string());
        format!("the cache {}", path.unwrap_or_default())
    }

    /// The bytes of that digest.
    pub(super) fn get(&self, sha256: &Digest) -> Option<Vec<u8>> {
        let path = self.path?.join(sha256.to_string());
        let bytes = match read_file(&path, self.limit) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
            Err(error) => {
                warn(&path, &error);
                return None;
            }
        };
        if Digest::of(&bytes) == *sha256 {
            return Some(bytes);
        }
        tracing::warn!("{}: is damaged, and fetched anew", path.display());
        None
    }

    /// What that URL gave last: its `ETag`, and the bytes if they are still whole.
    pub(super) fn known(&self, url: &str) -> Option<(String, Vec<u8>)> {
        let entry = self.index().remove(url)?;
        let bytes = self.get(&entry.sha256)?;
        Some((entry.etag?, bytes))
    }

    /// Keeps what that URL gave, and forgets what it gave before.
    pub(super) fn put(&self, url: &str, etag: Option<String>, bytes: &[u8]) {
        let Some(path) = self.path else {
            return;
        };
        if let Err(error) = self.write(path, url, etag, bytes) {
            warn(path, &error);
        }
    }

    fn write(&self, path: &Path, url: &str, etag: Option<String>, bytes: &[u8]) -> io::Result<()> {
        fs::create_dir_all(path)?;
        let sha256 = Digest::of(bytes);
        if self.get(&sha256).is_none() {
            replace(path, &sha256.to_string(), bytes)?;
        }
        let mut index = self.index();
        let before = index.insert(url.to_owned(), Entry { etag, sha256 });
        let text = serde_json::to_vec_pretty(&index)?;
        replace(path, INDEX, &text)?;
        let lost = before.filter(|before| index.values().all(|it| it.sha256 != before.sha256));
        match lost.map(|before| fs::remove_file(path.join(before.sha256.to_string()))) {
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => Err(error),
            Some(_) | None => Ok(()),
        }
    }

    fn index(&self) -> BTreeMap<String, Entry> {
        let Some(path) = self.path.map(|path| path.join(INDEX)) else {
            return BTreeMap::new();
        };
        let text = match read_file(&path, INDEX_LIMIT) {
            Ok(text) => text,
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    warn(&path, &error);
                }
                return BTreeMap::new();
            }
        };
        serde_json::from_slice(&text).unwrap_or_else(|_| {
            tracing::warn!("{}: is damaged, and written anew", path.display());
            BTreeMap::new()
        })
    }
}

fn warn(path: &Path, error: &io::Error) {
    tracing::warn!("{}: the cache is not used: {error}", path.display());
}

/// Whole or not at all.
fn replace(directory: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(bytes)?;
    let target: PathBuf = directory.join(name);
    file.persist(target).map_err(|error| error.error)?;
    Ok(())
}

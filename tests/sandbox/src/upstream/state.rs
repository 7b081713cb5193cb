//! What an upstream holds and remembers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::body::Bytes;

use super::{Fault, Options};

/// A request that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Such as `GET`.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// Whether it had an `If-None-Match`.
    pub conditional: bool,
    /// Whether it had an `Authorization`.
    pub authorized: bool,
    /// The status of the answer; 0 when there was none.
    pub status: u16,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) options: Options,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
pub(super) struct Inner {
    /// Commits by reference; every commit is one as well.
    pub(super) references: BTreeMap<String, String>,
    /// Contents by commit and path.
    pub(super) files: BTreeMap<(String, String), Bytes>,
    pub(super) queued: VecDeque<Fault>,
    pub(super) standing: Option<Fault>,
    pub(super) seen: Vec<Seen>,
    /// Requests to the API that counted.
    pub(super) used: u32,
}

impl State {
    pub(super) fn new(options: Options) -> Self {
        Self {
            options,
            inner: Mutex::default(),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    pub(super) fn fault(&mut self) -> Option<Fault> {
        self.queued.pop_front().or_else(|| self.standing.clone())
    }

    pub(super) fn commit(&self, reference: &str) -> Option<&str> {
        let plain = ["refs/heads/", "refs/tags/"]
            .iter()
            .find_map(|prefix| reference.strip_prefix(prefix))
            .unwrap_or(reference);
        self.references.get(plain).map(String::as_str)
    }

    pub(super) fn file(&self, reference: &str, path: &str) -> Option<&Bytes> {
        let commit = self.commit(reference)?;
        self.files.get(&(commit.to_owned(), path.to_owned()))
    }

    /// The file at `REFERENCE/PATH`, where a reference may have slashes of its own.
    pub(super) fn file_at(&self, rest: &str) -> Option<&Bytes> {
        rest.match_indices('/').find_map(|(at, _)| {
            let (reference, path) = rest.split_at_checked(at)?;
            self.file(reference, path.trim_start_matches('/'))
        })
    }
}

//! Fetches the pinned file: from the cache, or from the first origin that has its bytes.
//!
//! Bytes are taken for what their digest says, never for where they come from; that is why mirrors need no
//! trust. What an origin sends is bounded in time, size and ratio, and an answer that cannot be the file (a
//! web page, an empty or a cut-off body) is refused before anybody reads it. [`Http`] makes the requests.

mod address;
mod body;
mod cache;
mod failure;
mod fetch;
mod http;
mod local;
mod resolve;
mod retry;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;

use crate::digest::{BlobId, Digest};
use crate::pin::Place;

pub use fetch::{current, pinned};
pub use http::Http;
pub use resolve::resolve;

/// The wanted file, and where it can be had.
#[derive(Debug, Clone)]
pub struct Source {
    /// Which file of which repository.
    pub place: Place,
    /// Where to ask, in this order.
    pub from: Vec<Origin>,
    /// A directory that keeps what was fetched.
    pub cache: Option<PathBuf>,
    /// How long and how much.
    pub limits: Limits,
    /// Certificates of authorities that are trusted besides the system's, in PEM.
    pub extra_ca: Option<PathBuf>,
}

/// A place that may have the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// GitHub's host for raw files: `BASE/REPOSITORY/REF/PATH`.
    GithubRaw {
        /// Such as `https://raw.githubusercontent.com`.
        base: Url,
    },
    /// GitHub's API: `BASE/repos/REPOSITORY/contents/PATH?ref=REF`, with the token in `GITHUB_TOKEN` if set.
    GithubApi {
        /// Such as `https://api.github.com`.
        base: Url,
    },
    /// Any other server.
    Mirror {
        /// A URL in which `{repository}`, `{ref}` and `{path}` are filled in, if they are there.
        template: String,
    },
    /// The file itself.
    File {
        /// Where it is.
        path: PathBuf,
    },
    /// A directory with the file at its path in the repository, or directly in it.
    Directory {
        /// Where it is.
        path: PathBuf,
    },
    /// A clone on this machine, bare or not.
    Git {
        /// Where it is.
        path: PathBuf,
    },
}

/// How long and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until a connection stands.
    pub connect: Duration,
    /// Until the last byte of one answer, redirects included; also of git's.
    pub total: Duration,
    /// The largest file in bytes, decompressed.
    pub body: usize,
    /// How many times larger than what was sent it may be, once it is larger than 1 MiB.
    pub ratio: usize,
    /// Redirects that are followed.
    pub redirects: usize,
    /// Tries at one origin, the first included.
    pub tries: u32,
    /// No try begins later than this after the first one at the first origin.
    pub retry_budget: Duration,
    /// The shortest pause between two tries.
    pub shortest_pause: Duration,
    /// The longest pause that chance chooses; a server may ask for a longer one.
    pub longest_pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            total: Duration::from_mins(1),
            body: 16 << 20,
            ratio: 100,
            redirects: 3,
            tries: 4,
            retry_budget: Duration::from_secs(90),
            shortest_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
        }
    }
}

/// The file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Their digest.
    pub sha256: Digest,
    /// Their id in git.
    pub blob: BlobId,
    /// Where they come from, for people. It holds no user name and no password.
    pub origin: String,
    /// In which way.
    pub how: How,
    /// Whether its origin knows references: a plain file holds one version, whatever is asked for.
    pub exact: bool,
    /// What else was tried, and with which result: one line each.
    pub notes: Vec<String>,
}

/// In which way the file was had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Read from its origin.
    Fresh,
    /// In the cache, and its origin says that it is still the same.
    NotModified,
    /// In the cache, and no origin has said anything about it.
    Cached,
}

impl Fetched {
    fn new(bytes: Vec<u8>, origin: String, how: How, notes: Vec<String>) -> Self {
        Self {
            sha256: Digest::of(&bytes),
            blob: BlobId::of(&bytes),
            bytes,
            origin,
            how,
            exact: true,
            notes,
        }
    }
}

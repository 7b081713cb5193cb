//! Listings that earlier runs have left, and how many pages listings had.
//!
//! A scheduled run starts with an empty memory, so this lies in a directory of its own. It may be
//! deleted at any time and is never needed: a file that is damaged, foreign or unreadable is a cold
//! start with a warning. What is kept of a listing is what the rules behind it can use, each entry
//! with the kinds of metric that it was cut down to; a changed rule finds no entry made for it and
//! lists anew, and rules that did not change stay warm.

mod directory;
mod format;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use self::format::{FormatError, checksum};
use super::listed::Listed;
use super::listing::{Need, Pages, Request};
use crate::config::RuleNumber;

/// How long a page count is believed. Then a listing that was too large is tried again.
const PAGES_BELIEVED: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Remembered listings of one account and region.
#[derive(Debug, Default)]
pub struct Cache {
    /// Where it is saved; nowhere, if the run has no cache directory.
    file: Option<PathBuf>,
    /// Its SHA-256: the scope itself can hold the id of an access key.
    scope: String,
    memory: Memory,
    /// Rules that this run serves from each listing.
    users: BTreeMap<Request, BTreeSet<RuleNumber>>,
}

/// What is written to disk.
#[derive(Debug, Default, PartialEq, Eq)]
struct Memory {
    listings: BTreeMap<Request, Remembered>,
    pages: BTreeMap<Request, (Pages, Timestamp)>,
}

#[derive(Debug, PartialEq, Eq)]
struct Remembered {
    listed: Arc<Listed>,
    /// When no rule would use it any more.
    expires_at: Timestamp,
}

/// Why a cache could not be read or written. The run goes on without.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The file system refused.
    #[error("{what} the listing cache `{}`", file.display())]
    Io {
        /// `reading` or `writing`.
        what: &'static str,
        /// Where.
        file: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is damaged, or another version or another program wrote it.
    #[error("reading the listing cache `{}`", file.display())]
    Unusable {
        /// Where.
        file: PathBuf,
        /// Why.
        #[source]
        source: FormatError,
    },
}

impl Cache {
    /// A cache that begins empty and is not saved.
    pub fn none() -> Self {
        Self::default()
    }

    /// Reads what is remembered in `directory` for `scope`: whatever tells one account, region and
    /// endpoint from another. Scopes do not disturb each other.
    ///
    /// An unusable file makes an empty cache and an error to be shown as a warning; it will be
    /// replaced. A missing one is normal.
    pub fn load(directory: &Path, scope: &str) -> (Self, Option<CacheError>) {
        let scope = checksum(scope.as_bytes());
        let file = directory.join(directory::file_name(&scope));
        let (memory, error) = match fs::read(&file).map(|text| format::read(&text, &scope)) {
            Ok(Ok(memory)) => (memory, None),
            Ok(Err(source)) => {
                let file = file.clone();
                (
                    Memory::default(),
                    Some(CacheError::Unusable { file, source }),
                )
            }
            Err(source) if source.kind() == io::ErrorKind::NotFound => (Memory::default(), None),
            Err(source) => {
                let file = file.clone();
                (
                    Memory::default(),
                    Some(CacheError::Io {
                        what: "reading",
                        file,
                        source,
                    }),
                )
            }
        };
        (
            Self {
                file: Some(file),
                scope,
                memory,
                users: BTreeMap::new(),
            },
            error,
        )
    }

    /// The remembered listing that serves `need`, if one is younger than the rule allows.
    pub fn fresh(&self, need: &Need, ttl_seconds: u32, now: Timestamp) -> Option<&Request> {
        let ttl = SignedDuration::from_secs(ttl_seconds.into());
        let candidates = self
            .memory
            .listings
            .values()
            .map(|remembered| &remembered.listed);
        candidates
            .filter(|listed| {
                let age = now.duration_since(listed.fetched_at);
                !age.is_negative() && age < ttl && listed.request.covers(need)
            })
            // The newest, so that rules of one namespace agree on what exists.
            .filter(|listed| listed.shape(need).is_some())
            .max_by_key(|listed| listed.fetched_at)
            .map(|listed| &listed.request)
    }

    /// How many pages a listing had.
    pub fn pages(&self, request: &Request) -> Option<Pages> {
        self.memory.pages.get(request).map(|(pages, _)| *pages)
    }

    /// A remembered listing, for a rule that is served from it.
    pub(super) fn serve(&mut self, request: &Request, rule: RuleNumber) -> Option<Arc<Listed>> {
        let listed = Arc::clone(&self.memory.listings.get(request)?.listed);
        self.users.entry(request.clone()).or_default().insert(rule);
        Some(listed)
    }

    /// Remembers the size of a listing, and the listing itself for the longest time that one of its
    /// rules allows. Kinds of metric of which nothing was found are not remembered: what appears
    /// next must be seen at once.
    pub(super) fn remember(
        &mut self,
        listed: &Arc<Listed>,
        ttl_seconds: u32,
        rules: &[RuleNumber],
    ) {
        let pages = (Pages::Exactly(listed.pages), listed.fetched_at);
        self.memory.pages.insert(listed.request.clone(), pages);
        if self.file.is_none() || ttl_seconds == 0 {
            return;
        }
        let ttl = SignedDuration::from_secs(ttl_seconds.into());
        let Ok(expires_at) = listed.fetched_at.checked_add(ttl) else {
            return;
        };
        let listed = listed.without_empty_shapes();
        if !listed.shapes.is_empty() {
            self.users
                .insert(listed.request.clone(), rules.iter().copied().collect());
            self.memory
                .listings
                .insert(listed.request.clone(), Remembered { listed, expires_at });
        }
    }

    /// Remembers that a listing was given up after its first page.
    pub(super) fn remember_overflow(&mut self, request: Request, now: Timestamp) {
        self.memory.pages.insert(request, (Pages::MoreThanOne, now));
    }

    /// Forgets the listings that served this run and of whose rules none got a datapoint, so that
    /// the next run lists anew whatever the time to live says.
    pub fn refresh_early(&mut self, silent: &BTreeSet<RuleNumber>) {
        for (request, rules) in &self.users {
            if !rules.is_empty() && rules.is_subset(silent) {
                self.memory.listings.remove(request);
            }
        }
    }

    /// Writes what is still of use, in the place of what was there. Nothing happens without a
    /// cache directory; the directory is made if it is missing. Files of scopes that nobody has
    /// written for two weeks are removed.
    pub fn save(&mut self, now: Timestamp) -> Result<(), CacheError> {
        let Some(file) = &self.file else {
            return Ok(());
        };
        self.memory
            .listings
            .retain(|_, remembered| now < remembered.expires_at);
        self.memory
            .pages
            .retain(|_, (_, at)| now.duration_since(*at) < PAGES_BELIEVED);
        let text = format::write(&self.memory, &self.scope);
        directory::replace(file, &text).map_err(|source| CacheError::Io {
            what: "writing",
            file: file.clone(),
            source,
        })?;
        directory::sweep(file);
        Ok(())
    }
}

#[cfg(test)]
mod tests;

//! Which origin gives the file: the cache, or the first one that has the wanted bytes.

use common::cancel::Cancellation;
use common::trouble::Trouble;
use tokio::time::Instant;

use super::address::{self, Address};
use super::cache::Cache;
use super::failure::{End, Failure, Tried, stopped, sum};
use super::http::Answer;
use super::{Fetched, How, Http, Origin, Source, local, retry};
use crate::digest::Digest;
use crate::pin::{Pin, Reference};

/// The pinned bytes. With a full commit the cache is enough and nobody is asked. A tag or a branch is
/// looked at, and the cache serves only if no origin has said that it now holds something else.
///
/// # Errors
/// When no origin has the pinned bytes and the cache cannot stand in, or the run is told to stop.
pub async fn pinned(
    source: &Source,
    pin: &Pin,
    http: &Http,
    cancel: &Cancellation,
) -> Result<Fetched, Trouble> {
    let search = Search::new(source, &pin.reference, http, cancel);
    let cached = search.cache.get(&pin.sha256);
    let from_cache = |bytes, notes| Fetched::new(bytes, search.cache.shown(), How::Cached, notes);
    let cached = match cached {
        Some(bytes) if pin.reference.commit().is_some() => {
            return Ok(from_cache(bytes, Vec::new()));
        }
        cached => cached,
    };
    let mut tried = Vec::new();
    for origin in &source.from {
        match search.ask(origin, Some(&pin.sha256)).await? {
            Ok(found) => return Ok(found.with_notes(tried.iter().map(Tried::note).collect())),
            Err(end) => tried.push(end),
        }
    }
    match cached {
        Some(bytes) if !tried.iter().all(Tried::is_definite) || tried.is_empty() => {
            let mut notes: Vec<_> = tried.iter().map(Tried::note).collect();
            notes.push(
                "no source has given the pinned file: the copy in the cache is used".to_owned(),
            );
            Ok(from_cache(bytes, notes))
        }
        Some(_) | None => Err(sum(&tried, Some(&pin.sha256))),
    }
}

/// Whatever the reference holds now. Origins that know references are asked before those that hold one
/// file whatever is asked for.
///
/// # Errors
/// When no origin has it, or the run is told to stop.
pub async fn current(
    source: &Source,
    reference: &Reference,
    http: &Http,
    cancel: &Cancellation,
) -> Result<Fetched, Trouble> {
    let search = Search::new(source, reference, http, cancel);
    let mut origins: Vec<_> = source.from.iter().collect();
    origins.sort_by_key(|origin| !knows_references(origin));
    let mut tried: Vec<Tried> = Vec::new();
    for origin in origins {
        match search.ask(origin, None).await? {
            Ok(found) => {
                let mut notes: Vec<_> = tried.iter().map(Tried::note).collect();
                if !knows_references(origin) {
                    let at = &found.origin;
                    notes.push(format!(
                        "{at}: holds one version, which may not be `{reference}`"
                    ));
                }
                return Ok(Fetched {
                    exact: knows_references(origin),
                    ..found.with_notes(notes)
                });
            }
            Err(end) => tried.push(end),
        }
    }
    Err(sum(&tried, None))
}

fn knows_references(origin: &Origin) -> bool {
    match origin {
        Origin::GithubRaw { .. } | Origin::GithubApi { .. } | Origin::Git { .. } => true,
        Origin::Mirror { template } => template.contains("{ref}"),
        Origin::File { .. } | Origin::Directory { .. } => false,
    }
}

struct Search<'a> {
    source: &'a Source,
    reference: &'a Reference,
    http: &'a Http,
    cancel: &'a Cancellation,
    cache: Cache<'a>,
    begun: Instant,
}

impl<'a> Search<'a> {
    fn new(
        source: &'a Source,
        reference: &'a Reference,
        http: &'a Http,
        cancel: &'a Cancellation,
    ) -> Self {
        Self {
            source,
            reference,
            http,
            cancel,
            cache: Cache::new(source.cache.as_deref(), source.limits.body),
            begun: Instant::now(),
        }
    }

    /// Asks one origin. Bytes of another digest than the wanted one are no success.
    async fn ask(
        &self,
        origin: &Origin,
        want: Option<&Digest>,
    ) -> Result<Result<Fetched, Tried>, Trouble> {
        let shown = self.shown(origin);
        let outcome = match address::of_file(origin, &self.source.place, self.reference) {
            Some(Ok(to)) => self.ask_server(&to, want).await?,
            Some(Err(failure)) => Err(failure),
            None => {
                let reading = self.cancel.bound(Box::pin(self.read(origin))).await;
                let bytes = reading.ok_or_else(|| stopped(self.cancel))?;
                bytes.map(|bytes| (bytes, How::Fresh))
            }
        };
        let tried = |end| Tried {
            origin: shown.clone(),
            end,
        };
        Ok(match outcome {
            Ok((bytes, how)) => {
                let found = Fetched::new(bytes, shown.clone(), how, Vec::new());
                match want {
                    Some(want) if found.sha256 != *want => Err(tried(End::Differs(found.sha256))),
                    Some(_) | None => Ok(found),
                }
            }
            Err(failure) => Err(tried(End::Failed(failure))),
        })
    }

    async fn ask_server(
        &self,
        to: &Address,
        want: Option<&Digest>,
    ) -> Result<Result<(Vec<u8>, How), Failure>, Trouble> {
        let key = to.shown();
        // Only whole bytes, and only the wanted ones, make a condition: otherwise 304 would be no answer.
        let known = self.cache.known(&key);
        let known = known.filter(|(_, bytes)| want.is_none_or(|want| Digest::of(bytes) == *want));
        let etag = known.as_ref().map(|(etag, _)| etag.as_str());
        let ask = async || self.http.get(to, etag).await;
        let answer = retry::persist(self.source.limits, self.begun, self.cancel, ask).await?;
        Ok(match (answer, known) {
            (Ok(Answer::File { bytes, etag }), _) => {
                // What a pin does not want would push out what it does.
                if want.is_none_or(|want| Digest::of(&bytes) == *want) {
                    self.cache.put(&key, etag, &bytes);
                }
                Ok((bytes, How::Fresh))
            }
            (Ok(Answer::NotModified), Some((_, bytes))) => Ok((bytes, How::NotModified)),
            (Ok(Answer::NotModified), None) => Err(Failure::not_the_file("answers 304 unasked")),
            (Err(failure), _) => Err(failure),
        })
    }

    async fn read(&self, origin: &Origin) -> Result<Vec<u8>, Failure> {
        let (place, limits) = (&self.source.place, self.source.limits);
        match origin {
            Origin::File { path } => local::file(path, limits),
            Origin::Directory { path } => local::directory(path, place, limits),
            Origin::Git { path } => {
                local::git_file(path, place, self.reference, self.http, limits).await
            }
            Origin::GithubRaw { .. } | Origin::GithubApi { .. } | Origin::Mirror { .. } => {
                Err(Failure::not_the_file("is not on this machine"))
            }
        }
    }

    fn shown(&self, origin: &Origin) -> String {
        match origin {
            Origin::File { path } | Origin::Directory { path } => path.display().to_string(),
            Origin::Git { path } => format!("{} (git)", path.display()),
            Origin::GithubRaw { .. } | Origin::GithubApi { .. } | Origin::Mirror { .. } => {
                match address::of_file(origin, &self.source.place, self.reference) {
                    Some(Ok(to)) => to.shown(),
                    Some(Err(_)) | None => "an origin".to_owned(),
                }
            }
        }
    }
}

impl Fetched {
    fn with_notes(self, notes: Vec<String>) -> Self {
        Self { notes, ..self }
    }
}

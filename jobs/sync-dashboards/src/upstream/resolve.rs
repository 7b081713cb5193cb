//! The commit behind a tag or a branch.

use std::path::Path;

use common::cancel::Cancellation;
use common::trouble::Trouble;
use tokio::time::Instant;

use super::failure::{Failure, stopped};
use super::http::Answer;
use super::{Http, Origin, Source, address, local, retry};
use crate::pin::{Commit, Reference};

/// The commit behind a reference; `None` when no origin can tell. Only GitHub's API and clones can; why one
/// of them does not is logged, since what it means shows when the file is fetched.
///
/// # Errors
/// When the run is told to stop.
pub async fn resolve(
    source: &Source,
    reference: &Reference,
    http: &Http,
    cancel: &Cancellation,
) -> Result<Option<Commit>, Trouble> {
    if let Some(commit) = reference.commit() {
        return Ok(Some(commit));
    }
    let begun = Instant::now();
    for origin in &source.from {
        let told = match origin {
            Origin::GithubApi { base } => {
                match address::of_commit(base, &source.place, reference) {
                    Ok(to) => {
                        let ask = async || http.get(&to, None).await;
                        let told = retry::persist(source.limits, begun, cancel, ask).await?;
                        told.and_then(|answer| match answer {
                            Answer::File { bytes, .. } => Ok(bytes),
                            Answer::NotModified => {
                                Err(Failure::not_the_file("answers 304 unasked"))
                            }
                        })
                    }
                    Err(failure) => Err(failure),
                }
            }
            Origin::Git { path } => {
                let asking = git(path, reference, http, source);
                let told = cancel.bound(Box::pin(asking)).await;
                told.ok_or_else(|| stopped(cancel))?
            }
            Origin::GithubRaw { .. }
            | Origin::Mirror { .. }
            | Origin::File { .. }
            | Origin::Directory { .. } => continue,
        };
        match told.and_then(|bytes| commit(&bytes)) {
            Ok(commit) => return Ok(Some(commit)),
            Err(failure) => tracing::warn!("the commit of `{reference}`: {}", failure.text),
        }
    }
    Ok(None)
}

async fn git(
    path: &Path,
    reference: &Reference,
    http: &Http,
    source: &Source,
) -> Result<Vec<u8>, Failure> {
    let object = format!("{reference}^{{commit}}");
    let args = ["rev-parse", "--verify", "--end-of-options", &object];
    local::git(path, &args, http, source.limits).await
}

fn commit(bytes: &[u8]) -> Result<Commit, Failure> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let commit = text.trim().parse();
    commit.map_err(|_| Failure::not_the_file("answers with something else than a commit's id"))
}

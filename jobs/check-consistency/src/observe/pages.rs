//! One family in one cluster, page by page.
//!
//! A page is made into digests on another thread while the next one is under way: that is how the
//! second core is used. A list is read completely or not at all, and only from one moment: when the
//! server no longer has the rest of it, it is read again from its beginning.

use std::collections::{BTreeSet, HashSet};

use common::cluster::{ClusterError, Kind, Page, PageRequest, ServedKind};
use serde::Deserialize;
use serde_json::error::Category;
use tokio::task::JoinHandle;

use super::caller::Caller;
use super::census::{Census, Item};
use super::digest::{DigestKey, outline};
use super::gap;
use super::names::Names;
use crate::config::{Family, Limits};
use crate::survey::Gap;

/// So often is a list read again that has expired.
const FRESH_STARTS: u32 = 2;

/// What is read, and how.
#[derive(Debug)]
pub(super) struct Listing<'a> {
    caller: &'a Caller<'a>,
    served: &'a ServedKind,
    family: &'a Family,
    names: Names,
    /// Objects in a page; fewer after one that was too large.
    page: u32,
    object_bytes: usize,
}

/// Why a list was not read to its end.
enum Broken {
    Call(ClusterError),
    Gap(Gap),
}

/// A page that is being made into digests.
type Digesting = JoinHandle<Result<Vec<Item>, Unread>>;

/// What is in a page and no object.
enum Unread {
    List(ClusterError),
    Object(String),
}

impl<'a> Listing<'a> {
    pub(super) fn new(
        caller: &'a Caller<'a>,
        served: &'a ServedKind,
        family: &'a Family,
        names: Names,
        limits: &Limits,
    ) -> Self {
        Self {
            caller,
            served,
            family,
            names,
            page: limits.page.max(1),
            object_bytes: limits.object_bytes,
        }
    }

    /// Reads all of it. A list that is not found is a gap: the server has said that it serves the kind.
    pub(super) async fn census(mut self) -> Result<Census, Gap> {
        let family = self.family;
        let namespaces: BTreeSet<Option<&str>> =
            if self.served.namespaced && !family.namespaces.is_empty() {
                family
                    .namespaces
                    .iter()
                    .map(|name| Some(name.as_str()))
                    .collect()
            } else {
                BTreeSet::from([None])
            };
        let mut census = Census::default();
        for namespace in namespaces {
            match self.list(namespace).await {
                Ok(part) => census.append(part),
                Err(Broken::Call(error)) if error.kind == Kind::NotFound => {
                    return Err(gap::not_found(self.caller.name(), &family.kind));
                }
                Err(Broken::Call(error)) => return Err(gap::failed(&error)),
                Err(Broken::Gap(gap)) => return Err(gap),
            }
        }
        Ok(census)
    }

    async fn list(&mut self, namespace: Option<&str>) -> Result<Census, Broken> {
        let mut starts = 0;
        loop {
            match self.list_once(namespace).await {
                // The answer offers to go on with what the list has become meanwhile. That would be
                // two halves of different lists.
                Err(Broken::Call(error))
                    if error.kind == Kind::Expired && starts < FRESH_STARTS =>
                {
                    starts += 1;
                }
                other => return other,
            }
        }
    }

    async fn list_once(&mut self, namespace: Option<&str>) -> Result<Census, Broken> {
        let mut census = Census::default();
        let mut tokens = HashSet::new();
        let mut token: Option<String> = None;
        let mut digesting: Option<Digesting> = None;
        loop {
            let page = self.page(namespace, token.as_deref()).await;
            let page = page.map_err(Broken::Call)?;
            // No more than two pages are held: this one and the one before.
            if let Some(before) = digesting.take() {
                self.add(&mut census, before).await?;
            }
            token = page.continue_token().map(str::to_owned);
            let object_bytes = self.object_bytes;
            digesting = Some(tokio::task::spawn_blocking(move || {
                items(&page, object_bytes)
            }));
            match &token {
                None => break,
                Some(token) if tokens.insert(token.clone()) => {}
                Some(_) => {
                    let round = gap::going_round(self.caller.name(), &self.family.kind);
                    return Err(Broken::Gap(round));
                }
            }
        }
        if let Some(last) = digesting {
            self.add(&mut census, last).await?;
        }
        Ok(census)
    }

    /// One page; if it is too large, a shorter one, down to a single object.
    async fn page(
        &mut self,
        namespace: Option<&str>,
        token: Option<&str>,
    ) -> Result<Page, ClusterError> {
        loop {
            let request = PageRequest {
                namespace,
                labels: &self.family.labels,
                limit: self.page,
                continue_token: token,
            };
            let (cluster, resource) = (self.caller.cluster, &self.served.resource);
            let asked = self.caller.ask(|| cluster.list_page(resource, request));
            match asked.await {
                Err(error) if error.kind == Kind::TooLarge && self.page > 1 => self.page /= 2,
                other => return other,
            }
        }
    }

    async fn add(&self, census: &mut Census, page: Digesting) -> Result<(), Broken> {
        let (cluster, kind) = (self.caller.name(), &self.family.kind);
        let items = match page.await {
            Ok(items) => items,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is being shut down.
                Err(_) => return Err(Broken::Gap(gap::stopped(cluster, None))),
            },
        };
        let items = items.map_err(|unread| match unread {
            Unread::List(error) => Broken::Call(error),
            Unread::Object(place) => Broken::Gap(gap::no_object(cluster, kind, &place)),
        })?;
        for item in items {
            census.add(item, &self.names);
        }
        Ok(())
    }
}

/// Makes a page into digests.
fn items(page: &Page, object_bytes: usize) -> Result<Vec<Item>, Unread> {
    let key = DigestKey::of_process();
    let objects = page.items().map_err(Unread::List)?;
    let items = objects.into_iter().enumerate().map(|(index, object)| {
        // The error's own text may quote the object.
        item(key, object.get(), object_bytes).map_err(|error| {
            Unread::Object(format!(
                "item {index}, line {} column {}",
                error.line(),
                error.column()
            ))
        })
    });
    items.collect()
}

fn item(key: DigestKey, text: &str, object_bytes: usize) -> Result<Item, serde_json::Error> {
    if text.len() > object_bytes {
        return nameplate(text);
    }
    match outline(key, text) {
        Ok(outline) => Ok(Item::Read(outline)),
        // The page is JSON: this text can only be nested too deeply.
        Err(error) if error.classify() == Category::Syntax => nameplate(text),
        Err(error) => Err(error),
    }
}

/// Passes over an object and reads only its name.
fn nameplate(text: &str) -> Result<Item, serde_json::Error> {
    #[derive(Deserialize)]
    struct Object {
        metadata: Metadata,
    }
    #[derive(Deserialize)]
    struct Metadata {
        name: String,
        #[serde(default)]
        namespace: Option<String>,
    }
    let Object { metadata } = serde_json::from_str(text)?;
    Ok(Item::TooLarge {
        name: metadata.name,
        namespace: metadata.namespace,
    })
}

#[cfg(test)]
mod tests;

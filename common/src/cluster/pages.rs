//! Lists page by page, as text: whoever reads them decodes one object at a time, so that memory stays
//! flat.

use std::fmt;

use http::HeaderValue;
use http::header::ACCEPT;
use kube::Resource as _;
use kube::api::{ApiResource, DynamicObject, ListParams};
use kube::core::Request as Path;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::ask::{Ask, Verb};
use super::error::{ClusterError, Kind};
use super::objects::ask;
use super::{Cluster, ClusterName};

/// The largest page that is read, after it has been decompressed.
const PAGE_LIMIT_BYTES: usize = 64 << 20;

/// Which page of a list.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest<'a> {
    /// Absent for kinds that live in no namespace, and for the objects of all namespaces.
    pub namespace: Option<&'a str>,
    /// A label selector; an empty one matches all.
    pub labels: &'a str,
    /// So many objects at most; 0 for all of them. The server may take it for less than it says.
    pub limit: u32,
    /// What the page before said; absent for the first one.
    pub continue_token: Option<&'a str>,
}

/// One page of a list as it came. Its objects do not print.
pub struct Page {
    body: String,
    continue_token: Option<String>,
    resource_version: String,
    cluster: ClusterName,
    what: Ask,
}

/// What every list has. The objects are only passed over, but all of them, so that a page whose end
/// is missing is no page.
#[derive(Deserialize)]
struct Head {
    metadata: Metadata,
    /// Null when nothing matches. Absent from what is no list at all.
    #[serde(deserialize_with = "Option::deserialize")]
    #[expect(dead_code, reason = "it is there to be missed")]
    items: Option<Vec<IgnoredAny>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    r#continue: Option<String>,
    #[serde(default)]
    resource_version: Option<String>,
}

#[derive(Deserialize)]
struct Items<'a> {
    #[serde(borrow)]
    items: Option<Vec<&'a RawValue>>,
}

impl Cluster {
    /// Reads one page of a list, the most recent there is (`resourceVersion` is unset). All pages of a
    /// list show the same moment. Not for Secrets, as callers get their text.
    ///
    /// # Errors
    /// When the call fails: [`Kind::Expired`] when the server no longer has the rest of the list,
    /// [`Kind::TooLarge`] for a page of more than 64 MiB, [`Kind::NotFound`] when there is no such
    /// kind of object.
    pub async fn list_page(
        &self,
        resource: &ApiResource,
        page: PageRequest<'_>,
    ) -> Result<Page, ClusterError> {
        let what = ask(Verb::List, resource, page.namespace.unwrap_or(""), None);
        self.check_segments(&what, page.namespace)?;
        let path = Path::new(DynamicObject::url_path(resource, page.namespace));
        let mut request = self.request(&what, path.list(&page.params()))?;
        let json = HeaderValue::from_static("application/json");
        request.headers_mut().insert(ACCEPT, json);
        let answer = self.exchange_up_to(PAGE_LIMIT_BYTES, &what, request);
        let answer = answer.await?;
        self.accept(&what, &answer)?;
        let body = String::from_utf8(answer.body)
            .map_err(|_| self.failure(&what, Kind::Undecodable, "not text".to_owned()))?;
        let Head { metadata, .. } = serde_json::from_str(&body)
            .map_err(|error| ClusterError::unread(self.name(), &what, &error))?;
        Ok(Page {
            body,
            continue_token: metadata.r#continue.filter(|token| !token.is_empty()),
            resource_version: metadata.resource_version.unwrap_or_default(),
            cluster: self.name().clone(),
            what,
        })
    }
}

impl PageRequest<'_> {
    fn params(&self) -> ListParams {
        ListParams {
            label_selector: Some(self.labels.to_owned()).filter(|labels| !labels.is_empty()),
            limit: Some(self.limit).filter(|limit| *limit > 0),
            continue_token: self.continue_token.map(str::to_owned),
            ..ListParams::default()
        }
    }
}

impl Page {
    /// What the next page is asked with; absent from the last page.
    pub fn continue_token(&self) -> Option<&str> {
        self.continue_token.as_deref()
    }

    /// The moment that the list shows; empty where the server does not say it.
    pub fn resource_version(&self) -> &str {
        &self.resource_version
    }

    /// The objects as they stand in the page, none where nothing matches. They are found anew each
    /// time.
    ///
    /// # Errors
    /// [`Kind::Undecodable`] when they are no list.
    pub fn items(&self) -> Result<Vec<&RawValue>, ClusterError> {
        let read = serde_json::from_str::<Items<'_>>(&self.body);
        let read = read.map_err(|error| ClusterError::unread(&self.cluster, &self.what, &error))?;
        Ok(read.items.unwrap_or_default())
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("what", &self.what)
            .field("resource_version", &self.resource_version)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
